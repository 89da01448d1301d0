import type { Bytes } from "../bytes.ts";

/** Of a text's bytes beyond ASCII, where escaping them still pays: each takes three times its room. */
const WORTHWHILE = 1 / 16;

/** The bits of a word that bytes beyond ASCII have. */
const BEYOND = 0x8080_8080;

const HEX = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/**
 * The same JSON with its characters beyond ASCII as `\u` escapes, for those who hand it on: a text of
 * one byte a character is decoded and encoded several times as fast. Null where there are too many
 * of them, or where they are not UTF-8.
 */
export function asciiJson(json: Bytes): Bytes | null {
  const words = wordsOf(json);
  const beyond = countBeyond(json, words);
  if (beyond === 0) return json;
  if (beyond > json.length * WORTHWHILE) return null;
  // Two bytes make one escape of six at the least.
  const escaped = new Uint8Array(json.length + 2 * beyond);
  let written = 0;
  let copied = 0;
  for (let at = nextBeyond(json, words, 0); at < json.length; at = nextBeyond(json, words, copied)) {
    escaped.set(json.subarray(copied, at), written);
    written += at - copied;
    const length = sequenceLength(json, at);
    if (length === 0) return null;
    written = writeEscaped(codePoint(json, at, length), escaped, written);
    copied = at + length;
  }
  escaped.set(json.subarray(copied), written);
  return escaped.subarray(0, written + json.length - copied);
}

function countBeyond(bytes: Bytes, words: Uint32Array | null): number {
  let count = 0;
  for (let i = 0; words !== null && i < words.length; i++) {
    const high = (words[i] as number) & BEYOND;
    if (high !== 0) count += Math.imul(high >>> 7, 0x0101_0101) >>> 24;
  }
  for (let i = 4 * (words?.length ?? 0); i < bytes.length; i++) count += (bytes[i] as number) >> 7;
  return count;
}

/** The bytes in fours, as far as they go; null where they do not begin at a word. */
function wordsOf({ buffer, byteOffset, length }: Bytes): Uint32Array | null {
  return byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, length >> 2) : null;
}

/** Where the next byte beyond ASCII stands; the length when there is none. Most fours have none. */
function nextBeyond(bytes: Bytes, words: Uint32Array | null, from: number): number {
  let at = from;
  if (words !== null) {
    while (at % 4 !== 0 && at < bytes.length && (bytes[at] as number) < 0x80) at++;
    if (at % 4 === 0) {
      let word = at >> 2;
      while (word < words.length && ((words[word] as number) & BEYOND) === 0) word++;
      at = word << 2;
    }
  }
  while (at < bytes.length && (bytes[at] as number) < 0x80) at++;
  return at;
}

/** Bytes of the UTF-8 sequence that begins here (RFC 3629, section 4); 0 for none. */
function sequenceLength(bytes: Bytes, at: number): number {
  const first = bytes[at] as number;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  const second = bytes[at + 1] as number;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  return length;
}

function codePoint(bytes: Bytes, at: number, length: number): number {
  let code = (bytes[at] as number) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] as number) & 0x3f);
  return code;
}

/** Writes a code point as one escape, or two beyond the first plane, and answers where it ends. */
function writeEscaped(code: number, to: Bytes, at: number): number {
  if (code < 0x1_0000) return writeUnit(code, to, at);
  const rest = code - 0x1_0000;
  return writeUnit(0xdc00 | (rest & 0x3ff), to, writeUnit(0xd800 | (rest >> 10), to, at));
}

function writeUnit(unit: number, to: Bytes, at: number): number {
  to[at] = 0x5c;
  to[at + 1] = 0x75;
  for (let i = 0; i < 4; i++) to[at + 2 + i] = HEX[(unit >> (12 - 4 * i)) & 0xf] as number;
  return at + 6;
}
