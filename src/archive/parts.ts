import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { findEnd, keepEnding } from "./ending.ts";
import { problemOfKeys } from "./frame-order.ts";
import { type Gzip, MAX_MEMBER_BYTES, platformGzip } from "./gzip.ts";
import { type PlacedFrame, placeFrames } from "./layout.ts";
import { END_BYTES, equalBytes, glueMember, isPackedMember, type MemberKind, STAMP_BYTES } from "./member.ts";
import { countRows } from "./rows.ts";
import { sha256Hex } from "./sha256.ts";
import { corrupt, decodeUtf8, parseHeader, parseTail } from "./text.ts";
import type { ByteSource, DocumentHeader, FrameEntry } from "./types.ts";

/** An archive's parts as they are stored. Each is checked when it is read. */
export interface ArchiveParts {
  header: DocumentHeader;
  headerBytes: Bytes;
  tailBytes: Bytes;
  frames: readonly FrameEntry[];
  /** The frames with what stands between them. */
  placed: readonly PlacedFrame[];
  /** The separator between the last frame and the tail. */
  last: string;
  readFrameBytes(entries: readonly FrameEntry[]): AsyncIterable<{ entry: FrameEntry; bytes: Bytes }>;
}

export interface OpenPartsOptions {
  gzip?: Gzip;
  /** Bytes of the file that one read takes, unless a frame is larger. @default 4 MiB */
  readBytes?: number;
}

/** Rejects as `openArchive` does. */
export async function openParts(
  file: ByteSource,
  { gzip = platformGzip(), readBytes = READ_BYTES }: OpenPartsOptions = {},
): Promise<ArchiveParts> {
  const source = keepEnding(file);
  const end = await findEnd(source);
  const { tailOffset, headerBytes: headerLength } = end;
  const tailLength = source.size - END_BYTES - tailOffset;
  if (headerLength < STAMP_BYTES || headerLength > tailOffset || tailLength <= 0) {
    throw corrupt("The end of the file does not fit the rest of it");
  }
  if (Math.max(headerLength, tailLength) > MAX_MEMBER_BYTES) {
    throw corrupt("The end of the file speaks of a header or an index of absurd size");
  }
  const tailBytes = await unpack(gzip, await source.read(tailOffset, tailLength), "packed");
  const frames = parseTail(decodeUtf8(tailBytes));
  const { placed, last } = placeFrames(frames, end);
  const glue = glueMember(last);
  if (!equalBytes(await source.read(tailOffset - glue.byteLength, glue.byteLength), glue)) {
    throw corrupt("The end of the last table is not what was written");
  }
  const headerBytes = await unpack(gzip, await source.read(0, headerLength), "header");
  const header = parseHeader(decodeUtf8(headerBytes));
  const otherKey = problemOfKeys(frames, header.schema);
  if (otherKey !== null) throw corrupt(`The index is wrong: ${otherKey}`);

  const byOffset = new Map(placed.map((frame) => [frame.entry.offset, frame]));
  const find = ({ offset }: FrameEntry): PlacedFrame => {
    const frame = byOffset.get(offset);
    if (frame === undefined) throw new FerryError("INTERNAL", `The archive has no frame at byte ${offset}`);
    return frame;
  };

  async function* readFrameBytes(entries: readonly FrameEntry[]) {
    for (const group of groupAdjacent(entries.map(find), readBytes)) yield* readGroup(group);
  }

  // A generator of its own lets go of the bytes it read before the next ones are read.
  async function* readGroup({ start, end, frames }: FrameGroup) {
    const bytes = await source.read(start, end - start);
    for (const frame of frames) {
      const member = bytes.subarray(frame.start - start, frame.end - start);
      yield { entry: frame.entry, bytes: await unpackFrame(gzip, frame, member) };
    }
  }
  return { header, headerBytes, tailBytes, frames, placed, last, readFrameBytes };
}

const READ_BYTES = 4 * 1024 * 1024;

interface FrameGroup {
  start: number;
  end: number;
  frames: PlacedFrame[];
}

function groupAdjacent(frames: readonly PlacedFrame[], readBytes: number): FrameGroup[] {
  const groups: FrameGroup[] = [];
  for (const frame of frames) {
    const { start, end } = frame;
    const group = groups.at(-1);
    if (group?.end === start && end - group.start <= readBytes) {
      group.frames.push(frame);
      group.end = end;
    } else {
      groups.push({ start, end, frames: [frame] });
    }
  }
  return groups;
}

/** `bytes` are the separator and the frame. */
async function unpackFrame(gzip: Gzip, { entry, separator }: PlacedFrame, bytes: Bytes): Promise<Bytes> {
  const { table, offset } = entry;
  const damaged = (cause?: unknown) =>
    corrupt(`A frame of ${table} (byte ${offset} of the file) is not what was written`, cause);
  const glue = glueMember(separator);
  if (!equalBytes(bytes.subarray(0, glue.byteLength), glue)) throw damaged();
  let text: Bytes;
  try {
    text = await unpack(gzip, bytes.subarray(glue.byteLength), "packed");
  } catch (error) {
    throw damaged(error);
  }
  if ((await sha256Hex(text)) !== entry.sha256 || countRows(text) !== entry.rows) throw damaged();
  return text;
}

async function unpack(gzip: Gzip, member: Bytes, kind: MemberKind): Promise<Bytes> {
  if (!isPackedMember(member, kind)) throw corrupt("A piece of the archive does not begin as it should");
  return gzip.decompress(member);
}
