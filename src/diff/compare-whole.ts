import type { Key } from "../archive/types.ts";
import { foldCase } from "../names.ts";
import { type AskTogether, startOf } from "./ask-together.ts";
import { commonColumns, type TablePair } from "./pair-tables.ts";
import type { ComparedColumns, DescribedTable } from "./questions.ts";
import { cutTable } from "./read-table.ts";
import { noSense } from "./row-difference.ts";

/*
 * Tables whose rows no key tells apart. Two of them are the same where they have the same rows under the same rowids;
 * which rows differ where they are not, nobody can say.
 */

/** What the comparison of two tables as a whole found. */
export interface WholeDifference {
  table: string;
  /** Rows of each place. */
  left: number;
  right: number;
  equal: boolean;
}

export interface CompareWholeOptions {
  left: AskTogether;
  right: AskTogether;
  /** About how long leaves are, bytes of row text. */
  leafBytes: number;
  /** Called with the rows that were read of each place so far. */
  onProgress(counts: { left: number; right: number }): void;
}

/** The columns by which two tables are compared as a whole; null where their rowids or columns do not fit. */
export function comparedAsWhole({ name, left, right }: TablePair): ComparedColumns | null {
  const rowid = rowidOf(left);
  if (rowid === undefined || foldCase(rowidOf(right) ?? "") !== foldCase(rowid)) return null;
  const common = commonColumns(left, right);
  if (common.some(([one, two]) => one.affinity !== two.affinity)) return null;
  return { table: name, key: [rowid], columns: [rowid, ...common.map(([column]) => column.name)] };
}

const rowidOf = ({ rowid, hiddenRowid }: DescribedTable): string | undefined => rowid ?? hiddenRowid;

/** Whether two tables have the same rows under the same rowids. No row is sent. */
export async function compareWhole(
  columns: ComparedColumns,
  { left, right, leafBytes, onProgress }: CompareWholeOptions,
): Promise<WholeDifference> {
  const counts = { left: 0, right: 0 };
  let [equal, isCounted] = [true, true];
  for await (const leaves of cutTable(columns, left, leafBytes)) {
    const [mine, theirs] = await Promise.all(
      [left, right].map((place) => hashLeaves(place, columns, leaves)),
    );
    if (mine === undefined || theirs === undefined) throw noSense(columns.table);
    counts.left += mine.rows;
    counts.right += theirs.rows;
    onProgress(counts);
    if (!isSame(mine.hashes, theirs.hashes)) equal = false;
    if (theirs.hashes.includes(null)) isCounted = false;
  }
  if (!isCounted) counts.right = await countRows(columns, right, leafBytes);
  return { table: columns.table, ...counts, equal };
}

export interface HashedLeaves {
  /** Null of a leaf that is too long at this place to be read at once. */
  hashes: (string | null)[];
  /** Rows in the others. */
  rows: number;
}

/** A place's hashes of leaves that stand one behind the other. */
export async function hashLeaves(
  place: AskTogether,
  columns: ComparedColumns,
  { after, ends }: { after: Key; ends: readonly Key[] },
): Promise<HashedLeaves> {
  const found: HashedLeaves = { hashes: [], rows: 0 };
  while (found.hashes.length < ends.length) {
    const done = found.hashes.length;
    const from = done === 0 ? after : (ends[done - 1] as Key);
    const asked = startOf(ends.slice(done));
    const { hashes, rows } = await place.ask({ ask: "hash", ...columns, after: from, ends: asked });
    if (hashes.length === 0 || hashes.length > asked.length) throw noSense(columns.table);
    found.hashes.push(...hashes);
    found.rows += rows;
  }
  return found;
}

/** Whether leaves are known to hold the same. */
export const isSame = (left: HashedLeaves["hashes"], right: HashedLeaves["hashes"]): boolean =>
  left.every((hash, i) => hash !== null && hash === right[i]);

/** A place's rows, counted in leaves that it has cut itself: these it can read. */
async function countRows(columns: ComparedColumns, place: AskTogether, leafBytes: number): Promise<number> {
  let count = 0;
  for await (const leaves of cutTable(columns, place, leafBytes))
    count += (await hashLeaves(place, columns, leaves)).rows;
  return count;
}
