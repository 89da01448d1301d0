import type { Bytes } from "../bytes.ts";

/*
 * What SQLite's own collations tell of a text (nocaseCollatingFunc and rtrimCollFunc in its main.c). NOCASE folds A to Z
 * and ends at a NUL: of texts that are the same up to there, the shorter one comes first, whatever stands behind it.
 */

/** Two texts are equal under the collation if and only if both of these are the same. */
export interface CollatedText {
  /** Bytes where it is no UTF-8. */
  head: string | Bytes;
  /** Bytes of the whole text where that counts, else 0. */
  length: number;
}

/** A text as a collation compares it. */
export type Collate = (text: string | Bytes) => CollatedText;

/** Null for a collation that SQLite itself does not have. */
export function collationOf(name: string): Collate | null {
  return COLLATIONS[name.toUpperCase()] ?? null;
}

const COLLATIONS: Readonly<Record<string, Collate>> = {
  BINARY: (text) => ({ head: text, length: 0 }),
  NOCASE: (text) => (typeof text === "string" ? foldedText(text) : foldedBytes(text)),
  RTRIM: (text) => ({
    head: typeof text === "string" ? text.replace(/ +$/, "") : trimmedBytes(text),
    length: 0,
  }),
};

const encoder = new TextEncoder();

function foldedText(text: string): CollatedText {
  const end = text.indexOf("\0");
  const head = (end < 0 ? text : text.slice(0, end)).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return { head, length: end < 0 ? 0 : encoder.encode(text).byteLength };
}

function foldedBytes(text: Bytes): CollatedText {
  const end = text.indexOf(0);
  const head = (end < 0 ? text : text.subarray(0, end)).map((byte) => (isCapital(byte) ? byte + 32 : byte));
  // What is no UTF-8 may stand behind the NUL alone.
  return { head: end < 0 ? head : asText(head), length: end < 0 ? 0 : text.byteLength };
}

const isCapital = (byte: number): boolean => byte >= 65 && byte <= 90;

function asText(bytes: Bytes): string | Bytes {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

function trimmedBytes(text: Bytes): Bytes {
  const last = text.findLastIndex((byte) => byte !== 32);
  return text.subarray(0, last + 1);
}
