import type { Cell } from "../archive/types.ts";

/*
 * Which rows of a range may differ, in few bytes. By its key a row falls into one bucket of each of five tiers,
 * and a bucket's mark is made of all rows in it. A row that differs changes the marks of its five buckets; one
 * that does not seldom has five buckets that all changed. Marks are short, and no proof of
 * anything: that two of them are the same by chance is found out by a hash of the rows that were not sent.
 */

const TIERS = 5;

/** Buckets of each tier at the least and at the most. */
export const WIDTHS = { min: 4, max: 32 } as const;

/** Bits of a mark: two characters. */
const MARK_BITS = 12;
const MARK_LENGTH = 2;

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** How wide a tier should be, where so many of the compared ranges differ. */
export function chooseWidth(differing: number, compared: number): number {
  // As rows that differ fall anywhere, this many of them are in a range that has any.
  const each = -Math.log(1 - Math.min(differing / compared, 0.999));
  const inOne = each / (1 - Math.exp(-each));
  return Math.round(Math.min(WIDTHS.max, Math.max(WIDTHS.min, 5 * inOne)));
}

/** How long the marks of a range are, characters. */
export const marksLength = (width: number): number => TIERS * width * MARK_LENGTH;

/** The buckets of a row, one of each tier. */
export function bucketsOf(key: readonly Cell[], width: number, seed: number): number[] {
  const text = JSON.stringify(key);
  return Array.from({ length: TIERS }, (_, tier) => tier * width + (mix(text, seed + tier) % width));
}

/** Of rows by their buckets. `texts` has what each of them says. */
export function marksOf(
  buckets: readonly (readonly number[])[],
  texts: readonly string[],
  { width, seed }: { width: number; seed: number },
): string {
  const marks = new Uint32Array(TIERS * width);
  for (const [i, own] of buckets.entries()) {
    const mark = mix(texts[i] as string, seed);
    for (const bucket of own) marks[bucket] = (marks[bucket] as number) + mark;
  }
  let text = "";
  for (const mark of marks) {
    const bits = mark >>> (32 - MARK_BITS);
    text += (DIGITS[bits >>> 6] as string) + DIGITS[bits & 63];
  }
  return text;
}

/** Buckets of which some are chosen: as a text, six to a character. */
export function differingBuckets(one: string, other: string): string {
  let text = "";
  for (let at = 0; at < one.length; at += 6 * MARK_LENGTH) {
    let bits = 0;
    for (let i = 0; i < 6; i++) {
      const from = at + i * MARK_LENGTH;
      const [mark, own] = [one.slice(from, from + MARK_LENGTH), other.slice(from, from + MARK_LENGTH)];
      if (mark !== own) bits |= 1 << i;
    }
    text += DIGITS[bits] as string;
  }
  return text;
}

/** How long the text of chosen buckets is. */
export const chosenLength = (width: number): number => Math.ceil((TIERS * width) / 6);

/** Whether a bucket is among the chosen ones. */
export function isChosen(buckets: string, bucket: number): boolean {
  const bits = DIGITS.indexOf(buckets[Math.floor(bucket / 6)] ?? "A");
  return ((bits >>> (bucket % 6)) & 1) === 1;
}

/** 32 bits that depend on the whole text; nobody is to rely on them for more than finding rows. */
export function mix(text: string, seed: number): number {
  let hash = seed ^ text.length;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return (hash ^ (hash >>> 14)) >>> 0;
}
