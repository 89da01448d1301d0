import { corrupt } from "../../../archive/text.ts";
import { keyListOf, type StagedShape, type StagedTable } from "../../stage/index.ts";

/** A table's staged rows, and the lists of keys that an undo makes of them. */
export interface UndoTable {
  staged: StagedTable;
  /** The rows as they were, where there are some. */
  before: StagedShape | null;
  /** Of those that the run deleted. */
  deleted: StagedShape | null;
  made: readonly StagedShape[];
  /** What it added and did not know the keys of. */
  keyless: readonly KeylessRows[];
  /** False where none of the table's rows go. */
  deletes: boolean;
  /** What an earlier plan of the undo took away of those. */
  taken: StagedTable;
  gone: StagedTable;
  edited: StagedTable;
  held: StagedTable;
}

/** Rows of one shape that the run added and that got their keys as they were written, and the live rows that stand for them. */
export interface KeylessRows {
  shape: StagedShape;
  /** A key for each row; a NULL for one that somebody has edited or deleted. */
  chosen: StagedTable;
}

export interface UndoTableOptions {
  /** Takes back what was added without keys. */
  takesKeyless: boolean;
}

/** Rejects with `ARCHIVE_CORRUPT` where rows as they were are not all alike, as a run keeps them. */
export function undoTable(staged: StagedTable, { takesKeyless }: UndoTableOptions): UndoTable {
  const [deleted, ...otherDeleted] = staged.shapes.filter((shape) => shape.deleted);
  const [before, ...otherBefore] = staged.shapes.filter((shape) => !shape.deleted);
  const known = staged.shapes.every((shape) => !shape.ragged && !shape.was) && staged.gone.length === 0;
  if (otherDeleted.length + otherBefore.length > 0 || !known)
    throw corrupt(`The rows of ${staged.table.name} as they were are not as a run keeps them`);
  const all = staged.made ?? [];
  const made = all.filter(({ keyless }) => keyless === undefined);
  const keyless = takesKeyless ? all.filter((shape) => !made.includes(shape)) : [];
  return {
    staged,
    before: before ?? null,
    deleted: deleted ?? null,
    made,
    keyless: keyless.map((shape, i) => ({ shape, chosen: keyListOf(staged, "chosen", i) })),
    deletes: made.length + keyless.length > 0,
    taken: keyListOf(staged, "taken"),
    gone: keyListOf(staged, "gone"),
    edited: keyListOf(staged, "edited"),
    held: keyListOf(staged, "held"),
  };
}
