import type { Bytes } from "../bytes.ts";
import { base64ToBytes, bytesToBase64 } from "./base64.ts";
import { concatBytes } from "./concat.ts";
import { addLines, goOnWithContent, keepContent, NO_ROWS, type TableContentState } from "./content-hash.ts";
import { FrameOrder, isKeyed } from "./frame-order.ts";
import { type Gzip, platformGzip } from "./gzip.ts";
import { MAX_HEADER_BYTES, MAX_PAGE_BYTES, MAX_TAIL_BYTES } from "./limits.ts";
import { checksumOf, endMember, glueMember, isPackedMember } from "./member.ts";
import {
  encode,
  type FrameAhead,
  type FrameToWrite,
  misuse,
  type PackedFrame,
  pack,
  packAhead,
} from "./pack-frame.ts";
import { addFrame, chainFrame } from "./tail.ts";
import { headerText, lastSeparator, type OpenTable, pageText, separatorBefore, tailText } from "./text.ts";
import { endText } from "./text-hash.ts";
import type { DocumentHeader, FrameEntry, Key, Moment, TableSummary } from "./types.ts";

export type { FrameAhead, FrameToWrite };

/** What lets a later invocation go on writing where this one stopped; plain JSON. */
export interface ArchiveWriterState {
  /** Bytes handed to `write` so far. */
  bytes: number;
  /** Length of the header member; 0 before it. */
  headerBytes: number;
  /** The last one's hash is "" as long as more of its frames may come. */
  tables: TableSummary[];
  /** What the last table holds so far; null before the first, and where its frames are keyed. */
  content: TableContentState | null;
  /** The entries of the index's last page, which is not full yet. */
  page: FrameEntry[];
  /** The pages before it, packed, base64, and how many frames each tells of. */
  pages: [member: string, frames: number][];
  last: FrameEntry | null;
}

export interface ArchiveWriterOptions {
  /** @default platformGzip() */
  gzip?: Gzip;
  /** Where an earlier writer of the same archive stopped. @default the beginning */
  state?: ArchiveWriterState;
  /** Frames that a page of the index tells of. @default 512 */
  framesPerPage?: number;
}

/** A frame whose text another archive has: its member there, and what that archive's index says of the text. */
export interface FrameToCopy
  extends Omit<FrameToWrite, "text" | "rowids">,
    Pick<FrameEntry, "textBytes" | "sha256"> {
  member: Bytes;
}

export interface ArchiveWriter {
  /** First, once. */
  header(header: DocumentHeader): Promise<void>;
  /**
   * The next frame. A table's frames follow each other and cover its key space: the first is `after`
   * null, each goes on where the one before ended, the last is `through` null. An empty table has
   * one frame without rows. Keyed frames end where their last key is; those whose keys are in no order
   * have neither `after` nor `through`, and keyless ones have no `through`.
   */
  frame(frame: FrameToWrite | FrameAhead): Promise<FrameEntry>;
  /**
   * Begins to pack a frame that `frame` is given later, in its turn; whoever does not give it may forget it. Each
   * holds its text and its member in memory. Where zlib has threads of its own, several are packed at once.
   */
  pack(frame: FrameToWrite): FrameAhead;
  /** The same, from a member that is packed already and is not looked into: whoever reads it checks it. */
  copy(frame: FrameToCopy): Promise<FrameEntry>;
  /** Last, once. `bytes` is the archive's length. */
  end(options?: { moment?: Moment | undefined }): Promise<{ bytes: number; tables: TableSummary[] }>;
  /** A copy; what is written later does not change it. */
  readonly state: ArchiveWriterState;
  readonly bytesWritten: number;
}

const FRAMES_PER_PAGE = 512;

/** Text that fills a page before so many frames do, bytes: keys may be long. */
const PAGE_TEXT = 256 * 1024;

/**
 * Writes an archive in one frame's memory. Each call hands its bytes to `write` in one piece and
 * counts them when `write` has resolved: when it rejects, nothing has happened and the call can be
 * made again. Calls wait for the one before. Rejects with `INTERNAL` for frames out of order or a
 * wrong row count, and with `UNSUPPORTED` for a frame of more than 64 MiB.
 */
