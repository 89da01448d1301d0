import type { Key } from "../archive/types.ts";
import { columnsSum } from "./answer-questions.ts";
import { leafRanges } from "./leaf-ranges.ts";
import type { ComparedPlace, HashAnswer, HashQuestion, Question } from "./questions.ts";

/**
 * A place that hashes a leaf once, whatever it is compared with. A leaf whose rows were asked for is hashed again:
 * whoever looks at them may be about to write some.
 */
export function rememberHashes(place: ComparedPlace): ComparedPlace {
  const known = new Map<string, string | null>();

  async function hash(question: HashQuestion, salt: string): Promise<HashAnswer> {
    const { ends } = question;
    const leaves = leafRanges(question.after, ends);
    const ids = leaves.map(({ after, through }) => leafId(question, [after, through], salt));
    const answer: HashAnswer = { hashes: [], rows: 0 };
    while (answer.hashes.length < ends.length) {
      const next = answer.hashes.length;
      const remembered = known.get(ids[next] as string);
      if (remembered !== undefined) {
        answer.hashes.push(remembered);
        continue;
      }
      const end = ids.findIndex((id, i) => i > next && known.has(id));
      const asked = ends.slice(next, end < 0 ? ends.length : end);
      const [told] = (await place.ask(
        [{ ...question, after: leaves[next]?.after ?? null, ends: asked }],
        salt,
      )) as [HashAnswer];
      if (told.hashes.length === 0) break;
      for (const [i, one] of told.hashes.entries()) known.set(ids[next + i] as string, one);
      answer.hashes.push(...told.hashes);
      answer.rows += told.rows;
    }
    return answer;
  }

  return {
    describe: (asked) => place.describe(asked),
    async ask(questions, salt) {
      const [first] = questions;
      if (first?.ask === "hash") return [await hash(first, salt)];
      const end = questions.findIndex(({ ask }) => ask === "hash");
      const others = end < 0 ? questions : questions.slice(0, end);
      for (const question of others) forget(question, salt);
      return place.ask(others, salt);
    },
  };

  function forget(question: Question, salt: string): void {
    if (question.ask !== "marks" && question.ask !== "rows") return;
    for (const [after, through] of question.ranges) known.delete(leafId(question, [after, through], salt));
  }
}

type OfLeaves = Extract<Question, { ask: "hash" | "marks" | "rows" }>;

/** Columns may be asked for by their names or by a checksum of these. */
function leafId({ table, columns }: OfLeaves, leaf: [after: Key, through: Key], salt: string): string {
  const sum = typeof columns === "number" ? columns : columnsSum(columns);
  return JSON.stringify([salt, table, sum, ...leaf]);
}
