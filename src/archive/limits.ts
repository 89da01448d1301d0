import { COMMA, OPEN_ARRAY, OPEN_OBJECT } from "./letters.ts";

/*
 * What a member of an archive may unpack to, bytes. A frame is about a megabyte, and larger only where a row
 * is; the rest grows with the schema and the number of frames. Far more is damage or an attack.
 */

export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** A frame that is longer than this is so by one line: many small rows take many times their length in memory. */
export const MANY_ROWS_BYTES = 2 * 1024 * 1024;

export const MAX_HEADER_BYTES = 4 * 1024 * 1024;

/** A page of the index is closed far below this, unless a key is as long. */
export const MAX_PAGE_BYTES = 8 * 1024 * 1024;

export const MAX_TAIL_BYTES = 4 * 1024 * 1024;

/**
 * Values, lists and objects in a header, a page or a tail, which are parsed whole. A text of nothing but brackets
 * would take thirty times its length in memory: so many are the schema of more than a thousand tables.
 */
export const MAX_VALUES = 300_000;

/** Of a number, true, false or null, bytes: nobody writes a longer number. */
export const MAX_SCALAR_BYTES = 1000;

/** Names that a row may have: SQLite makes no table of more columns (SQLITE_MAX_COLUMN). */
export const MAX_NAMES = 32_767;

/** Bytes of a name in a row: D1 takes no longer SQL to make its column. */
export const MAX_NAME_BYTES = 100_000;

/** What stands between values, or begins some: never fewer than there are values, but for the first. */
export function hasTooManyValues(text: string): boolean {
  if (text.length <= MAX_VALUES) return false;
  let found = 0;
  for (let i = 0; i < text.length && found <= MAX_VALUES; i++) {
    const letter = text.charCodeAt(i);
    if (letter === COMMA || letter === OPEN_ARRAY || letter === OPEN_OBJECT) found++;
  }
  return found > MAX_VALUES;
}
