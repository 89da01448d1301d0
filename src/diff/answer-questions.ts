import { encodeRow } from "../archive/cells.ts";
import type { Cell, Range, Row, TableSchema } from "../archive/types.ts";
import type { Budget } from "../budget.ts";
import type { Bytes } from "../bytes.ts";
import { affinityOf } from "../database/affinity.ts";
import type { Database } from "../database/port.ts";
import { hiddenRowid, type LiveTable, rowidKey } from "../database/schema.ts";
import { inRange } from "../database/sql/key-range.ts";
import type { Params } from "../database/sql/params.ts";
import { quote } from "../database/sql/syntax.ts";
import type { FrameTable } from "../frames/frame-table.ts";
import { textLength } from "../frames/read-range.ts";
import { scanRanges } from "../frames/scan-ranges.ts";
import { foldCase } from "../names.ts";
import { hashLeaves } from "./hash-leaves.ts";
import { digestOf, type LeafDigests, saltBytes, saltedHash } from "./leaf-digests.ts";
import { type Cells, LeafReader, type RangeMemory } from "./leaf-reader.ts";
import { bucketsOf, differingBuckets, isChosen, marksLength, marksOf, mix } from "./marks.ts";
import {
  type Answer,
  type AskedColumns,
  type CutAnswer,
  type CutQuestion,
  type HashAnswer,
  type HashQuestion,
  keysIn,
  LEAVES_AT_ONCE,
  type MarksAnswer,
  type MarksQuestion,
  type Question,
  type RangeAnswer,
  type RowsAnswer,
  type RowsQuestion,
  SMALLEST_LEAF_BYTES,
  type WantedRows,
} from "./questions.ts";
import { notComparable } from "./refusals.ts";

/** Bytes of rows in an answer at the most, about. */
const ANSWER_BYTES = 2_000_000;

export interface AnswerOptions {
  /** The table as it stands here; rejects where there is none, or whoever asks may not read it. */
  table(name: string): LiveTable;
  /** How it is made. */
  schema(table: LiveTable): Promise<TableSchema>;
  budget: Pick<Budget, "allows" | "spend">;
  salt: string;
  /** Bytes of rows that are read at once. @default 1,000,000 */
  readBytes?: number | undefined;
  /** Where the rows stay whose marks are told, until they are asked for. @default nowhere: they are read again */
  memory?: RangeMemory | undefined;
  /** Where digests of leaves stay. @default nowhere */
  digests?: LeafDigests | undefined;
}

/** Answers questions in their order until the budget ends; the first in any case. */
export async function answerQuestions(
  database: Database,
  questions: readonly Question[],
  options: AnswerOptions,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const teller = new Teller(database, options);
  let bytes = 0;
  for (const question of questions) {
    const full = bytes > ANSWER_BYTES || !options.budget.allows(2, SMALLEST_LEAF_BYTES);
    if (answers.length > 0 && full) break;
    const answer = await teller.answer(question, { first: answers.length === 0 });
    if (answer === null) break;
    answers.push(answer);
    bytes += lengthOf(answer);
  }
  return answers;
}

/** About how long an answer is. */
function lengthOf(answer: Answer): number {
  if (!("ranges" in answer)) return JSON.stringify(answer).length;
  return answer.ranges.reduce((sum, { lines }) => sum + textLength(lines), 0);
}

/** The leaves behind `after`: no content is read for it. */
export async function cutLeaves(
  database: Database,
  table: FrameTable,
  { after, through = null, leafBytes }: Pick<CutQuestion, "after" | "through" | "leafBytes">,
): Promise<CutAnswer> {
  const key = table.key.map(quote);
  const where = (params: Params) => inRange(key, { after: null, through }, params);
  const options = { after, frameBytes: leafBytes, ...(through === null ? {} : { where }) };
  const { ranges, more } = await scanRanges(database, table, options);
  const ends = ranges.slice(0, LEAVES_AT_ONCE).map((range) => range.through);
  if (more || ranges.length > LEAVES_AT_ONCE) return { ends, more: true };
  return { ends: [...ends.slice(0, -1), through] };
}

class Teller {
  readonly #database: Database;
  readonly #options: AnswerOptions;
  readonly #reader: LeafReader;
  readonly #seed: number;
  /** What every hash begins with. */
  readonly #salt: Bytes;

  constructor(database: Database, options: AnswerOptions) {
    this.#database = database;
    this.#options = options;
    this.#reader = new LeafReader(database, options);
    this.#seed = mix(options.salt, 0);
    this.#salt = saltBytes(options.salt);
  }

