import { problemOfOrder } from "./frame-order.ts";
import { MAX_MEMBER_BYTES } from "./gzip.ts";
import { type EndMark, glueMember } from "./member.ts";
import { corrupt, lastSeparator, type OpenTable, openAfter, separatorBefore } from "./text.ts";
import type { FrameEntry } from "./types.ts";

/** A frame and the separator before it, as the file must have them. */
export interface PlacedFrame {
  entry: FrameEntry;
  separator: string;
  /** Where the separator's member begins, or the frame's where there is none; bytes. */
  start: number;
  /** Behind the frame's member. */
  end: number;
}

/** Even text that does not compress grows by less than this, bytes. */
const MEMBER_OVERHEAD = 1024 * 1024;

/**
 * Follows the index through the file: every byte between header and tail must be a frame's or a
 * separator's, and each table's frames must cover its whole key space in one run. Rejects with
 * `ARCHIVE_CORRUPT`. `placed` is in the order of the file; `last` is the separator before the tail.
 */
export function placeFrames(
  entries: readonly FrameEntry[],
  end: EndMark,
): { placed: PlacedFrame[]; last: string } {
  const placed: PlacedFrame[] = [];
  let open: OpenTable | null = null;
  let position = end.headerBytes;
  for (const entry of entries) {
    const separator = separatorBefore(open, entry);
    const start = position;
    position += glueMember(separator).byteLength;
    if (entry.offset !== position || entry.bytes > MAX_MEMBER_BYTES + MEMBER_OVERHEAD) {
      throw corrupt(`The index does not match the file at frame ${placed.length + 1} (${entry.table})`);
    }
    position += entry.bytes;
    placed.push({ entry, separator, start, end: position });
    open = openAfter(open, entry);
  }
  checkOrder(entries);
  const last = lastSeparator(open);
  if (position + glueMember(last).byteLength !== end.tailOffset) {
    throw corrupt("The index does not match the file behind the last frame");
  }
  return { placed, last };
}

function checkOrder(entries: readonly FrameEntry[]): void {
  const problem = problemOfOrder(entries);
  if (problem !== null) throw corrupt(`The index is wrong: ${problem}`);
}
