import { base64ToBytes } from "./base64.ts";
import type { Cell, ShortCell } from "./types.ts";

/** Characters of a cell that is shown to a person; of a blob in base64. */
export const SHORT_LENGTH = 80;

/** Bytes of a blob's beginning that are as many characters in base64. */
const SHORT_BYTES = (SHORT_LENGTH / 4) * 3;

/** The cell, or the beginning of a long one. */
export function shortened(cell: Cell): Cell | ShortCell {
  if (typeof cell === "string") {
    if (cell.length <= SHORT_LENGTH) return cell;
    const bytes = new TextEncoder().encode(cell).byteLength;
    return { start: [...cell].slice(0, SHORT_LENGTH).join(""), of: "text", bytes };
  }
  if (typeof cell !== "object" || cell === null) return cell;
  const { $blob: blob, $text: text } = cell as { $blob?: string; $text?: string };
  const base64 = blob ?? text;
  if (base64 === undefined || base64.length <= SHORT_LENGTH) return cell;
  const all = base64ToBytes(base64);
  const bytes = all.byteLength;
  if (blob !== undefined) return { start: base64.slice(0, SHORT_LENGTH), of: "blob", bytes };
  return { start: new TextDecoder().decode(all.subarray(0, SHORT_BYTES)), of: "text", bytes };
}

/** A row with the beginnings of its long cells. */
export function shortenedRow(row: Readonly<Record<string, Cell>>): Record<string, Cell | ShortCell> {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, shortened(cell)]));
}
