import { isCell } from "../archive/cells.ts";
import type { Key, Range, Row, TableSchema } from "../archive/types.ts";
import { foldCase } from "../names.ts";
import { AskTogether } from "./ask-together.ts";
import { hashLeaves, isSame } from "./compare-whole.ts";
import { leafRanges } from "./leaf-ranges.ts";
import type { TablePair } from "./pair-tables.ts";
import type { ComparedColumns, ComparedPlace } from "./questions.ts";
import { cutTable, readLeaves } from "./read-table.ts";
import { noSense } from "./row-difference.ts";

/*
 * Tables whose rows nothing but a rowid tells apart. It means nothing in another database, so their rows are not
 * compared; but where two have the same rows under the same rowids, nothing has to be sent.
 */

/** A table that travels whole: its frames, as an export has them. */
export interface WholeTable {
  schema: TableSchema;
  frames: { rows: number; text: string; after: Key; through: Key }[];
  rows: number;
}

export interface WholeTableOptions {
  left: ComparedPlace;
  right: ComparedPlace;
  salt: string;
  /** About how long frames are, bytes of row text. */
  leafBytes: number;
  /** Called with the bytes of the rows of each answer. */
  onBytes(bytes: number): void;
}

/** The columns by which all rows of the left table can be read; null where the right one lacks any, or has a key. */
export function wholeColumns({ name, left, right }: TablePair): ComparedColumns | null {
  const { rowid } = left;
  if (rowid === undefined || foldCase(right.rowid ?? "") !== foldCase(rowid)) return null;
  const others = new Map(right.columns.map((column) => [foldCase(column.name), column]));
  const fits = left.columns.every(
    (column) => others.get(foldCase(column.name))?.affinity === column.affinity,
  );
  if (!fits) return null;
  return { table: name, key: [rowid], columns: [rowid, ...left.columns.map((column) => column.name)] };
}

/** All rows of the left table; null where the right one has the same under the same rowids. */
export async function readUnlessSame(
  columns: ComparedColumns,
  { leafBytes, salt, onBytes, ...places }: WholeTableOptions,
): Promise<WholeTable | null> {
  const left = new AskTogether(places.left, salt);
  const right = new AskTogether(places.right, salt);
  const ranges = await findRanges(columns, { left, right, leafBytes });
  if (ranges === null) return null;
  const { schema } = await left.ask({ ask: "schema", table: columns.table });
  const frames: WholeTable["frames"] = [];
  for await (const { range, lines } of readLeaves(columns, left, ranges)) {
    for (const line of lines) requireRow(columns, line);
    const text = lines.join(",\n");
    onBytes(text.length);
    frames.push({ ...range, rows: lines.length, text });
  }
  return { schema, frames, rows: frames.reduce((sum, { rows }) => sum + rows, 0) };
}

/** The left table's leaves; null where both have the same rows in all of them. */
async function findRanges(
  columns: ComparedColumns,
  { left, right, leafBytes }: { left: AskTogether; right: AskTogether; leafBytes: number },
): Promise<Range[] | null> {
  const ranges: Range[] = [];
  let same = true;
  for await (const { after, ends } of cutTable(columns, left, leafBytes)) {
    ranges.push(...leafRanges(after, ends));
    if (!same) continue;
    const [mine, theirs] = await Promise.all(
      [left, right].map((place) => hashLeaves(place, columns, { after, ends })),
    );
    same = isSame(mine?.hashes ?? [null], theirs?.hashes ?? []);
  }
  return same ? null : ranges;
}

function requireRow({ table, columns }: ComparedColumns, line: string): void {
  let row: Row | null = null;
  try {
    row = JSON.parse(line) as Row | null;
  } catch {
    // Said below.
  }
  if (typeof row !== "object" || row === null) throw noSense(table);
  const own = row;
  if (!columns.every((name) => Object.hasOwn(own, name) && isCell(own[name]))) throw noSense(table);
}
