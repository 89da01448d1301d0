import type { Bytes } from "../bytes.ts";
import { BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./letters.ts";

/** How far into a value a search has come. */
export interface NestingState {
  depth: number;
  quoted: boolean;
  /** The last byte was a backslash in a string. */
  escaped: boolean;
}

/** The bytes that matter outside a string. */
const [NONE, QUOTING, OPENING, CLOSING] = [0, 1, 2, 3];
const MARKS = new Uint8Array(256).fill(NONE);
MARKS[QUOTE] = QUOTING;
for (const byte of [OPEN_OBJECT, OPEN_ARRAY]) MARKS[byte] = OPENING;
for (const byte of [CLOSE_OBJECT, CLOSE_ARRAY]) MARKS[byte] = CLOSING;

/** The index behind the byte that closes a string, object or array; -1 when it is not there yet. `state` goes on. */
export function findClose(bytes: Bytes, start: number, end: number, state: NestingState): number {
  let { depth, quoted } = state;
  let i = state.escaped ? start + 1 : start;
  for (; i < end; i++) {
    if (quoted) {
      for (; i < end; i++) {
        const byte = bytes[i];
        if (byte === QUOTE) break;
        if (byte === BACKSLASH) i++;
      }
      if (i >= end) break;
      quoted = false;
      if (depth === 0) return i + 1;
      continue;
    }
    const mark = MARKS[bytes[i] as number];
    if (mark === NONE) continue;
    if (mark === QUOTING) quoted = true;
    else if (mark === OPENING) depth++;
    else if (--depth === 0) return i + 1;
  }
  state.depth = depth;
  state.quoted = quoted;
  state.escaped = i > end;
  return -1;
}
