import type { Key, Range } from "../archive/types.ts";

/** The ranges of leaves that stand one behind the other, the first of them behind `after`. */
export function leafRanges(after: Key, ends: readonly Key[]): Range[] {
  return ends.map((through, i) => ({ after: i === 0 ? after : (ends[i - 1] as Key), through }));
}

export const isSameKey = (one: Key, other: Key): boolean => JSON.stringify(one) === JSON.stringify(other);
