import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { concatBytes } from "./concat.ts";
import { FrameOrder } from "./frame-order.ts";
import { type Gzip, MAX_MEMBER_BYTES, platformGzip } from "./gzip.ts";
import { endMember, glueMember, type MemberKind, packedMember } from "./member.ts";
import { countRows } from "./rows.ts";
import { sha256Hex } from "./sha256.ts";
import { headerText, lastSeparator, type OpenTable, openAfter, separatorBefore, tailText } from "./text.ts";
import type { DocumentHeader, FrameEntry, Key } from "./types.ts";

/** What lets a later invocation go on writing where this one stopped; plain JSON. */
export interface ArchiveWriterState {
  /** Bytes handed to `write` so far. */
  bytes: number;
  /** Length of the header member; 0 before it. */
  headerBytes: number;
  frames: FrameEntry[];
}

export interface ArchiveWriterOptions {
  /** @default platformGzip() */
  gzip?: Gzip;
  /** Where an earlier writer of the same archive stopped. @default the beginning */
  state?: ArchiveWriterState;
}

export interface FrameToWrite {
  table: string;
  /** Rows in `text`. */
  rows: number;
  after: Key;
  through: Key;
  /** The rows, a line of JSON each, joined by ",\n"; "" for none. */
  text: string;
}

export interface ArchiveWriter {
  /** First, once. */
  header(header: DocumentHeader): Promise<void>;
  /**
   * The next frame. A table's frames follow each other and cover its key space: the first is `after`
   * null, each goes on where the one before ended, the last is `through` null. An empty table has
   * one frame without rows.
   */
  frame(frame: FrameToWrite): Promise<FrameEntry>;
  /** Last, once. `bytes` is the archive's length. */
  end(): Promise<{ bytes: number; frames: FrameEntry[] }>;
  /** A copy; what is written later does not change it. */
  readonly state: ArchiveWriterState;
  readonly bytesWritten: number;
}

/**
 * Writes an archive in one frame's memory. Each call hands its bytes to `write` in one piece and
 * counts them when `write` has resolved: when it rejects, nothing has happened and the call can be
 * made again. Calls wait for the one before. Rejects with `INTERNAL` for frames out of order or a
 * wrong row count, and with `UNSUPPORTED` for a frame of more than 64 MiB.
 */
export function createArchiveWriter(
  write: (bytes: Bytes) => Promise<void>,
  options: ArchiveWriterOptions = {},
): ArchiveWriter {
  const gzip = options.gzip ?? platformGzip();
  const frames = [...(options.state?.frames ?? [])];
  let bytes = options.state?.bytes ?? 0;
  let headerBytes = options.state?.headerBytes ?? 0;
  const order = new FrameOrder();
  let open: OpenTable | null = null;
  for (const entry of frames) follow(entry);

  function follow(entry: FrameEntry): void {
    open = openAfter(open, entry);
    order.add(entry);
  }

  async function append(pieces: Bytes[]): Promise<void> {
    const joined = concatBytes(pieces);
    await write(joined);
    bytes += joined.byteLength;
  }

  return {
    get state() {
      return { bytes, headerBytes, frames: [...frames] };
    },
    get bytesWritten() {
      return bytes;
    },

    async header(header) {
      if (bytes !== 0) throw misuse("the header comes first and once");
      const member = await pack(gzip, encode(headerText(header)), "header");
      await append([member]);
      headerBytes = member.byteLength;
    },

    async frame(frame) {
      if (headerBytes === 0) throw misuse("the header comes before the frames");
      const problem = order.problemOf(frame);
      if (problem !== null) throw misuse(problem);
      const { member, sha256 } = await packFrame(gzip, frame);
      const glue = glueMember(separatorBefore(open, frame));
      const { table, rows, after, through } = frame;
      const offset = bytes + glue.byteLength;
      const entry = { table, rows, after, through, offset, bytes: member.byteLength, sha256 };
      await append([glue, member]);
      frames.push(entry);
      follow(entry);
      return entry;
    },

    async end() {
      if (headerBytes === 0) throw misuse("the header comes before the end");
      const problem = order.problemAtEnd();
      if (problem !== null) throw misuse(problem);
      const glue = glueMember(lastSeparator(open));
      const tail = await pack(gzip, encode(tailText(frames)), "packed");
      await append([glue, tail, endMember({ headerBytes, tailOffset: bytes + glue.byteLength })]);
      return { bytes, frames: [...frames] };
    },
  };
}

async function packFrame(
  gzip: Gzip,
  { table, rows, text }: FrameToWrite,
): Promise<{ member: Bytes; sha256: string }> {
  const content = encode(text);
  const found = countRows(content);
  if (found !== rows) throw misuse(`a frame of ${table} holds ${found} rows, not ${rows}`);
  return { member: await pack(gzip, content, "packed"), sha256: await sha256Hex(content) };
}

async function pack(gzip: Gzip, text: Bytes, kind: MemberKind): Promise<Bytes> {
  if (text.byteLength > MAX_MEMBER_BYTES) throw tooLarge(text.byteLength);
  return packedMember(await gzip.compress(text), kind);
}

const encoder = new TextEncoder();
const encode = (text: string): Bytes => encoder.encode(text);

function misuse(reason: string): FerryError {
  return new FerryError("INTERNAL", `The archive cannot be written like this: ${reason}`);
}

function tooLarge(bytes: number): FerryError {
  return new FerryError(
    "UNSUPPORTED",
    `A piece of the archive is ${bytes} bytes long; ${MAX_MEMBER_BYTES} is the most`,
    { details: { bytes } },
  );
}