  /** Null where the budget ends before there is anything to tell. */
  async answer(question: Question, { first }: { first: boolean }): Promise<Answer | null> {
    if (question.ask === "schema")
      return { schema: await this.#options.schema(this.#options.table(question.table)) };
    const table = this.#view(question);
    if (keysIn(question).some((key) => key.length !== table.key.length))
      throw notComparable(`The key of "${table.name}" has another number of columns`);
    switch (question.ask) {
      case "cut":
        return cutLeaves(this.#database, table, question);
      case "hash":
        return this.#hash(table, question, first);
      case "marks":
        return this.#marks(table, question, first);
      case "rows":
        return this.#rows(table, question, first);
    }
  }

  #hash(table: FrameTable, question: HashQuestion, first: boolean): Promise<HashAnswer | null> {
    const { budget, digests } = this.#options;
    const hashOf = (digest: Bytes) => this.#hashOf(digest);
    const live = orderedBy(this.#options.table(table.name), table.key);
    const options = { live, budget, hashOf, digests, first };
    return hashLeaves(this.#reader, table, question, options);
  }

  async #marks(
    table: FrameTable,
    { ranges, width }: MarksQuestion,
    first: boolean,
  ): Promise<MarksAnswer | null> {
    const marks: string[] = [];
    const asked = ranges.map(([after, through]): Range => ({ after, through }));
    const { budget } = this.#options;
    for await (const rows of this.#reader.eachRange(table, asked, { budget, first, keeps: true })) {
      const texts = rows.map((row) => JSON.stringify(row));
      const buckets = rows.map((row) => this.#bucketsOf(table, row, width));
      marks.push(marksOf(buckets, texts, { width, seed: this.#seed }));
    }
    return marks.length === 0 ? null : { marks };
  }

  async #rows(
    table: FrameTable,
    { ranges, width }: RowsQuestion,
    first: boolean,
  ): Promise<RowsAnswer | null> {
    const found: RangeAnswer[] = [];
    const asked = ranges.map(([after, through]): Range => ({ after, through }));
    let bytes = 0;
    for await (const rows of this.#reader.eachRange(table, asked, { budget: this.#options.budget, first })) {
      const [, , wanted] = ranges[found.length] as RowsQuestion["ranges"][number];
      const answer = await this.#wanted(table, rows, { wanted, width });
      found.push(answer);
      bytes += textLength(answer.lines);
      if (bytes > ANSWER_BYTES) break;
    }
    return found.length === 0 ? null : { ranges: found };
  }

  async #wanted(
    table: FrameTable,
    rows: readonly Cells[],
    { wanted, width }: { wanted: WantedRows; width: number },
  ): Promise<RangeAnswer> {
    const names = table.columns.map(({ name }) => name);
    const linesOf = (some: readonly Cells[]) => some.map((row) => encodeRow(names, row));
    if (wanted === null) return { lines: linesOf(rows), rest: await this.#restOf([]) };
    const own = rows.map((row) => this.#bucketsOf(table, row, width));
    let chosen: string;
    if ("buckets" in wanted) chosen = wanted.buckets;
    else {
      if (wanted.marks.length !== marksLength(width))
        throw notComparable("There are more or fewer marks than buckets");
      const texts = rows.map((row) => JSON.stringify(row));
      chosen = differingBuckets(wanted.marks, marksOf(own, texts, { width, seed: this.#seed }));
    }
    const isWanted = own.map((buckets) => buckets.every((bucket) => isChosen(chosen, bucket)));
    return {
      lines: linesOf(rows.filter((_, i) => isWanted[i])),
      rest: await this.#restOf(rows.filter((_, i) => !isWanted[i])),
      ...("marks" in wanted ? { buckets: chosen } : {}),
    };
  }

  #bucketsOf(table: FrameTable, row: Cells, width: number): number[] {
    const key = table.key.map(
      (name) => row[table.columns.findIndex((column) => column.name === name)] as Cell,
    );
    return bucketsOf(key, width, this.#seed);
  }

  #hashOf(content: Bytes): Promise<string> {
    return saltedHash(this.#salt, content);
  }

  /** Of rows that are not told. */
  async #restOf(rows: readonly Cells[]): Promise<string> {
    return this.#hashOf(await digestOf(JSON.stringify(rows)));
  }

  /** The table with the columns that are compared, under the names that they were asked for by. */
  #view({ table: name, key, columns: asked }: AskedColumns): FrameTable {
    const live = orderedBy(this.#options.table(name), key);
    const columns = typeof asked === "number" ? allColumns(live, asked) : asked;
    const own = new Map(live.columns.map((column) => [foldCase(column.name), column]));
    const rowid = live.key.kind === "rowid" ? live.key.columns.map(foldCase)[0] : undefined;
    const compared = columns.map((column) => {
      const found = own.get(foldCase(column));
      if (found !== undefined && found.generated === null)
        return { name: column, affinity: affinityOf(found.type, live) };
      if (foldCase(column) === rowid) return { name: column, affinity: affinityOf("INTEGER") };
      throw notComparable(`"${live.name}" has no column "${column}" that is stored`);
    });
    const keys = live.key.columns.map(foldCase);
    if (
      key.length !== keys.length ||
      key.some((column, i) => foldCase(column) !== keys[i] || !columns.includes(column))
    )
      throw notComparable(`The key of "${live.name}" is ${live.key.columns.join(", ")}`);
    return { name: live.name, key, columns: compared };
  }
}

/** The table as it is asked about: by its key, or by the rowid that it has beside that. */
function orderedBy(table: LiveTable, key: readonly string[]): LiveTable {
  const [first, ...more] = key.map(foldCase);
  const isByRowid = more.length === 0 && first !== undefined && hiddenRowid(table) === first;
  return isByRowid ? { ...table, key: rowidKey(table.columns) } : table;
}

/** All that are stored, where they are the ones that the checksum is of. */
function allColumns({ name, columns }: LiveTable, sum: number): string[] {
  const stored = columns.flatMap((column) => (column.generated === null ? [column.name] : []));
  if (columnsSum(stored) === sum) return stored;
  throw notComparable(`"${name}" has other columns`);
}

/** Of names in their order. It only has to tell a schema that changed by mistake. */
export const columnsSum = (columns: readonly string[]): number => mix(JSON.stringify(columns), 0);

/** The key of a row from its line. */
export function keyOf({ key }: Pick<FrameTable, "key">, line: string): Cell[] {
  const row = JSON.parse(line) as Row;
  return key.map((name) => row[name] as Cell);
}
