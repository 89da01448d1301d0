import { type ComparedPlace, type CutAnswer, LEAF_BYTES, type Question } from "../../diff/index.ts";
import type { BaseTable } from "./base-table.ts";

/**
 * A base that cuts its tables while the command waits for both places to say how they are made. It answers once all are
 * cut, so that what is asked about them travels together.
 */
export function cutAhead(place: ComparedPlace, tables: readonly BaseTable[]): ComparedPlace {
  const cuts = inAMoment()
    .then(() => Promise.all(tables.map((table) => cutTable(place, table))))
    // Whoever asks for the table that cannot be cut is told so.
    .catch(() => null);
  const placeOf = (question: Question) =>
    isFromStart(question) ? tables.findIndex(({ name }) => name === question.table) : -1;
  return {
    describe: (asked) => place.describe(asked),
    async ask(questions, salt) {
      const at = questions.map(placeOf);
      const others = at.indexOf(-1);
      if (others === 0) return place.ask(questions, salt);
      const answers = await cuts;
      if (answers === null) return place.ask(questions, salt);
      return (others < 0 ? at : at.slice(0, others)).map((i) => answers[i] as CutAnswer);
    },
  };
}

const isFromStart = (question: Question) =>
  question.ask === "cut" &&
  question.after === null &&
  question.through === undefined &&
  question.leafBytes === LEAF_BYTES;

async function cutTable(place: ComparedPlace, { name, key, columns }: BaseTable): Promise<CutAnswer> {
  const asked = { table: name, key: [...key.columns], columns: columns.map((column) => column.name) };
  const [answer] = await place.ask([{ ask: "cut", ...asked, after: null, leafBytes: LEAF_BYTES }], "");
  return answer as CutAnswer;
}

/** Once the requests are under way that this is to fill the time of. */
const inAMoment = () => new Promise((resolve) => setTimeout(resolve, 0));
