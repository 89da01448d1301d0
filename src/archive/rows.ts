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

/** Where the longest line of a text is. */
export function longestLine(text: Bytes): { start: number; end: number } {
  let longest = { start: 0, end: 0 };
  for (let start = 0; start < text.byteLength; ) {
    const found = text.indexOf(NEWLINE, start);
    const end = found === -1 ? text.byteLength : found;
    if (end - start > longest.end - longest.start) longest = { start, end };
    start = end + 1;
  }
  return longest;
}

/** Text that is parsed at once, characters: a frame of nothing but small rows takes many times its length. */
const PARSED_LENGTH = 1024 * 1024;

/** The rows of a frame's text, parsed a part after the other. Rejects with `DOCUMENT_INVALID`. */
export function* parseRowsInParts(text: string): Generator<Row[], void, void> {
  let parsed = 0;
  for (let start = 0; start < text.length; ) {
    const cut = text.indexOf(BETWEEN_ROWS, start + PARSED_LENGTH);
    const end = cut < 0 ? text.length : cut;
    const rows = parsePart(text.slice(start, end), parsed);
    yield rows;
    parsed += rows.length;
    start = end + BETWEEN_ROWS.length;
  }
}

const BETWEEN_ROWS = ",\n";

/** The rows of a frame's text. Rejects with `DOCUMENT_INVALID`. */
export function parseRows(text: string): Row[] {
  return parsePart(text, 0);
}

/** `before`: how many rows of the frame stand before these. */
function parsePart(text: string, before: number): Row[] {
  let rows: unknown[];
  try {
    // One row may be long: it is not copied for a pair of brackets.
    rows = text.length > PARSED_LENGTH && !text.includes("\n") ? [JSON.parse(text)] : JSON.parse(`[${text}]`);
  } catch (cause) {
    throw new FerryError("DOCUMENT_INVALID", "A frame's text is not rows of JSON", { cause });
  }
  const refuse = (row: number, reason: string) => {
    const number = before + row + 1;
    return new FerryError("DOCUMENT_INVALID", `Row ${number} of a frame: ${reason}`, {
      details: { row: number },
    });
  };
  return settleRows(rows, { strictTags: true, refuse });
}