export function createArchiveWriter(
  write: (bytes: Bytes) => Promise<void>,
  { gzip = platformGzip(), state: earlier, framesPerPage = FRAMES_PER_PAGE }: ArchiveWriterOptions = {},
): ArchiveWriter {
  const { content: keptContent, ...state } = structuredClone(earlier ?? NOTHING_WRITTEN);
  let content = keptContent === null ? null : goOnWithContent(keptContent);
  const order = new FrameOrder(
    state.tables.slice(0, -1).map(({ table }) => table),
    state.last,
  );

  async function append(pieces: Bytes[]): Promise<void> {
    const joined = concatBytes(pieces);
    await write(joined);
    state.bytes += joined.byteLength;
  }

  async function add(
    frame: Omit<FrameToWrite, "text">,
    packing: PackedFrame | Promise<PackedFrame>,
  ): Promise<FrameEntry> {
    if (state.headerBytes === 0) throw misuse("the header comes before the frames");
    const problem = order.problemOf(frame);
    if (problem !== null) throw misuse(problem);
    const { member, beside, text, ...packed } = await packing;
    const glue = glueMember(separatorBefore(openTable(state), { ...frame, ...packed }));
    const entry = entryOf(frame, { offset: state.bytes + glue.byteLength, member, beside, ...packed });
    const open = state.tables.at(-1);
    const known = open?.table === entry.table ? open : undefined;
    const closed = known === undefined && content !== null ? await endText(content.text) : null;
    const longer =
      text === null ? null : await addLines(known === undefined ? NO_ROWS : (content ?? NO_ROWS), text);
    const sha256 = text === null ? await chainFrame(known?.sha256 ?? "", entry) : "";
    const summary = { ...addFrame(known, entry, checksumOf(member)), sha256 };
    await append([glue, member, beside]);
    if (closed !== null && open !== undefined) open.sha256 = closed;
    state.tables.splice(known === undefined ? state.tables.length : -1, 1, summary);
    content = longer;
    state.page.push(entry);
    state.last = entry;
    order.add(entry);
    if (isFull(state.page, framesPerPage)) await packPage();
    return entry;
  }

  async function packPage(): Promise<void> {
    const text = encode(pageText(state.page, { first: state.pages.length === 0 }));
    const member = await pack(gzip, text, { kind: "packed", most: MAX_PAGE_BYTES });
    state.pages.push([bytesToBase64(member), state.page.length]);
    state.page = [];
  }

  return {
    get state() {
      return structuredClone({ ...state, content: content === null ? null : keepContent(content) });
    },
    get bytesWritten() {
      return state.bytes;
    },

    async header(header) {
      if (state.bytes !== 0) throw misuse("the header comes first and once");
      const member = await pack(gzip, encode(headerText(header)), { kind: "header", most: MAX_HEADER_BYTES });
      await append([member]);
      state.headerBytes = member.byteLength;
    },

    frame(frame) {
      const ahead = "packing" in frame ? frame : packAhead(gzip, frame);
      return add(ahead.frame, ahead.packing);
    },

    pack: (frame) => packAhead(gzip, frame),

    copy({ member, textBytes, sha256, ...frame }) {
      if (!isPackedMember(member, "packed")) throw misuse(`a frame of ${frame.table} is not packed`);
      if (!isKeyed(frame))
        throw misuse(`a frame of ${frame.table} that is no list of keys has to be looked into`);
      return add(frame, { member, beside: new Uint8Array(0), text: null, textBytes, sha256 });
    },

    async end({ moment } = {}) {
      if (state.headerBytes === 0) throw misuse("the header comes before the end");
      const problem = order.problemAtEnd();
      if (problem !== null) throw misuse(problem);
      const glue = glueMember(lastSeparator(openTable(state)));
      const open = state.tables.at(-1);
      if (content !== null && open !== undefined) open.sha256 = await endText(content.text);
      if (state.page.length > 0) await packPage();
      const members = state.pages.map(([member]) => base64ToBytes(member));
      const pages = state.pages.map(([, frames], i): [number, number] => [
        (members[i] as Bytes).byteLength,
        frames,
      ]);
      const { tables, headerBytes } = state;
      const tail = encode(tailText({ tables, ...(moment === undefined ? {} : { moment }), pages }));
      const tailMember = await pack(gzip, tail, { kind: "packed", most: MAX_TAIL_BYTES });
      const index = concatBytes([glue, ...members]);
      const tailOffset = state.bytes + index.byteLength;
      await append([index, tailMember, endMember({ headerBytes, tailOffset })]);
      return { bytes: state.bytes, tables };
    },
  };
}

const NOTHING_WRITTEN: ArchiveWriterState = {
  bytes: 0,
  headerBytes: 0,
  tables: [],
  content: null,
  page: [],
  pages: [],
  last: null,
};

function openTable({ tables }: Pick<ArchiveWriterState, "tables">): OpenTable | null {
  const open = tables.at(-1);
  return open === undefined ? null : { table: open.table, hasLines: open.textBytes > 0 };
}

function isFull(page: readonly FrameEntry[], framesPerPage: number): boolean {
  if (page.length >= framesPerPage) return true;
  return page.reduce((sum, { through }) => sum + lengthOf(through), 0) > PAGE_TEXT;
}

function lengthOf(key: Key): number {
  return key === null ? 0 : JSON.stringify(key).length * 2;
}

function entryOf(
  { table, rows, keys, made, deleted, keyless, after, through, rowids }: Omit<FrameToWrite, "text">,
  { offset, member, beside, textBytes, sha256 }: Omit<PackedFrame, "text"> & { offset: number },
): FrameEntry {
  return {
    table,
    rows,
    ...(keys === undefined ? {} : { keys }),
    ...(made ? { made } : {}),
    ...(deleted ? { deleted } : {}),
    ...(keyless ? { keyless } : {}),
    after,
    through,
    offset,
    bytes: member.byteLength,
    textBytes,
    sha256,
    ...(rowids === undefined ? {} : { rowidBytes: beside.byteLength }),
  };
}
