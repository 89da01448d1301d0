import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { count } from "../numbers.ts";
import { findEnd, keepEnding } from "./ending.ts";
import { isKeyed } from "./frame-order.ts";
import { type Gzip, platformGzip } from "./gzip.ts";
import { type ArchiveIndex, indexOffset, openIndex } from "./index-pages.ts";
import { countsAgree } from "./keyed-text.ts";
import type { PlacedFrame } from "./layout.ts";
import { MANY_ROWS_BYTES, MAX_FRAME_BYTES, MAX_HEADER_BYTES, MAX_TAIL_BYTES } from "./limits.ts";
import { END_BYTES, equalBytes, glueMember, type MemberKind, STAMP_BYTES } from "./member.ts";
import { unpackMember } from "./member-text.ts";
import { scanRows } from "./row-scan.ts";
import { readRowids } from "./rowids.ts";
import { countLines, longestLine } from "./rows.ts";
import { sha256Hex } from "./sha256.ts";
import type { Tail } from "./tail.ts";
import { corrupt, decodeUtf8, lastSeparator, parseHeader, parseTail } from "./text.ts";
import type { ByteSource, DocumentHeader, Rowid } from "./types.ts";

/** An archive's parts as they are stored. Each is checked when it is read. */
export interface ArchiveParts {
  header: DocumentHeader;
  /** The header's text. */
  headerText: Bytes;
  tail: Tail;
  /** The tail's text. */
  tailText: Bytes;
  index: ArchiveIndex;
  /** The separator between the last frame and the index. */
  last: string;
  readFrameBytes(frames: AsyncIterable<PlacedFrame> | Iterable<PlacedFrame>): AsyncIterable<FrameBytes>;
  /** As they are stored, and as long as the index says; not unpacked, so nothing else of them is checked. */
  readMembers(frames: AsyncIterable<PlacedFrame>): AsyncIterable<FrameMember>;
}

export interface FrameMember {
  frame: PlacedFrame;
  /** The member that holds its text. */
  member: Bytes;
}

export interface FrameBytes {
  frame: PlacedFrame;
  /** Its text. */
  bytes: Bytes;
  /** Of its rows, in their order; null where it has none. */
  rowids: Rowid[] | null;
}

export interface OpenPartsOptions {
  gzip?: Gzip;
  /** Bytes of the file that one read takes, unless a frame is larger. @default 4 MiB */
  readBytes?: number;
  /** What a frame's text may be at the most, bytes. @default 64 MiB */
  maxFrameBytes?: number;
}

/** Rejects as `openArchive` does. */
export async function openParts(
  file: ByteSource,
  { gzip = platformGzip(), readBytes = READ_BYTES, maxFrameBytes = MAX_FRAME_BYTES }: OpenPartsOptions = {},
): Promise<ArchiveParts> {
  const source = keepEnding(file);
  const readText = async (place: { offset: number; bytes: number }, kind: MemberKind, most: number) => {
    if (place.bytes > most) throw corrupt("The end of the file speaks of a header or a tail of absurd size");
    return unpackMember(gzip, await source.read(place.offset, place.bytes), { kind, most });
  };
  const { tailOffset, headerBytes } = await findEnd(source);
  const tailBytes = source.size - END_BYTES - tailOffset;
  if (headerBytes < STAMP_BYTES || headerBytes > tailOffset || tailBytes <= 0) {
    throw corrupt("The end of the file does not fit the rest of it");
  }
  const tailText = await readText({ offset: tailOffset, bytes: tailBytes }, "packed", MAX_TAIL_BYTES);
  const tail = parseTail(decodeUtf8(tailText));
  const headerText = await readText({ offset: 0, bytes: headerBytes }, "header", MAX_HEADER_BYTES);
  const header = parseHeader(decodeUtf8(headerText));
  const last = await readLastSeparator(source, tail, tailOffset);
  const index = openIndex({ source, gzip, header, headerBytes, tail, tailOffset });

  async function* readFrameBytes(frames: AsyncIterable<PlacedFrame> | Iterable<PlacedFrame>) {
    for await (const group of groupAdjacent(frames, readBytes)) yield* readGroup(group);
  }

  // A generator of its own lets go of the bytes it read before the next ones are read.
  async function* readGroup({ start, stop, frames }: FrameGroup): AsyncGenerator<FrameBytes> {
    const bytes = await source.read(start, stop - start);
    for (const frame of frames) {
      const member = bytes.subarray(frame.start - start, frame.end - start);
      const beside = bytes.subarray(frame.end - start, frame.stop - start);
      const rowids = frame.entry.rowidBytes === undefined ? null : readRowids(beside, frame.entry.rows);
      const { textBytes } = frame.entry;
      if (textBytes > maxFrameBytes && textBytes <= MAX_FRAME_BYTES) throw tooLong(frame, maxFrameBytes);
      yield { frame, bytes: await unpackFrame(gzip, frame, member), rowids };
    }
  }

  async function* readMembers(frames: AsyncIterable<PlacedFrame>): AsyncGenerator<FrameMember> {
    for await (const { start, stop, frames: group } of groupAdjacent(frames, readBytes)) {
      const bytes = await source.read(start, stop - start);
      for (const frame of group)
        yield { frame, member: bytes.subarray(frame.entry.offset - start, frame.end - start) };
    }
  }

  return { header, headerText, tail, tailText, index, last, readFrameBytes, readMembers };
}

