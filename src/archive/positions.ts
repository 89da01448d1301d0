import { encodedNames, isCanonicalNumber } from "./cells.ts";
import { BACKSLASH, CLOSE_OBJECT, isRealLetter, QUOTE } from "./letters.ts";

/** Rows as JSON arrays of their cells. */
export interface PositionedRows {
  /** The rows' properties, in the order of the cells. */
  names: string[];
  /** `[1,"ada",null]`, one for each row. */
  rows: string[];
}

/** Characters. A frame is longer only by one row that is, which is parsed to be staged in another form. */
const MOST_LENGTH = 4 * 1024 * 1024;

const LOWER_N = 0x6e;

/**
 * A frame's text by position, its cells copied as they are and not parsed. Null where that cannot be
 * done: rows without the same properties, tagged cells, or anything else than `encodeRow` writes of
 * null, texts and numbers.
 */
export function positionRows(text: string): PositionedRows | null {
  if (text.length > MOST_LENGTH) return null;
  const names = firstNames(text);
  if (names === null) return null;
  const openings = encodedNames(names).map((name, i) => (i === 0 ? `{${name}` : name));
  const rows: string[] = [];
  for (let at = 0; ; ) {
    let row = "[";
    for (let i = 0; i < openings.length; i++) {
      const opening = openings[i] as string;
      if (!text.startsWith(opening, at)) return null;
      const start = at + opening.length;
      at = cellEnd(text, start);
      if (at < 0) return null;
      row += i === 0 ? text.slice(start, at) : `,${text.slice(start, at)}`;
    }
    if (text.charCodeAt(at) !== CLOSE_OBJECT) return null;
    rows.push(`${row}]`);
    at++;
    if (at === text.length) return { names, rows };
    if (!text.startsWith(",\n", at)) return null;
    at += 2;
  }
}

function firstNames(text: string): string[] | null {
  const end = text.indexOf(",\n");
  try {
    const row: unknown = JSON.parse(end < 0 ? text : text.slice(0, end));
    if (typeof row !== "object" || row === null || Array.isArray(row)) return null;
    const names = Object.keys(row);
    return names.length === 0 ? null : names;
  } catch {
    return null;
  }
}

/** Where the cell that begins at `at` ends; −1 where it is none that is copied. */
function cellEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return textEnd(text, at + 1);
  if (first === LOWER_N) return text.startsWith("null", at) ? at + 4 : -1;
  let end = at;
  while (isNumberLetter(text.charCodeAt(end))) end++;
  return isCanonicalNumber(text.slice(at, end)) ? end : -1;
}

/** Behind the quote that is not escaped. */
function textEnd(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return -1;
}

function isNumberLetter(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || isRealLetter(code);
}
