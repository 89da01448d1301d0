import type { CompareRequest } from "../api/requests.ts";
import { checkSchema } from "../archive/shapes.ts";
import type { TableSchema } from "../archive/types.ts";
import type { Answer, ComparedPlace, Description, DescriptionAsked, Question } from "../diff/index.ts";
import { FerryError } from "../errors.ts";
import type { CallOptions } from "./multipart.ts";
import type { OperationsClient } from "./operations.ts";

export interface ComparedAppOptions extends CallOptions {
  /** It is known to take packed questions. @default it says so where it describes itself */
  packs?: boolean | undefined;
}

/** An app as a place that is compared, with the tables of this choice. */
export function comparedApp(
  client: Pick<OperationsClient, "compare">,
  choice: Omit<CompareRequest, "salt" | "questions" | "describes" | "schemas" | "leaves"> = {},
  { packs: packed = false, ...options }: ComparedAppOptions = {},
): ComparedPlace {
  const wantedOf = ({ schemas = false, leaves = false }: DescriptionAsked) => ({
    ...choice,
    ...(schemas ? { schemas } : {}),
    ...(leaves ? { leaves } : {}),
  });
  const place: ComparedPlace = {
    async describe(wanted = {}) {
      const { description } = await client.compare(wantedOf(wanted), options);
      if (description === undefined) throw unanswered();
      packed = description.packs ?? false;
      return readDescription(description, wanted);
    },
    async ask(questions, salt) {
      const { answers } = await client.compare({ questions: [...questions], salt }, { ...options, packed });
      return readAnswers(answers, questions);
    },
    async describeAndAsk(wanted, questions, salt) {
      const { description, answers } = await client.compare(
        { ...wantedOf(wanted), describes: true, questions: [...questions], salt },
        { ...options, packed },
      );
      return {
        // An app of an earlier version does one of the two.
        description:
          description === undefined ? await place.describe(wanted) : readDescription(description, wanted),
        answers: readAnswers(answers, questions),
      };
    },
  };
  return place;
}

type Compared = Awaited<ReturnType<OperationsClient["compare"]>>;

function readDescription(
  { packs: _, tables, ...rest }: NonNullable<Compared["description"]>,
  { schemas = false }: DescriptionAsked,
): Description {
  if (!schemas) return { ...rest, tables: tables.map(({ schema: _, ...table }) => table) } as Description;
  const checked = checkSchema(tables.map(({ schema }) => schema));
  if ("problem" in checked) throw unanswered();
  const known = checked.value as TableSchema[];
  return { ...rest, tables: tables.map((table, i) => ({ ...table, schema: known[i] })) } as Description;
}

/** What an answer of each kind has. */
const TOLD = {
  cut: "ends",
  hash: "hashes",
  marks: "marks",
  rows: "ranges",
  schema: "schema",
} as const satisfies Record<Question["ask"], string>;

/** Some answer to the first of the questions each, of its kind: a cache may answer for the app. */
function readAnswers(answers: Compared["answers"], questions: readonly Question[]): Answer[] {
  const isToldTo = (answer: object, question: Question | undefined) =>
    question !== undefined && TOLD[question.ask] in answer;
  if (answers === undefined || !answers.every((answer, i) => isToldTo(answer, questions[i])))
    throw unanswered();
  const schemas = answers.flatMap((answer) => ("schema" in answer ? [answer.schema] : []));
  if ("problem" in checkSchema(schemas)) throw unanswered();
  return answers as Answer[];
}

function unanswered(): FerryError {
  return new FerryError("UNREACHABLE", "The app did not answer what it was asked about its rows", {
    hint: "Look whether the app runs this version of d1-ferry.",
  });
}