const READ_BYTES = 4 * 1024 * 1024;

/** The separator between the last frame and the index, which stands where the index begins. */
async function readLastSeparator(source: ByteSource, tail: Tail, tailOffset: number): Promise<string> {
  const table = tail.tables.at(-1)?.table;
  const last = lastSeparator(table === undefined ? null : { table, hasLines: true });
  const glue = glueMember(last);
  const offset = indexOffset(tail, tailOffset) - glue.byteLength;
  if (offset < 0 || !equalBytes(await source.read(offset, glue.byteLength), glue)) {
    throw corrupt("The end of the last table is not what was written");
  }
  return last;
}

interface FrameGroup {
  start: number;
  stop: number;
  frames: PlacedFrame[];
}

/** Frames that follow each other in the file, as many as one read may take. */
async function* groupAdjacent(
  frames: AsyncIterable<PlacedFrame> | Iterable<PlacedFrame>,
  readBytes: number,
): AsyncGenerator<FrameGroup, void, void> {
  let group: FrameGroup = { start: 0, stop: 0, frames: [] };
  for await (const frame of frames) {
    const { start, stop } = frame;
    if (group.stop === start && stop - group.start <= readBytes) {
      group.frames.push(frame);
      group.stop = stop;
    } else {
      if (group.frames.length > 0) yield group;
      group = { start, stop, frames: [frame] };
    }
  }
  if (group.frames.length > 0) yield group;
}

/** `bytes` are the separator and the frame. */
async function unpackFrame(gzip: Gzip, { entry, separator }: PlacedFrame, bytes: Bytes): Promise<Bytes> {
  const { table, offset, textBytes } = entry;
  const damaged = (cause?: unknown) =>
    corrupt(`A frame of ${table} (byte ${offset} of the file) is not what was written`, cause);
  const glue = glueMember(separator);
  if (!equalBytes(bytes.subarray(0, glue.byteLength), glue)) throw damaged();
  let text: Bytes;
  try {
    const most = Math.min(textBytes, MAX_FRAME_BYTES);
    text = await unpackMember(gzip, bytes.subarray(glue.byteLength), { kind: "packed", most });
  } catch (error) {
    throw damaged(error);
  }
  const counted = isKeyed(entry) ? countsAgree(text, entry) : countLines(text) === entry.rows;
  if (text.byteLength !== textBytes || !counted) throw damaged();
  if (textBytes > MANY_ROWS_BYTES && !isOneLongRow(text)) throw damaged();
  if ((await sha256Hex(text)) !== entry.sha256) throw damaged();
  return text;
}

/** Beside a row that is long there is little, and in it no more values than are parsed at once. */
function isOneLongRow(text: Bytes): boolean {
  const { start, end } = longestLine(text);
  if (text.byteLength - (end - start) > MANY_ROWS_BYTES) return false;
  return !scanRows(text, { start, limit: end, most: 1 }).tooMany;
}

function tooLong({ entry: { table, textBytes } }: PlacedFrame, most: number): FerryError {
  return new FerryError(
    "ROW_TOO_LARGE",
    `A row of "${table}" takes ${count(textBytes)} bytes as JSON; this database takes ${count(most)}. No table was changed.`,
    { hint: `Shorten the row in the source, or leave "${table}" out.`, details: { table, bytes: textBytes } },
  );
}
