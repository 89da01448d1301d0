import { encodeCell, encodeRow } from "../archive/cells.ts";
import type { Cell, Row } from "../archive/types.ts";
import type { Mode } from "../sync/run/index.ts";

/*
 * Three-way: what becomes of a row that differs between a source and its target, where it is known how the source had
 * it when the two last exchanged rows.
 *
 *   base   ours   theirs
 *   a      a      b        only the target was edited: it keeps its cell
 *   a      b      a        only the source was edited: its cell is sent
 *   a      b      b        both were edited alike: nothing to do
 *   a      b      c        a conflict
 *
 * The same holds for the row as a whole, with "no row" for one that was deleted, or is not made yet.
 */

/** What to do where both sides were edited: stop before anything is written, or take one side's cells. */
export type OnEdit = "stop" | "ours" | "theirs";

/** How a row was when the two last exchanged rows: a line, or null for no row. Unknown where nobody can tell. */
export type BaseRow = { line: string | null } | "unknown";

/** A row, or the lack of one, on both sides. They differ. */
export interface TwoRows {
  /** The columns of both lines, in their order. */
  columns: readonly string[];
  /** The source's, as a line of an archive, and the target's. */
  ours: string | null;
  theirs: string | null;
}

/** A cell that both sides have edited; of a row that one side deleted, and of one whose base is unknown, all of it. */
export type Conflict = CellConflict | RowConflict;

export interface CellConflict {
  column: string;
  /** Absent where it is not known. */
  base?: Cell;
  ours: Cell;
  theirs: Cell;
}

export interface RowConflict {
  column: null;
  /** Absent where it is not known; null for no row. */
  base?: Row | null;
  ours: Row | null;
  theirs: Row | null;
}

export interface MergedRow {
  /** What the target is to hold, as a line or null for no row. The same as `theirs` where nothing is to be done. */
  result: string | null;
  /** The target's edit is kept: of these columns, or of the whole row. Empty where there is none. */
  kept: readonly string[] | "row";
  conflicts: readonly Conflict[];
}

/** Whether a mode has anything to do with a row that differs: "mirror" alone deletes, and "insert" changes none. */
export const isDecided = ({ ours, theirs }: Pick<TwoRows, "ours" | "theirs">, mode: Mode): boolean =>
  ours === null ? mode === "mirror" : theirs === null || mode !== "insert";

/** Decides about a row that differs. Where `onEdit` is "stop", a row with conflicts stays as it is. */
export function mergeRow(rows: TwoRows, base: BaseRow, onEdit: OnEdit): MergedRow {
  const { ours, theirs } = rows;
  if (base !== "unknown") {
    if (ours !== null && theirs !== null && base.line !== null)
      return mergeCells(rows, { base: base.line, ours, theirs }, onEdit);
    if (isSameRow(rows.columns, base.line, ours)) return { result: theirs, kept: "row", conflicts: [] };
    if (isSameRow(rows.columns, base.line, theirs)) return { result: ours, kept: [], conflicts: [] };
  }
  const before = base === "unknown" ? {} : { base: rowOf(base.line) };
  const conflict: Conflict = { column: null, ...before, ours: rowOf(ours), theirs: rowOf(theirs) };
  return { result: onEdit === "ours" ? ours : theirs, kept: [], conflicts: [conflict] };
}

function mergeCells(
  { columns }: Pick<TwoRows, "columns">,
  lines: Record<"base" | "ours" | "theirs", string>,
  onEdit: OnEdit,
): MergedRow {
  const [base, ours, theirs] = [readRow(lines.base), readRow(lines.ours), readRow(lines.theirs)];
  const kept: string[] = [];
  const conflicts: Conflict[] = [];
  const merged = columns.map((column): Cell => {
    const [own, other, before] = [ours[column] as Cell, theirs[column] as Cell, cellOf(base, column)];
    if (isSameCell(own, other)) return own;
    if (isSameCell(before, own)) {
      kept.push(column);
      return other;
    }
    if (isSameCell(before, other)) return own;
    conflicts.push({ column, ...(before === undefined ? {} : { base: before }), ours: own, theirs: other });
    return onEdit === "ours" ? own : other;
  });
  const stops = conflicts.length > 0 && onEdit === "stop";
  return { result: stops ? lines.theirs : encodeRow(columns, merged), kept, conflicts };
}

const readRow = (line: string): Row => JSON.parse(line) as Row;

const rowOf = (line: string | null): Row | null => (line === null ? null : readRow(line));

/** Undefined for a column that the table did not have then. */
const cellOf = (row: Row, column: string): Cell | undefined =>
  Object.hasOwn(row, column) ? row[column] : undefined;

/** To the byte; what is not known is the same as nothing. */
export const isSameCell = (one: Cell | undefined, other: Cell): boolean =>
  one !== undefined && encodeCell(one) === encodeCell(other);

/** The base's line may have columns that the others do not have any more. */
function isSameRow(columns: readonly string[], base: string | null, line: string | null): boolean {
  if (base === null || line === null) return base === line;
  const [before, now] = [readRow(base), readRow(line)];
  return columns.every((column) => isSameCell(cellOf(before, column), now[column] as Cell));
}
