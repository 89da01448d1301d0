import type { Bytes } from "../bytes.ts";
import { BACKSLASH, COLON, COMMA, isRealLetter, isSpace, LOWER_U, OPEN_OBJECT, QUOTE } from "./letters.ts";
import { MAX_NAME_BYTES, MAX_NAMES, MAX_VALUES } from "./limits.ts";

/*
 * Finds where rows end, on bytes, several hundred megabytes a second. It does not judge them: what
 * it finds is given to JSON.parse, which does. On the way it notices what needs more than a parse.
 */

/** What a scan saw in the rows it passed. */
export interface Seen {
  /** true, false, an object, an array, or a number that may be too large for a REAL. */
  special: boolean;
  /** An integer that a JavaScript number cannot hold. */
  digits: boolean;
}

/** What a scan notes. */
interface Notes extends Seen {
  /** By how many bytes the escapes of the row that was scanned last are longer than one byte each. */
  escapeBytes: number;
}

export interface RowScan extends Seen {
  rows: number;
  /** Where the first row begins. */
  start: number;
  /** Behind the last whole row. */
  end: number;
  /** What stands behind it is a row that is nested too deeply. */
  tooDeep: boolean;
  /** What stands behind it is a row with more names than a table has columns, longer ones, or more values than are parsed. */
  tooMany: boolean;
  /** Bytes of the row behind it as far as it was scanned, an escape of its texts counted as one. */
  openBytes: number;
}

/** SQLite's own JSON functions stop at this depth (sqlite.org/json1.html). */
const MAX_DEPTH = 1000;

const INCOMPLETE = -1;
const TOO_DEEP = -2;
const TOO_MANY = -3;

export interface ScanRowsOptions {
  /** Where the list begins, with a row. */
  start: number;
  /** Where to stop at the latest. */
  limit: number;
  /** Rows. */
  most: number;
}

/** The whole rows of a list that is separated by commas. */
export function scanRows(bytes: Bytes, { start, limit, most }: ScanRowsOptions): RowScan {
  const seen: Notes = { special: false, digits: false, escapeBytes: 0 };
  let [rows, end, behind] = [0, start, 0];
  let i = start;
  while (i < limit && bytes[i] === OPEN_OBJECT) {
    behind = scanRow(bytes, i, limit, seen);
    if (behind < 0) break;
    rows++;
    end = behind;
    if (rows === most) break;
    i = skipSpace(bytes, end, limit);
    if (i >= limit || bytes[i] !== COMMA) break;
    i = skipSpace(bytes, i + 1, limit);
  }
  const { special, digits, escapeBytes } = seen;
  const openBytes = behind < 0 ? limit - end - escapeBytes : 0;
  const found = { tooDeep: behind === TOO_DEEP, tooMany: behind === TOO_MANY, openBytes };
  return { special, digits, rows, start, end, ...found };
}

function skipSpace(bytes: Bytes, start: number, limit: number): number {
  let i = start;
  while (i < limit && isSpace(bytes[i] as number)) i++;
  return i;
}

const PLAIN = 0;
const OTHER_QUOTE = 1;
const OPENING = 2;
const CLOSING = 3;
const DIGIT = 4;
const LITERAL = 5;
const BETWEEN = 6;

/** What each byte begins outside a string. */
const KIND = new Uint8Array(256).fill(PLAIN);
KIND[QUOTE] = OTHER_QUOTE;
KIND[COMMA] = BETWEEN;
for (const byte of [0x7b, 0x5b]) KIND[byte] = OPENING;
for (const byte of [0x7d, 0x5d]) KIND[byte] = CLOSING;
for (const byte of [0x74, 0x66]) KIND[byte] = LITERAL;
for (let byte = 0x30; byte <= 0x39; byte++) KIND[byte] = DIGIT;

/** Behind the row that begins at `start`, or INCOMPLETE, TOO_DEEP, TOO_MANY. */
function scanRow(bytes: Bytes, start: number, limit: number, seen: Notes): number {
  let [depth, values, names] = [0, 0, 1];
  seen.escapeBytes = 0;
  for (let i = start; i < limit; i++) {
    const kind = KIND[bytes[i] as number];
    if (kind === PLAIN) continue;
    if (kind === OTHER_QUOTE) {
      const quote = i;
      for (i++; i < limit; i++) {
        const byte = bytes[i];
        if (byte === QUOTE) break;
        if (byte === BACKSLASH) seen.escapeBytes += bytes[++i] === LOWER_U ? 5 : 1;
      }
      if (i - quote > MAX_NAME_BYTES && bytes[skipSpace(bytes, i + 1, limit)] === COLON) return TOO_MANY;
    } else if (kind === BETWEEN) {
      if (++values > MAX_VALUES || (depth === 1 && ++names > MAX_NAMES)) return TOO_MANY;
    } else if (kind === DIGIT) {
      i = scanNumber(bytes, i, limit, seen) - 1;
    } else if (kind === CLOSING) {
      if (--depth === 0) return i + 1;
    } else if (kind === OPENING) {
      if (++depth > 1) seen.special = true;
      if (depth > MAX_DEPTH) return TOO_DEEP;
      if (++values > MAX_VALUES) return TOO_MANY;
    } else {
      seen.special = true;
    }
  }
  return INCOMPLETE;
}

/** Behind the number whose digits begin at `start`. */
function scanNumber(bytes: Bytes, start: number, limit: number, seen: Seen): number {
  let i = start;
  while (i < limit && KIND[bytes[i] as number] === DIGIT) i++;
  const digits = i - start;
  if (i >= limit || !isRealLetter(bytes[i])) {
    if (digits >= 16 && isUnsafe(bytes, start, digits)) seen.digits = true;
    return i;
  }
  let exponent = limit;
  for (; i < limit && (KIND[bytes[i] as number] === DIGIT || isRealLetter(bytes[i])); i++) {
    if (bytes[i] === 0x65 || bytes[i] === 0x45) exponent = i;
  }
  // 1e400 parses to Infinity; without a third digit of an exponent it takes 200 digits before it.
  if (i - exponent > 3 || i - start > 200) seen.special = true;
  return i;
}

function isUnsafe(bytes: Bytes, start: number, digits: number): boolean {
  if (digits > 16) return true;
  let value = 0;
  for (let i = start; i < start + digits; i++) value = value * 10 + (bytes[i] as number) - 0x30;
  return value > Number.MAX_SAFE_INTEGER;
}

/** Where each row of a scan begins and ends. */
export function* rowBounds(bytes: Bytes, start: number, end: number): Generator<[from: number, to: number]> {
  let from = start;
  while (from < end) {
    const to = scanRow(bytes, from, end, { special: false, digits: false, escapeBytes: 0 });
    if (to < 0) return;
    yield [from, to];
    from = skipSpace(bytes, skipSpace(bytes, to, end) + 1, end);
  }
}
