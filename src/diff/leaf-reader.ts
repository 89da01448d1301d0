import type { Cell, Key, Range } from "../archive/types.ts";
import type { Budget } from "../budget.ts";
import type { Database } from "../database/port.ts";
import type { LiveTable } from "../database/schema.ts";
import { cellSql } from "../database/sql/cell-parameter.ts";
import { inRange } from "../database/sql/key-range.ts";
import type { Params } from "../database/sql/params.ts";
import { evaluate, type Scalar } from "../database/sql/scalars.ts";
import { quote, tuple } from "../database/sql/syntax.ts";
import { type FrameTable, lineSize } from "../frames/frame-table.ts";
import { readCellsOf, readParts } from "../frames/read-range.ts";
import type { LeafDigests } from "./leaf-digests.ts";
import { type LeafText, writesLeafText, writtenLeafTexts } from "./leaf-text.ts";
import { outOfOrder, writtenMeanwhile } from "./refusals.ts";

/** Bytes of rows that are read at once. */
const READ_BYTES = 1_000_000;

/** Bytes of rows that a range may hold that was hashed before: a long row, and what was written meanwhile. */
const LONGEST_BYTES = 4_000_000;

/** Ranges whose sizes are asked for at once. */
export const SIZED_AT_ONCE = 32;

interface EachRangeOptions {
  budget: Pick<Budget, "allows" | "spend">;
  /** Something is read, whatever the budget says. */
  first: boolean;
}

/** A row by its cells, in the order of the columns that are compared. */
export type Cells = Cell[];

/** Of the rows of a range, bytes: all of them, and the longest. */
export interface Size {
  bytes: number;
  longest: number;
}

/** The rows of ranges that were read for their marks and are soon asked for again, by table and range. */
export type RangeMemory = Map<string, Cells[]>;

const memoryId = ({ name, columns }: FrameTable, { after, through }: Range): string =>
  JSON.stringify([name, columns.map((column) => column.name), after, through]);

interface LeafReaderOptions {
  /** Bytes of rows that are read at once. @default 1,000,000 */
  readBytes?: number | undefined;
  /** Where rows stay that are kept. @default nowhere */
  memory?: RangeMemory | undefined;
  /** Those that are known: they say how long leaves are. @default none */
  digests?: LeafDigests | undefined;
}

/** Reads ranges of a table's rows, none of them longer than what fits the memory of a Worker. */
export class LeafReader {
  readonly readBytes: number;
  readonly #database: Database;
  readonly #memory: RangeMemory | undefined;
  readonly #digests: LeafDigests | undefined;

  constructor(database: Database, { readBytes = READ_BYTES, memory, digests }: LeafReaderOptions = {}) {
    this.#database = database;
    this.readBytes = readBytes;
    this.#memory = memory;
    this.#digests = digests;
  }

  /** As many of the first ranges as are read at once; none where the first is too long for it. */
  together(sizes: readonly Size[]): Size[] {
    let bytes = 0;
    const end = sizes.findIndex((size, i) => {
      bytes += size.bytes;
      // A single row is never parted.
      return size.bytes - size.longest > this.readBytes || (i > 0 && bytes > this.readBytes);
    });
    return end < 0 ? [...sizes] : sizes.slice(0, end);
  }

  /** The rows of ranges that stand one behind the other; none at all where they are longer than `mostBytes`. */
  async readParts(
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

  /** Whether SQLite itself writes the texts of a table's leaves. */
  writesTexts(table: FrameTable): boolean {
    return writesLeafText(this.#database, table);
  }

  /** Null for those that it does not write. */
  writtenTexts(table: FrameTable, ranges: readonly Range[]): Promise<(LeafText | null)[]> {
    return writtenLeafTexts(this.#database, table, ranges);
  }

  /**
   * The rows of ranges that stand anywhere, one range after the other, until the budget ends. `keeps`: they are asked
   * for once more, and then they are the same.
   */
  async *eachRange(
    table: FrameTable,
    ranges: readonly Range[],
    { keeps = false, ...options }: EachRangeOptions & { keeps?: boolean },
  ): AsyncGenerator<Cells[]> {
    let next = 0;
    for (const range of ranges) {
      const kept = this.#take(memoryId(table, range));
      if (kept === undefined) break;
      yield kept;
      next++;
    }
    const unknown = ranges.slice(next);
    for await (const rows of this.#readEach(table, unknown, {
      ...options,
      first: options.first && next === 0,
    })) {
      if (keeps) this.#memory?.set(memoryId(table, ranges[next] as Range), rows);
      yield rows;
      next++;
    }
  }

  #take(id: string): Cells[] | undefined {
    const kept = this.#memory?.get(id);
    this.#memory?.delete(id);
    return kept;
  }

  async *#readEach(
    table: FrameTable,
    ranges: readonly Range[],
    { budget, first }: EachRangeOptions,
  ): AsyncGenerator<Cells[]> {
    for (let next = 0; next < ranges.length; next += SIZED_AT_ONCE) {
      const sized = ranges.slice(next, next + SIZED_AT_ONCE);
      if ((next > 0 || !first) && !budget.allows(3)) return;
      const sizes = this.#knownSizes(table, sized) ?? (await this.sizes(table, sized));
      // What others ask for has to fit the memory of a Worker.
      if (sizes.some(({ bytes, longest }) => bytes - longest > LONGEST_BYTES)) throw writtenMeanwhile(table);
      for (let from = 0; from < sized.length; ) {
        const together = Math.max(1, this.together(sizes.slice(from)).length);
        const group = sized.slice(from, from + together);
        const bytes = sizes.slice(from, from + together).reduce((sum, one) => sum + one.bytes, 0);
        if ((next + from > 0 || !first) && !budget.allows(together + 1, bytes)) return;
        budget.spend(0, bytes);
        yield* await readCellsOf(this.#database, table, group);
        from += together;
      }
    }
  }

  /** Where all of them are known, by the digests of leaves. */
  #knownSizes(table: FrameTable, ranges: readonly Range[]): Size[] | null {
    const known = ranges.flatMap((range) => this.#digests?.get(table, range) ?? []);
    return known.length < ranges.length ? null : known.map(({ bytes }) => ({ bytes, longest: bytes }));
  }

  /** Bytes of rows in each range, about: no content is read for it. */
  async sizes(table: FrameTable, ranges: readonly Range[]): Promise<Size[]> {
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
  async requireOrder(
    { key, keyCollations, name: table }: LiveTable,
    ranges: readonly Range[],
  ): Promise<void> {
    const unclear = ranges.filter(({ after, through }) => !isIntegerBelow(after, through));
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
    if (values.some((value) => value !== 1)) throw outOfOrder({ name: table });
  }
}

/** True for two keys of a single integer each, as most are; of others SQLite tells the order. */
function isIntegerBelow(after: Key, through: Key): boolean {
  const [one, two] = [after, through].map((key) => (key?.length === 1 ? key[0] : null));
  return Number.isSafeInteger(one) && Number.isSafeInteger(two) && (one as number) <= (two as number);
}
