import type {
  AnswerTo,
  ComparedPlace,
  CutAnswer,
  Description,
  HashesQuestion,
  Question,
} from "./questions.ts";

/** A place that is asked only once how it is made, and how it cuts its tables, whatever it is compared with. */
export interface RememberedPlace extends ComparedPlace {
  /**
   * The same as it was then: nothing is asked of it any more. Its rows that differ are not told; `onDiffering` is called
   * with their table.
   */
  asItWas(onDiffering: (table: string) => void): ComparedPlace;
}

export function rememberCuts(place: ComparedPlace): RememberedPlace {
  const descriptions = new Map<boolean, Promise<Description>>();
  const cuts = new Map<string, CutAnswer>();
  const describe: ComparedPlace["describe"] = ({ schemas = false } = {}) => {
    const known = descriptions.get(schemas) ?? place.describe({ schemas });
    descriptions.set(schemas, known);
    return known;
  };
  const idOf = (question: Question, salt: string) => JSON.stringify([salt, question]);
  const known = (question: Question, salt: string) =>
    question.ask === "cut" ? cuts.get(idOf(question, salt)) : undefined;
  return {
    describe,
    async ask(questions, salt) {
      const first = questions.findIndex((question) => known(question, salt) === undefined);
      const remembered = first < 0 ? questions : questions.slice(0, first);
      if (remembered.length > 0) return remembered.map((question) => known(question, salt) as CutAnswer);
      const answers = await place.ask(questions, salt);
      for (const [i, answer] of answers.entries()) {
        const question = questions[i];
        if (question?.ask === "cut") cuts.set(idOf(question, salt), answer as CutAnswer);
      }
      return answers;
    },
    asItWas: (onDiffering) => ({
      describe,
      async ask([question], salt) {
        if (question?.ask === "hashes") return [sameHashes(question, onDiffering)];
        const cut = question === undefined ? undefined : known(question, salt);
        if (cut === undefined)
          throw new Error("A place that is remembered was asked for what nobody asked before");
        return [cut];
      },
    }),
  };
}

function sameHashes(
  { table, leaves }: HashesQuestion,
  onDiffering: (table: string) => void,
): AnswerTo<HashesQuestion> {
  onDiffering(table);
  return { leaves: leaves.map(() => null) };
}
