import type { OnEdit, TablePair } from "../../diff/index.ts";
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

/** Why everything would have to be sent, and what its hint goes by. */
export interface WhyEverything {
  why: string;
  details: Readonly<Record<string, unknown>>;
}

/** Whether sending everything overwrites somebody's edit, and nobody has said that it may. */
export const wouldOverwrite = (merged: Merged, onEdit: OnEdit): boolean =>
  editedRows(merged) > 0 && onEdit !== "ours";

/** Rows that the target's side has edited. */
const editedRows = (merged: Merged): number => keptCount(merged) + merged.conflictRows;

/** Why not everything may be sent, where that would overwrite edits. */
export function overwritesEdits({ why, details }: WhyEverything, merged: Merged): FerryError {
  const rows = editedRows(merged);
  const { conflicts, conflictRows, kept } = merged;
  const over = rows === 1 ? "it" : "them";
  return new FerryError(
    "EDIT_CONFLICT",
    `${plural(rows, "row has", "rows have")} been edited at the target since the last exchange, and everything would have to be sent over ${over}: ${why}. Nothing was sent`,
    { details: { reason: "sends-everything", ...details, rows, kept, conflicts, conflictRows } },
  );
}

/** Tables that were exchanged, and of which nobody can tell any more what was edited there since. */
export function editsUnclear(tables: readonly Pick<TablePair, "name" | "why">[]): FerryError {
  const [first] = tables;
  const names = tables.map(({ name }) => name);
  return new FerryError(
    "EDIT_CONFLICT",
    `What was edited at the target since the last exchange cannot be told in ${names.join(", ")}: ${first?.name} cannot be compared, for ${first?.why}. Nothing was sent`,
    { details: { reason: "sends-everything", obstacle: "not-compared", tables: names } },
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
