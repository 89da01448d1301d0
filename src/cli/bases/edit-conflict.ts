import type { OnEdit } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { plural } from "../../numbers.ts";
import { keptCount, type Merged } from "./three-way.ts";

/** Rows that both sides have edited, and nobody has said whose cells count. */
export function editConflict({ conflicts, conflictRows, since }: Merged): FerryError {
  return new FerryError(
    "EDIT_CONFLICT",
    `${plural(conflictRows, "row was", "rows were")} edited on both sides since the last exchange. Nothing was sent`,
    { details: { conflicts, conflictRows, since: since === null ? null : new Date(since).toISOString() } },
  );
}

/** Why not everything may be sent: null where that overwrites nobody's edit, or somebody has said that it may. */
export function wouldOverwrite(why: string, merged: Merged, onEdit: OnEdit): FerryError | null {
  const rows = keptCount(merged) + merged.conflictRows;
  if (rows === 0 || onEdit === "ours") return null;
  const { conflicts, conflictRows, kept } = merged;
  const over = rows === 1 ? "it" : "them";
  return new FerryError(
    "EDIT_CONFLICT",
    `${plural(rows, "row has", "rows have")} been edited at the target since the last exchange, and everything would have to be sent (${why}), over ${over}. Nothing was sent`,
    { details: { reason: "sends-everything", rows, kept, conflicts, conflictRows } },
  );
}

/** A place does not tell what it has, so nobody knows what would be overwritten. */
export function cannotBeTold(why: string): FerryError {
  return new FerryError(
    "EDIT_CONFLICT",
    `Nobody can tell what was edited at the target since the last exchange: ${why}. Nothing was sent`,
    { details: { reason: "not-compared" } },
  );
}

/** Of so many rows nobody can be told what becomes of them. */
export function tooMuchDiffers(): FerryError {
  return new FerryError(
    "EDIT_CONFLICT",
    "More differs than the command holds at once, so it cannot tell who edited what. Nothing was sent",
    { details: { reason: "too-much" } },
  );
}
