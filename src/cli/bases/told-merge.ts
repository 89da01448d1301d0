import { MAX_MERGED_LENGTH } from "../../archive/shapes.ts";
import { shortened } from "../../archive/short-cell.ts";
import type { ConflictCell, MergedConflict, MergedEdits, Row } from "../../archive/types.ts";
import { type CellConflict, isSameCell, type OnEdit, type RowConflict } from "../../diff/index.ts";
import type { EditedRow, Merged } from "./three-way.ts";

/** Conflicts that an archive tells of, and characters of all of them: it is read before its rows are. */
const MOST = { rows: 20, length: 32_000 } as const;

/** What a delta says of edits on both sides; undefined where there were none, or in more tables than it can name. */
export function toldMerge(
  { since, keptRows, conflicts, conflictRows }: Merged,
  onEdit: OnEdit,
): MergedEdits | undefined {
  if (keptRows.size === 0 && conflictRows === 0) return undefined;
  const told: MergedEdits = {
    since,
    kept: [...keptRows].map(([table, rows]) => ({ table, rows })),
    conflicts: {
      rows: conflictRows,
      taken: onEdit === "ours" ? "ours" : "theirs",
      first: firstOf(conflicts),
    },
  };
  return JSON.stringify(told).length > MAX_MERGED_LENGTH ? undefined : told;
}

function firstOf(conflicts: readonly EditedRow[]): MergedConflict[] {
  const first: MergedConflict[] = [];
  let length = 0;
  for (const row of conflicts.slice(0, MOST.rows)) {
    const told = toldConflict(row);
    length += JSON.stringify(told).length;
    if (length > MOST.length) break;
    first.push(told);
  }
  return first;
}

function toldConflict({ table, key, conflicts }: EditedRow): MergedConflict {
  const row = { table, key: Object.values(key).map(shortened) };
  const whole = conflicts.find((one): one is RowConflict => one.column === null);
  if (whole === undefined) {
    const cells = conflicts.filter((one): one is CellConflict => one.column !== null);
    return { ...row, is: "edited", cells: cells.map(toldCell) };
  }
  const { ours, theirs } = whole;
  if (ours === null) return { ...row, is: "deleted-at-source" };
  if (theirs === null) return { ...row, is: "deleted-at-target" };
  return { ...row, is: "added", cells: otherCells(ours, theirs) };
}

function toldCell({ column, base, ours, theirs }: CellConflict): ConflictCell {
  return {
    column,
    ...(base === undefined ? {} : { base: shortened(base) }),
    ours: shortened(ours),
    theirs: shortened(theirs),
  };
}

function otherCells(ours: Row, theirs: Row): ConflictCell[] {
  return Object.entries(ours).flatMap(([column, cell]) => {
    const other = theirs[column] ?? null;
    return isSameCell(cell, other) ? [] : [toldCell({ column, ours: cell, theirs: other })];
  });
}
