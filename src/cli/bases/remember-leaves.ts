import type { Range } from "../../archive/types.ts";
import {
  type AskedColumns,
  type ComparedPlace,
  type CutAnswer,
  columnsSum,
  type HashAnswer,
  type HashQuestion,
  hashQuestion,
  isSameKey,
  LEAF_BYTES,
  LEAVES_AT_ONCE,
  type Question,
  startOfCall,
} from "../../diff/index.ts";
import type { BaseLeaves } from "./base-leaves.ts";
import type { BaseTable } from "./base-table.ts";

/** Leaves of a table that are read while the command waits. */
const READ_AHEAD = 64;

/**
 * A base that knows its leaves from earlier comparisons. What it does not know it finds out while the command waits for
 * both places to say how they are made, and so it does the hashes that it is likely to be asked for with this salt; it answers once
 * that is done, so that what is asked about its tables travels together.
 */
export function rememberLeaves(
  place: ComparedPlace,
  tables: readonly BaseTable[],
  { leaves, salt: own }: { leaves: BaseLeaves; salt: string },
): ComparedPlace {
  const hashes = new Map<string, HashAnswer>();
  const prepare = async () => {
    await Promise.all(tables.map((table) => new TableCut(place, table, leaves).prepare()));
    const known = tables.filter(({ name }) => leaves.unknown(name).length === 0);
    const likely = startOfCall(known.flatMap((table) => firstQuestion(askedOf(table), leaves)));
    const answers = likely.length === 0 ? [] : await place.ask(likely, own);
    for (const [i, answer] of answers.entries())
      hashes.set(idOf(likely[i] as HashQuestion), answer as HashAnswer);
  };
  const ready = inAMoment()
    .then(prepare)
    // Whoever asks for the table that cannot be cut is told so.
    .catch(() => null);
  const known = (question: Question, salt: string) => {
    if (question.ask === "hash" && salt === own) return hashes.get(idOf(question)) ?? null;
    return isPlain(question) ? cutBehind(question, leaves) : null;
  };
  return {
    describe: (asked) => place.describe(asked),
    async ask(questions, salt) {
      await ready;
      const answers = questions.map((question) => known(question, salt));
      const others = answers.indexOf(null);
      if (others !== 0)
        return answers.slice(0, others < 0 ? answers.length : others) as NonNullable<
          (typeof answers)[number]
        >[];
      const end = answers.findIndex((answer) => answer !== null);
      const asked = end < 0 ? questions : questions.slice(0, end);
      const told = await place.ask(asked, salt);
      for (const [i, answer] of told.entries()) {
        const question = asked[i] as Question;
        if (isPlain(question))
          leaves.add(question.table, { after: question.after, ...(answer as CutAnswer) });
      }
      return told;
    },
  };
}

/** What a comparison begins with where these tables are as they were: the hashes of their first leaves. */
export function firstQuestions(tables: readonly BaseTable[], leaves: BaseLeaves): HashQuestion[] {
  return tables.flatMap((table) => {
    const { columns, ...asked } = askedOf(table);
    return firstQuestion({ ...asked, columns: columnsSum(columns) }, leaves);
  });
}

/** None where nobody knows where the table's leaves end. */
function firstQuestion(asked: AskedColumns, leaves: BaseLeaves): HashQuestion[] {
  const ends = leaves.ends(asked.table)?.slice(0, LEAVES_AT_ONCE);
  return ends === undefined ? [] : [hashQuestion(asked, { after: null, ends })];
}

/** As a base itself is asked: by names. */
const askedOf = ({ name, key, columns }: BaseTable) => ({
  table: name,
  key: [...key.columns],
  columns: columns.map((column) => column.name),
});

const idOf = ({ table, key, columns, after, ends }: HashQuestion): string =>
  JSON.stringify([table, key, columns, after, ends]);

type PlainCut = Extract<Question, { ask: "cut" }>;

/** Leaves of the usual length, through the table's end. */
const isPlain = (question: Question): question is PlainCut =>
  question.ask === "cut" && question.through === undefined && question.leafBytes === LEAF_BYTES;

function cutBehind({ table, after }: PlainCut, leaves: BaseLeaves): CutAnswer | null {
  const ends = leaves.ends(table);
  if (ends === null) return null;
  const from = after === null ? 0 : ends.findIndex((end) => isSameKey(end, after)) + 1;
  if (after !== null && from === 0) return null;
  const told = ends.slice(from, from + LEAVES_AT_ONCE);
  return from + told.length < ends.length ? { ends: told, more: true } : { ends: told };
}

/** Finds out the leaves of one table. */
class TableCut {
  readonly #place: ComparedPlace;
  readonly #leaves: BaseLeaves;
  readonly #name: string;
  readonly #asked: { table: string; key: string[]; columns: string[] };

  constructor(place: ComparedPlace, table: BaseTable, leaves: BaseLeaves) {
    this.#place = place;
    this.#leaves = leaves;
    this.#name = table.name;
    this.#asked = askedOf(table);
  }

  async prepare(): Promise<void> {
    if (this.#leaves.ends(this.#name) === null) {
      this.#leaves.add(this.#name, { after: null, ...(await this.#cut({ after: null, through: null })) });
      return;
    }
    for (const leaf of this.#leaves.long(this.#name)) {
      const { ends, more = false } = await this.#cut(leaf);
      if (!more) this.#leaves.part(this.#name, leaf, ends);
    }
    this.#leaves.joinShort(this.#name);
    await this.#readWritten();
  }

  /** Reads the leaves in which rows were written since. */
  async #readWritten(): Promise<void> {
    const runs = this.#leaves.unknown(this.#name);
    if (runs.reduce((sum, { ends }) => sum + ends.length, 0) > READ_AHEAD) return;
    for (const run of runs) await this.#place.ask([{ ask: "hash", ...this.#asked, ...run }], "");
  }

  async #cut({ after, through }: Range): Promise<CutAnswer> {
    const range = { after, ...(through === null ? {} : { through }) };
    const question: Question = { ask: "cut", ...this.#asked, ...range, leafBytes: LEAF_BYTES };
    const [answer] = await this.#place.ask([question], "");
    return answer as CutAnswer;
  }
}

/** Once the requests are under way that this is to fill the time of. */
const inAMoment = () => new Promise((resolve) => setTimeout(resolve, 0));
