import type { Cell, Row } from "../archive/types.ts";
import type { CompareKeys } from "./key-order.ts";

/*
 * Comparing two runs of rows that both stand in the order of one key, such as a table in two archives: both are read from
 * their beginning to their end, side by side, and nothing is kept of what was passed.
 */

export interface KeyedRow {
  key: Cell[];
  row: Row;
}

/** Rows in the order of their keys, a part after the other. */
export type RowSource = AsyncIterator<readonly KeyedRow[], void>;

/** A row that differs: null on the side that does not have it. */
export interface DifferingRow {
  key: Cell[];
  left: Row | null;
  right: Row | null;
  /** Of a row that both have: which of the compared columns differ, by their place. */
  differing: number[];
}

export interface MergeOptions {
  left: RowSource;
  right: RowSource;
  order: CompareKeys;
  /** The compared columns, as each side calls them. */
  columns: readonly (readonly [left: string, right: string])[];
  /** Whether another part may be read. The first rows of each side always are. */
  mayRead(): boolean;
  onRow(row: DifferingRow): void;
}

export interface MergeCounts {
  /** Rows read of each side. */
  left: number;
  right: number;
  added: number;
  deleted: number;
  changed: number;
  /** Cells of the changed rows that differ. */
  cells: number;
}

export interface Merged {
  counts: MergeCounts;
  /** The last key that was compared, where there is more behind it. */
  stoppedAt: Cell[] | null;
}

/** A source's rows do not stand in the order of their keys, or one key is there twice. */
export class OutOfOrder extends Error {}

export const NO_COUNTS: Readonly<MergeCounts> = {
  left: 0,
  right: 0,
  added: 0,
  deleted: 0,
  changed: 0,
  cells: 0,
};

/** Compares the rows of two sources until both end, or no more may be read. Throws `OutOfOrder`. */
export async function mergeSources(options: MergeOptions): Promise<Merged> {
  const { order, columns, onRow } = options;
  const left = new Head(options.left, options);
  const right = new Head(options.right, options);
  const counts = { ...NO_COUNTS };
  for (let stoppedAt: Cell[] | null = null; ; ) {
    if (!(await left.isReady()) || !(await right.isReady())) return { counts, stoppedAt };
    const met = takeNext(left, right, order);
    if (met === null) return { counts, stoppedAt: null };
    const [mine, theirs] = met;
    stoppedAt = (mine ?? theirs)?.key ?? null;
    const differing = mine && theirs ? differingCells(mine.row, theirs.row, columns) : [];
    count(counts, met, differing.length);
    if (mine === null || theirs === null || differing.length > 0)
      onRow({ key: stoppedAt as Cell[], left: mine?.row ?? null, right: theirs?.row ?? null, differing });
  }
}

type Met = readonly [left: KeyedRow | null, right: KeyedRow | null];

/** The rows of the next key, of which one side may have none; null behind the last. */
function takeNext(left: Head, right: Head, order: CompareKeys): Met | null {
  const [one, two] = [left.row, right.row];
  if (one === null && two === null) return null;
  const which = one === null ? 1 : two === null ? -1 : order(one.key, two.key);
  if (which <= 0) left.pass();
  if (which >= 0) right.pass();
  return [which <= 0 ? one : null, which >= 0 ? two : null];
}

function count(counts: MergeCounts, [left, right]: Met, cells: number): void {
  if (left !== null) counts.left++;
  if (right !== null) counts.right++;
  if (left === null) counts.added++;
  else if (right === null) counts.deleted++;
  else if (cells > 0) counts.changed++;
  counts.cells += cells;
}

function differingCells(left: Row, right: Row, columns: MergeOptions["columns"]): number[] {
  return columns.flatMap(([mine, theirs], i) => (isSameCell(left[mine], right[theirs]) ? [] : [i]));
}

function isSameCell(left: Cell | undefined, right: Cell | undefined): boolean {
  if (left === right) return true;
  const tagged = typeof left === "object" && typeof right === "object";
  return tagged && JSON.stringify(left) === JSON.stringify(right);
}

/** The next row of a source, and the order that its rows have to be in. */
class Head {
  row: KeyedRow | null = null;
  readonly #source: RowSource;
  readonly #options: Pick<MergeOptions, "order" | "mayRead">;
  #rows: readonly KeyedRow[] = [];
  #at = 0;
  #hasRead = false;
  #ended = false;
  #passed: Cell[] | null = null;

  constructor(source: RowSource, options: Pick<MergeOptions, "order" | "mayRead">) {
    this.#source = source;
    this.#options = options;
  }

  /** True where it is known which row is next, or that there is none; false where that may not be read any more. */
  async isReady(): Promise<boolean> {
    while (this.row === null && !this.#ended) {
      const row = this.#rows[this.#at++];
      if (row !== undefined) {
        this.#requireOrder(row);
        this.row = row;
        return true;
      }
      if (this.#hasRead && !this.#options.mayRead()) return false;
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else {
        [this.#rows, this.#at] = [next.value, 0];
        this.#hasRead ||= next.value.length > 0;
      }
    }
    return true;
  }

  pass(): void {
    this.#passed = this.row?.key ?? null;
    this.row = null;
  }

  #requireOrder({ key }: KeyedRow): void {
    if (this.#passed !== null && this.#options.order(this.#passed, key) >= 0) throw new OutOfOrder();
  }
}
