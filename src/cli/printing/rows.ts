import { keyText as plainKeyText, cellText as plainText } from "../../cell-text.ts";
import type { PlannedRow, SampleRow } from "../../sync/run/index.ts";
import { printable } from "./printable.ts";

type AnyCell = SampleRow["key"][string];

export const SIGNS: Readonly<Record<SampleRow["is"], string>> = {
  insert: "+",
  update: "~",
  delete: "−",
  left: "!",
};

/** Why an undo leaves a row alone. */
export const WHY_LEFT = { edited: "changed since", held: "held by a constraint" } as const;

/** A row on a line: `+ users 7 {…}`, `~ users 8 name: "a" → "b"`, `− users 9`. */
export function rowLine(row: PlannedRow): string {
  const what = [SIGNS[row.is], printable(row.table), keyText(row.key)].filter((word) => word !== "");
  if (row.is === "delete") return what.join(" ");
  const more = row.is === "update" ? changesText(row.cells) : printable(JSON.stringify(row.row));
  return [...what, ...(row.is === "left" ? [`${WHY_LEFT[row.why]}:`] : []), more].join(" ");
}

/** A row's key on one line, without what a terminal would obey. */
export function keyText(key: SampleRow["key"]): string {
  return printable(plainKeyText(key));
}

/** `name: "a" → "b", score: 1 → 2`. */
export function changesText(cells: Extract<SampleRow, { is: "update" }>["cells"]): string {
  return Object.entries(cells)
    .map(([name, [old, now]]) => `${printable(name)}: ${cellText(old)} → ${cellText(now)}`)
    .join(", ");
}

/** `name: "a", score: 1`: of a row whose key stands before it, the rest. */
export function rowText(row: SampleRow["key"], key: SampleRow["key"]): string {
  return Object.entries(row)
    .filter(([name]) => !Object.hasOwn(key, name))
    .map(([name, cell]) => `${printable(name)}: ${cellText(cell)}`)
    .join(", ");
}

/** A cell in one line, without what a terminal would obey. */
export function cellText(cell: AnyCell): string {
  return printable(plainText(cell));
}
