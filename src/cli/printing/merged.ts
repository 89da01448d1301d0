import type { CellConflict, RowConflict } from "../../diff/index.ts";
import type { FerryError } from "../../errors.ts";
import { plural } from "../../numbers.ts";
import { type EditedRow, keptCount, type Merged } from "../bases/three-way.ts";
import type { TransferFlags } from "../options/run-options.ts";
import { printable } from "./printable.ts";
import { cellText, keyText } from "./rows.ts";

/** Rows that are told one by one. */
const TOLD = 10;

/** What was kept of the target's edits, and what was decided where both sides had edited a row. */
export function mergedLines(
  { keptRows, kept, conflicts, conflictRows, unknownRows }: Merged,
  { onEdit = "stop", base = true }: Pick<TransferFlags, "onEdit" | "base">,
): string[] {
  const rows = keptCount({ keptRows });
  const lines: string[] = [];
  if (rows > 0) {
    const tables = [...keptRows].map(([table, one]) => `${printable(table)} (${one})`);
    lines.push(
      `${plural(rows, "row")} that only the target has edited since the last exchange ${rows === 1 ? "stays" : "stay"} as there: ${tables.join(", ")}`,
    );
    for (const { table, key, columns } of kept.slice(0, TOLD)) {
      const what = columns === null ? "the row" : columns.map(printable).join(", ");
      lines.push(`  = ${printable(table)} ${keyText(key)}: ${what}`);
    }
    if (rows > TOLD) lines.push(`  … and ${rows - TOLD} more`);
  }
  if (unknownRows > 0 && base) {
    const they = unknownRows === 1 ? "it becomes" : "they become";
    lines.push(
      `Nothing is known here of an earlier exchange of ${plural(unknownRows, "row")} that the target has otherwise: ${they} what the source has`,
    );
  }
  if (conflictRows > 0) {
    const whose = onEdit === "ours" ? "the source's cells are taken" : "the target's cells stay";
    lines.push(
      `${plural(conflictRows, "row")} edited on both sides: ${whose}`,
      ...conflictLines(conflicts, conflictRows),
    );
  }
  return lines;
}

/** The rows that an `EDIT_CONFLICT` is about. */
export function editedLines({ details }: FerryError): string[] {
  const { conflicts = [], conflictRows = 0 } = (details ?? {}) as Partial<
    Pick<Merged, "conflicts" | "conflictRows">
  >;
  return conflictLines(conflicts, conflictRows);
}

/** Rows that both sides have edited: what stood there, and what either side has made of it. */
export function conflictLines(conflicts: readonly EditedRow[], rows: number): string[] {
  const lines = conflicts.slice(0, TOLD).flatMap(({ table, key, conflicts: cells }) => {
    const row = `  ! ${printable(table)} ${keyText(key)}`;
    return cells.map((one) =>
      one.column === null
        ? `${row}: ${rowConflict(one)}`
        : `${row} ${printable(one.column)}: ${cellConflict(one)}`,
    );
  });
  return rows > TOLD ? [...lines, `  … and ${rows - TOLD} more`] : lines;
}

function presence(ours: RowConflict["ours"], theirs: RowConflict["theirs"]): string {
  if (ours === null) return "only at the target";
  return theirs === null ? "only at the source" : "on both sides, with other cells";
}

function cellConflict({ base, ours, theirs }: CellConflict): string {
  const before = base === undefined ? "not known" : cellText(base);
  return `was ${before}, at the source ${cellText(ours)}, at the target ${cellText(theirs)}`;
}

function rowConflict({ base, ours, theirs }: RowConflict): string {
  if (base === undefined) return `${presence(ours, theirs)}; which side edited it is not known`;
  if (ours === null) return "deleted at the source, edited at the target";
  return theirs === null
    ? "edited at the source, deleted at the target"
    : "added on both sides, with other cells";
}
