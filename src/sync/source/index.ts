/*
 * What a sync reads, be it an archive or a plain document, as numbered frames of rows.
 *
 * In come bytes; out come an outline (kind, version, tables, a hash for each table's rows) and the frames
 * from any position on. The invariant: the same bytes give the same frames under the same numbers, however
 * often and by whomever they are read, for a staged frame is known by its number. So a position is plain
 * JSON and holds all that the next reader needs. Frames that a document carries count only where they are
 * true of its rows. A keyed frame speaks of its keys alone: each has a row or is gone. Nothing is written: a crash costs the frame that was being read.
 */

export type { FrameIndex } from "./frame-index.ts";
export {
  byteAt,
  type FrameSource,
  openFrameSource,
  type SourceFrame,
  type SourceKind,
  type WrittenRows,
} from "./frame-source.ts";
export type { KeyedFrame } from "./keyed-frame.ts";
export { atIndex, atPlace } from "./row-place.ts";
