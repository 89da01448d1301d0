import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { settleRows } from "./settle.ts";
import type { Row } from "./types.ts";

const NEWLINE = 0x0a;

/** Lines of a frame's text, in most frames the rows: JSON has no newline within a string. */
export function countLines(text: Bytes): number {
  if (text.byteLength === 0) return 0;
  let lines = 1;
  for (let i = text.indexOf(NEWLINE); i !== -1; i = text.indexOf(NEWLINE, i + 1)) lines++;
  return lines;
}

/** The rows of a frame's text. Rejects with `DOCUMENT_INVALID`. */
export function parseRows(text: string): Row[] {
  let rows: unknown[];
  try {
    rows = JSON.parse(`[${text}]`);
  } catch (cause) {
    throw new FerryError("DOCUMENT_INVALID", "A frame's text is not rows of JSON", { cause });
  }
  const refuse = (row: number, reason: string) =>
    new FerryError("DOCUMENT_INVALID", `Row ${row + 1} of a frame: ${reason}`, { details: { row: row + 1 } });
  return settleRows(rows, { strictTags: true, refuse });
}
