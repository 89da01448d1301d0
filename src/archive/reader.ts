import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { asciiJson } from "./ascii.ts";
import type { Gzip } from "./gzip.ts";
import type { FrameSpan } from "./index-pages.ts";
import type { PlacedFrame } from "./layout.ts";
import { openParts } from "./parts.ts";
import { decodeUtf8 } from "./text.ts";
import type { ByteSource, DocumentHeader, FrameEntry, Moment, Rowid, TableSummary } from "./types.ts";

export { isArchive } from "./ending.ts";
export type { FrameSpan } from "./index-pages.ts";
export { archiveToJson } from "./plain.ts";
export { parseRows, parseRowsInParts } from "./rows.ts";

export interface Archive {
  header: DocumentHeader;
  /** In the order of the file. */
  tables: readonly TableSummary[];
  /** Of which moment the rows are; null where nobody knows. */
  moment: Moment | null;
  /** How many frames there are. */
  frameCount: number;
  /** The frames of a span, in the order of the file, their index read page by page. Rejects with `ARCHIVE_CORRUPT`. */
  frames(span?: FrameSpan): AsyncIterable<NumberedFrame>;
  /** A frame's text: its lines joined by ",\n". Rejects with `ARCHIVE_CORRUPT` when it is not what was written. */
  readFrame(seq: number): Promise<FrameText>;
  /** As `readFrame`, one after the other. Frames that follow each other share a read of up to `readBytes`. */
  readFrames(options?: ReadFramesOptions): AsyncIterable<FrameText>;
  /** As `readFrames`, each frame as it is stored. It is not unpacked, so nobody has checked it. */
  readMembers(options?: Omit<ReadFramesOptions, "ascii">): AsyncIterable<StoredFrame>;
}

export interface StoredFrame extends NumberedFrame {
  /** The gzip member that holds its text. */
  member: Bytes;
}

export interface NumberedFrame {
  /** The frame's number in the file, from 0. */
  seq: number;
  entry: FrameEntry;
}

export interface FrameText extends NumberedFrame {
  text: string;
  /** True when the text is known to have nothing else; not looked at unless asked for. */
  ascii: boolean;
  /** Of its rows, in their order; null where it has none. */
  rowids: Rowid[] | null;
}

export interface ReadFramesOptions extends FrameSpan {
  /** Which tables. @default all */
  wanted?: (table: string) => boolean;
  /** The same JSON in ASCII alone, where that is not much longer: see ascii.ts. @default false */
  ascii?: boolean;
}

export interface ArchiveOptions {
  /** @default platformGzip() */
  gzip?: Gzip;
  /** Bytes of the file that one read takes, unless a frame is larger. @default 4 MiB */
  readBytes?: number;
  /** What a frame's text may be at the most, bytes. @default 64 MiB */
  maxFrameBytes?: number;
}

/**
 * Opens an archive: reads its end and its beginning, no frames. Rejects with `ARCHIVE_TRUNCATED`
 * when the end is missing, `ARCHIVE_CORRUPT` when something does not fit, `DOCUMENT_INVALID` when it
 * is no archive at all, `UNSUPPORTED` for a format of another version.
 */
export async function openArchive(source: ByteSource, options: ArchiveOptions = {}): Promise<Archive> {
  const { header, tail, index, readFrameBytes, readMembers } = await openParts(source, options);

  async function* wantedFrames({ wanted = () => true, from = 0, to = index.length }: ReadFramesOptions) {
    const runs = index.runs.filter(({ table }) => wanted(table));
    for (const { start, end } of joinAdjacent(runs)) {
      const span = { from: Math.max(from, start), to: Math.min(to, end) };
      if (span.from < span.to) yield* index.frames(span);
    }
  }

  async function* readFrames(options: ReadFramesOptions = {}) {
    for await (const { frame, bytes, rowids } of readFrameBytes(wantedFrames(options))) {
      const { seq, entry }: PlacedFrame = frame;
      const plain = options.ascii ? asciiJson(bytes) : null;
      yield { seq, entry, text: decodeUtf8(plain ?? bytes), ascii: plain !== null, rowids };
    }
  }

  return {
    header,
    tables: tail.tables,
    moment: tail.moment ?? null,
    frameCount: index.length,
    async *frames(span) {
      for await (const { seq, entry } of index.frames(span)) yield { seq, entry };
    },
    readFrames,
    async *readMembers(options = {}) {
      for await (const { frame, member } of readMembers(wantedFrames(options)))
        yield { seq: frame.seq, entry: frame.entry, member };
    },
    async readFrame(seq) {
      for await (const frame of readFrames({ from: seq, to: seq + 1 })) return frame;
      throw new FerryError("INTERNAL", `The archive has no frame ${seq}`);
    },
  };
}

function joinAdjacent(runs: readonly { start: number; end: number }[]): { start: number; end: number }[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of runs) {
    const last = joined.at(-1);
    if (last?.end === start) last.end = end;
    else joined.push({ start, end });
  }
  return joined;
}
