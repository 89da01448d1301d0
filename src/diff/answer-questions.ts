import { bytesToBase64, encodeRow } from "../archive/cells.ts";
import type { Cell, Key, Range, Row, TableSchema } from "../archive/types.ts";
import type { Budget } from "../budget.ts";
import { affinityOf } from "../database/affinity.ts";
import type { Database } from "../database/port.ts";
import type { LiveTable } from "../database/schema.ts";
import { cellSql } from "../database/sql/cell-parameter.ts";
import { inRange } from "../database/sql/key-range.ts";
import type { Params } from "../database/sql/params.ts";
import { evaluate, type Scalar } from "../database/sql/scalars.ts";
import { quote, tuple } from "../database/sql/syntax.ts";
import { FerryError } from "../errors.ts";
import { type FrameTable, lineSize } from "../frames/frame-table.ts";
import { readCellsOf, readParts, textLength } from "../frames/read-range.ts";
import { scanRanges } from "../frames/scan-ranges.ts";
import { bucketsOf, differingBuckets, isChosen, marksLength, marksOf, mix } from "./marks.ts";
import {
  type Answer,
  type AskedColumns,
  type CutAnswer,
  type CutQuestion,
  HASH_LENGTH,
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

/** Bytes of rows in an answer at the most, about. */
const ANSWER_BYTES = 2_000_000;

/** Bytes of rows that are read at once. */
const READ_BYTES = 1_000_000;

/** Bytes of rows that a range may hold that was hashed before: a long row, and what was written meanwhile. */
const LONGEST_BYTES = 4_000_000;

/** Ranges whose sizes are asked for at once. */
const SIZED_AT_ONCE = 32;

/** Ranges that are read at once before it is known how long they are. */
const FIRST_AT_ONCE = 8;

/** Parameters of a statement that keys which part a range may take. */
const MARK_PARAMETERS = 60;

export interface AnswerOptions {
  /** The table as it stands here; rejects where there is none, or whoever asks may not read it. */
  table(name: string): LiveTable;
  /** How it is made. */
  schema(table: LiveTable): Promise<TableSchema>;
  budget: Pick<Budget, "allows" | "spend">;
  salt: string;
  /** Bytes of rows that are read at once. @default 1,000,000 */
  readBytes?: number | undefined;
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
    bytes += JSON.stringify(answer).length;
  }
  return answers;
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

/** A row by its cells, in the order of the columns that are compared. */
type Cells = Cell[];

class Teller {
  readonly #database: Database;
  readonly #options: AnswerOptions;
  readonly #readBytes: number;
  readonly #seed: number;

  constructor(database: Database, options: AnswerOptions) {
    this.#database = database;
    this.#options = options;
    this.#readBytes = options.readBytes ?? READ_BYTES;
    this.#seed = mix(options.salt, 0);
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

  async #hash(table: FrameTable, { after, ends }: HashQuestion, first: boolean): Promise<HashAnswer | null> {
    const { budget } = this.#options;
    const ranges = ends.map(
      (through, i): Range => ({ after: i === 0 ? after : (ends[i - 1] as Key), through }),
    );
    if (ranges.slice(0, -1).some(({ through }) => through === null)) throw outOfOrder(table);
    const answer: Hashed = { hashes: [], rows: 0, bytes: 0 };
    while (answer.hashes.length < ranges.length) {
      const done = answer.hashes.length;
      const group = ranges.slice(done, done + this.#atOnce(table, answer));
      const expected = done === 0 ? this.#readBytes : (answer.bytes / done) * group.length;
      if ((done > 0 || !first) && !budget.allows(3, expected)) break;
      await this.#requireOrder(table, group);
      const parts = await this.#readParts(table, group, { mostBytes: this.#readBytes });
      if (parts.some((rows) => rows.length > 0)) await this.#hashParts(parts, answer);
      else if (!(await this.#hashSized(table, group, { answer, first }))) break;
    }
    const { hashes, rows } = answer;
    return hashes.length === 0 ? null : { hashes, rows };
  }

  /** How many ranges are likely to be no longer than what is read at once. */
  #atOnce(table: FrameTable, { hashes, bytes }: Hashed): number {
    const most = Math.min(SIZED_AT_ONCE, 1 + Math.floor(MARK_PARAMETERS / table.key.length));
    if (hashes.length === 0) return Math.min(most, FIRST_AT_ONCE);
    const each = (1.1 * bytes) / hashes.length + 1;
    return Math.max(1, Math.min(most, Math.floor(this.#readBytes / each)));
  }

  async #hashParts(parts: readonly Cells[][], answer: Hashed): Promise<void> {
    for (const rows of parts) {
      const text = JSON.stringify(rows);
      this.#options.budget.spend(0, text.length);
      answer.bytes += text.length;
      answer.rows += rows.length;
      answer.hashes.push(await this.#hashOf(text));
    }
  }

  /** The same of ranges that have no rows, or more than are read at once. False where the budget ends. */
  async #hashSized(
    table: FrameTable,
    ranges: readonly Range[],
    { answer, first }: { answer: Hashed; first: boolean },
  ): Promise<boolean> {
    const sizes = await this.#sizes(table, ranges);
    for (let from = 0; from < ranges.length; ) {
      const group = this.#together(sizes.slice(from));
      const bytes = group.reduce((sum, one) => sum + one.bytes, 0);
      if ((answer.hashes.length > 0 || !first) && !this.#options.budget.allows(2, bytes)) return false;
      if (group.length === 0) {
        answer.hashes.push(null);
        from++;
        continue;
      }
      await this.#hashParts(await this.#readParts(table, ranges.slice(from, from + group.length)), answer);
      from += group.length;
    }
    return true;
  }

  /** As many of the first ranges as are read at once; none where the first is too long for it. */
  #together(sizes: readonly Size[]): Size[] {
    let bytes = 0;
    const end = sizes.findIndex((size, i) => {
      bytes += size.bytes;
      // A single row is never parted.
      return size.bytes - size.longest > this.#readBytes || (i > 0 && bytes > this.#readBytes);
    });
    return end < 0 ? [...sizes] : sizes.slice(0, end);
  }

  /** The rows of ranges that stand one behind the other; none at all where they are longer than `mostBytes`. */
  async #readParts(
    table: FrameTable,
    ranges: readonly Range[],
    { mostBytes }: { mostBytes?: number } = {},
  ): Promise<Cells[][]> {
    const range = { after: ranges[0]?.after ?? null, through: ranges.at(-1)?.through ?? null };
    const marks = ranges.slice(0, -1).map(({ through }) => through as Cell[]);
    const isShort = (params: Params) =>
      `(SELECT ifnull(sum(${lineSize(table)}), 0) <= ${mostBytes} FROM ${quote(table.name)} WHERE ${inRange(table.key.map(quote), range, params)})`;
    const where = mostBytes === undefined ? undefined : isShort;
    return readParts(this.#database, table, { range, marks, where });
  }

  async #marks(
    table: FrameTable,
    { ranges, width }: MarksQuestion,
    first: boolean,
  ): Promise<MarksAnswer | null> {
    const marks: string[] = [];
    const asked = ranges.map(([after, through]): Range => ({ after, through }));
    for await (const rows of this.#eachRange(table, asked, first)) {
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
    for await (const rows of this.#eachRange(table, asked, first)) {
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
    if (wanted === null) return { lines: linesOf(rows), rest: await this.#hashOf("[]") };
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
      rest: await this.#hashOf(JSON.stringify(rows.filter((_, i) => !isWanted[i]))),
      ...("marks" in wanted ? { buckets: chosen } : {}),
    };
  }

  #bucketsOf(table: FrameTable, row: Cells, width: number): number[] {
    const key = table.key.map(
      (name) => row[table.columns.findIndex((column) => column.name === name)] as Cell,
    );
    return bucketsOf(key, width, this.#seed);
  }

  /** The rows of ranges that stand anywhere, one range after the other, until the budget ends. */
  async *#eachRange(table: FrameTable, ranges: readonly Range[], first: boolean): AsyncGenerator<Cells[]> {
    const { budget } = this.#options;
    for (let next = 0; next < ranges.length; next += SIZED_AT_ONCE) {
      const sized = ranges.slice(next, next + SIZED_AT_ONCE);
      if ((next > 0 || !first) && !budget.allows(3)) return;
      const sizes = await this.#sizes(table, sized);
      // What others ask for has to fit the memory of a Worker.
      if (sizes.some(({ bytes, longest }) => bytes - longest > LONGEST_BYTES)) throw writtenMeanwhile(table);
      for (let from = 0; from < sized.length; ) {
        const together = Math.max(1, this.#together(sizes.slice(from)).length);
        const group = sized.slice(from, from + together);
        const bytes = sizes.slice(from, from + together).reduce((sum, one) => sum + one.bytes, 0);
        if ((next + from > 0 || !first) && !budget.allows(together + 1, bytes)) return;
        budget.spend(0, bytes);
        yield* await readCellsOf(this.#database, table, group);
        from += together;
      }
    }
  }

  /** Bytes of rows in each range, about: no content is read for it. */
  async #sizes(table: FrameTable, ranges: readonly Range[]): Promise<Size[]> {
    const key = table.key.map(quote);
    const sizes = ranges.map(
      (range): Scalar =>
        (params) =>
          `SELECT ifnull(sum("#size"), 0) || ' ' || ifnull(max("#size"), 0) FROM (SELECT ${lineSize(table)} AS "#size" FROM ${quote(table.name)} WHERE ${inRange(key, range, params)})`,
    );
    const { values } = await evaluate(this.#database, sizes);
    return values.map((value): Size => {
      const [bytes, longest] = String(value).split(" ").map(Number);
      return { bytes: bytes as number, longest: longest as number };
    });
  }

  /** Leaves have to stand one behind the other: in others an end would never be reached, or rows be missed. */
  async #requireOrder(table: FrameTable, ranges: readonly Range[]): Promise<void> {
    const unclear = ranges.filter(({ after, through }) => !isIntegerBelow(after, through));
    const { key, keyCollations } = this.#options.table(table.name);
    const collated = key.columns.map((name) => {
      const own = keyCollations?.get(name);
      return own === undefined ? "" : ` COLLATE ${quote(own)}`;
    });
    const orders = unclear.flatMap(({ after, through }): Scalar[] => {
      if (after === null || through === null) return [];
      const cells = (one: readonly Cell[], params: Params) =>
        tuple(one.map((cell, i) => `${cellSql(cell, params)}${collated[i]}`));
      return [(params) => `SELECT ${cells(after, params)} <= ${cells(through, params)}`];
    });
    const { values } = await evaluate(this.#database, orders);
    if (values.some((value) => value !== 1)) throw outOfOrder(table);
  }

  async #hashOf(text: string): Promise<string> {
    const bytes = new TextEncoder().encode(`${this.#options.salt}\n${text}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return bytesToBase64(digest.subarray(0, (HASH_LENGTH * 3) / 4));
  }

  /** The table with the columns that are compared, under the names that they were asked for by. */
  #view({ table: name, key, columns: asked }: AskedColumns): FrameTable {
    const live = this.#options.table(name);
    const columns = typeof asked === "number" ? allColumns(live, asked) : asked;
    const own = new Map(live.columns.map((column) => [column.name.toLowerCase(), column]));
    const rowid = live.key.kind === "rowid" ? live.key.columns[0]?.toLowerCase() : undefined;
    const compared = columns.map((column) => {
      const found = own.get(column.toLowerCase());
      if (found !== undefined && found.generated === null)
        return { name: column, affinity: affinityOf(found.type, live) };
      if (column.toLowerCase() === rowid) return { name: column, affinity: affinityOf("INTEGER") };
      throw notComparable(`"${live.name}" has no column "${column}" that is stored`);
    });
    const keys = live.key.columns.map((column) => column.toLowerCase());
    if (
      key.length !== keys.length ||
      key.some((column, i) => column.toLowerCase() !== keys[i] || !columns.includes(column))
    )
      throw notComparable(`The key of "${live.name}" is ${live.key.columns.join(", ")}`);
    return { name: live.name, key, columns: compared };
  }
}

/** All that are stored, where they are the ones that the checksum is of. */
function allColumns({ name, columns }: LiveTable, sum: number): string[] {
  const stored = columns.flatMap((column) => (column.generated === null ? [column.name] : []));
  if (columnsSum(stored) === sum) return stored;
  throw notComparable(`"${name}" has other columns`);
}

/** Of names in their order. It only has to tell a schema that changed by mistake. */
export const columnsSum = (columns: readonly string[]): number => mix(JSON.stringify(columns), 0);

/** Hashes so far, and of how many rows, and bytes of their text, they are. */
interface Hashed extends HashAnswer {
  bytes: number;
}

/** True for two keys of a single integer each, as most are; of others SQLite tells the order. */
function isIntegerBelow(after: Key, through: Key): boolean {
  const [one, two] = [after, through].map((key) => (key?.length === 1 ? key[0] : null));
  return Number.isSafeInteger(one) && Number.isSafeInteger(two) && (one as number) <= (two as number);
}

/** Of the rows of a range, bytes: all of them, and the longest. */
interface Size {
  bytes: number;
  longest: number;
}

/** The key of a row from its line. */
export function keyOf({ key }: Pick<FrameTable, "key">, line: string): Cell[] {
  const row = JSON.parse(line) as Row;
  return key.map((name) => row[name] as Cell);
}

function notComparable(why: string): FerryError {
  return new FerryError("INVALID_REQUEST", `${why}; nothing was compared`, {
    hint: "The schema changed, or the question was made for another database: compare again.",
  });
}

function outOfOrder({ name }: FrameTable): FerryError {
  return notComparable(`Keys of "${name}" were asked for that do not follow each other`);
}

function writtenMeanwhile({ name }: FrameTable): FerryError {
  return new FerryError("PLAN_STALE", `Rows of "${name}" were written while they were compared`, {
    hint: "Compare again.",
  });
}
