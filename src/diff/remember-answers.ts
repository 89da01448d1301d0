import type { Answer, ComparedPlace, Description, HashAnswer, HashQuestion, Question } from "./questions.ts";

/** A place that is asked only once how it is made, and for its leaves and their hashes, whatever it is compared with. */
export interface RememberedPlace extends ComparedPlace {
  /** Of these tables, those of which another place has other rows than this one had. Nothing is asked of this one. */
  findDiffering(tables: readonly string[], other: ComparedPlace, salt: string): Promise<Set<string>>;
}

export function rememberAnswers(place: ComparedPlace): RememberedPlace {
  const descriptions = new Map<string, Promise<Description>>();
  const answers = new Map<string, Answer>();
  const hashes: { question: HashQuestion; answer: HashAnswer }[] = [];
  const idOf = (question: Question, salt: string) => JSON.stringify([salt, question]);
  const isKept = ({ ask }: Question) => ask === "cut" || ask === "hash";
  return {
    describe(asked = {}) {
      const id = JSON.stringify(asked);
      const known = descriptions.get(id) ?? place.describe(asked);
      descriptions.set(id, known);
      return known;
    },
    async ask(questions, salt) {
      const ids = questions.map((question) => idOf(question, salt));
      const first = ids.findIndex((id) => !answers.has(id));
      const known = first < 0 ? ids : ids.slice(0, first);
      if (known.length > 0) return known.map((id) => answers.get(id) as Answer);
      const told = await place.ask(questions, salt);
      for (const [i, answer] of told.entries()) {
        const question = questions[i];
        if (question === undefined || !isKept(question)) continue;
        answers.set(ids[i] as string, answer);
        if (question.ask === "hash") hashes.push({ question, answer: answer as HashAnswer });
      }
      return told;
    },
    async findDiffering(tables, other, salt) {
      const differing = new Set<string>();
      for (const { question, answer } of hashes.filter((one) => tables.includes(one.question.table))) {
        const ends = question.ends.slice(0, answer.hashes.length);
        const theirs = await hashesOf(other, { ...question, ends }, salt);
        if (answer.hashes.some((hash, i) => hash !== theirs[i])) differing.add(question.table);
      }
      return differing;
    },
  };
}

/** In as many answers as it takes. */
async function hashesOf(
  place: ComparedPlace,
  { ends, after, ...question }: HashQuestion,
  salt: string,
): Promise<HashAnswer["hashes"]> {
  const found: HashAnswer["hashes"] = [];
  while (found.length < ends.length) {
    const from = found.length === 0 ? after : (ends[found.length - 1] ?? null);
    const [answer] = await place.ask([{ ...question, after: from, ends: ends.slice(found.length) }], salt);
    const { hashes } = answer as HashAnswer;
    if (hashes.length === 0) break;
    found.push(...hashes);
  }
  return found;
}
