import { contentsOf } from "../../archive/content-hash.ts";
import {
  type DocumentOutline,
  type DocumentPosition,
  readDocument,
  readDocumentOutline,
} from "../../archive/document.ts";
import { isKeyed } from "../../archive/frame-order.ts";
import {
  type Archive,
  type FrameText,
  isArchive,
  openArchive,
  parseRowsInParts,
  type StoredFrame,
} from "../../archive/reader.ts";
import { sha256Hex } from "../../archive/sha256.ts";
import { sumUp } from "../../archive/tail.ts";
import type {
  ArchiveKind,
  ByteSource,
  DocumentHeader,
  FrameEntry,
  MergedEdits,
  Moment,
  Row,
  Rowid,
  TableSummary,
} from "../../archive/types.ts";
import { refused } from "../../refusals.ts";
import { addRows, contentsSoFar, type DocumentContents, NO_CONTENTS } from "./document-contents.ts";
import { type FrameIndex, indexOf, NO_FRAMES } from "./frame-index.ts";
import { contentsIfFramesAgree } from "./frames-agree.ts";
import { type KeyedFrame, keyedContent } from "./keyed-frame.ts";
import { findRowPlace, type RowPlace } from "./row-place.ts";

/** Some rows of one table, to be staged together under one number. */
export interface SourceFrame {
  seq: number;
  table: string;
  /** The rows, parsed at each call, some after the others. */
  rows(): Iterable<Row[]>;
  /** The rows as an archive holds them, in ASCII where that is not much longer; absent in a document, and where the frame is keyed. */
  written?: WrittenRows;
  /** Set in a keyed frame, which says nothing of other keys than these. */
  keyed?: KeyedFrame;
  /** The rows' rowids, in their order, where they travel beside them. */
  rowids?: Rowid[];
  /** Length of the rows as JSON, about bytes. */
  bytes: number;
  /** Where this frame begins, and where to go on behind it; plain JSON. */
  start: unknown;
  next: unknown;
  /** Where in a document one of the rows stands. Absent where rows have no place of their own. */
  locate?(index: number): Promise<RowPlace | null>;
}

export interface WrittenRows {
  text: string;
  /** The text is known to be ASCII. */
  ascii: boolean;
}

/** What a source says of itself before its rows are read. */
export interface SourceOutline {
  kind: SourceKind;
  /** Set where it is an archive of keyed frames: what their rows are. Never "full". */
  parts?: ArchiveKind;
  version: number | null;
  /** Its tables in order. */
  tables: string[];
  /** Null where only reading all of it would tell. */
  totalRows: number | null;
  /** Says whether two sources hold the same: a hash for each table. Empty where only reading tells. */
  contents: Record<string, string>;
  /** Of a plain document whose frames are true of its rows: a hash over theirs, by which another one is told. */
  frames?: string;
  /** What a delta says of edits on both sides. Hearsay. */
  merged?: MergedEdits;
}

/**
 * - `archive`: by its index
 * - `agreed`: a plain document whose frames are true of its rows, as good as an archive
 * - `document`: a plain document without ranges
 * - `altered`: one whose rows were changed since its frames were written
 */
export type SourceKind = "archive" | "agreed" | "document" | "altered";

export interface FrameSource {
  outline: SourceOutline;
  /** Null in a document without ranges. */
  schema: DocumentHeader["schema"] | null;
  /** Where it says that its rows are from; null where it does not. Hearsay. */
  origin: DocumentHeader["source"] | null;
  /** Of which moment the rows are; null where nobody says it. */
  moment: Moment | null;
  /** The frames that the rows can be verified by; none in a document without ranges. */
  index: FrameIndex;
  /** The frames of the tables that `wanted` names, from `position` on, which an earlier frame said. */
  frames(wanted: (table: string) => boolean, position: unknown): AsyncIterable<SourceFrame>;
  /** The same as they are stored and not unpacked; only in an archive of all rows. */
  stored?(wanted: (table: string) => boolean, position: unknown): AsyncIterable<StoredFrame>;
  /** The `contents` as far as `position`. */
  contentsAt(position: unknown): Promise<Record<string, string>>;
}

export interface FrameSourceOptions {
  /** What an earlier look found: a long document is then not looked through again. @default null */
  known?: SourceKind | null;
  /** Bytes of rows that are taken at once: less than the usual megabyte where little can be handled. */
  bytes?: number;
  /** What the target takes in one row. @default unlimited */
  maxRowBytes?: number;
  /** Which archives of parts are opened. @default none */
  acceptsParts?: readonly ArchiveKind[];
}

/** Bytes of JSON that a byte of a row may come to, as an escape, and room for the names. */
const JSON_BYTES = 8;

/** Opens what a sync reads. Rejects with `UNSUPPORTED` what is not all of its tables, unless it is asked for. */
export async function openFrameSource(
  source: ByteSource,
  { known = null, bytes = Infinity, maxRowBytes = Infinity, acceptsParts = [] }: FrameSourceOptions = {},
): Promise<FrameSource> {
  if (await isArchive(source)) return openIndexed(source, { bytes, maxRowBytes, acceptsParts });
  const openPlain = (kind: SourceKind, outline: PlainRows["outline"]) =>
    openRows(source, { kind, outline, chunkBytes: Math.min(CHUNK_BYTES, bytes), maxRowBytes });
  if (known === "document" || known === "altered") return openPlain(known, { tables: [] });
  const outline = await readDocumentOutline(source);
  // A plain document of keyed rows has no index that says which lines are marks.
  refuseParts(outline.kind);
  // What a look before this one has found is kept with the run.
  const contents =
    known === "agreed"
      ? {}
      : await contentsIfFramesAgree(source, outline, Number.isFinite(bytes) ? CHECKED_BYTES : Infinity);
  if (contents === null) return openPlain(outline.frames === undefined ? "document" : "altered", outline);
  const { frames = [], schema = [], version = null } = outline;
  const index = indexOf(frames);
  return {
    ...openPlain("agreed", outline),
    outline: {
      ...outlineOf("agreed", version, sumUp(frames)),
      contents,
      frames: await sha256Hex(new TextEncoder().encode(frames.map(({ sha256 }) => sha256).join(" "))),
    },
    contentsAt: async () => contents,
    schema,
    index,
  };
}

async function openIndexed(
  source: ByteSource,
  { bytes, maxRowBytes, acceptsParts }: Required<Omit<FrameSourceOptions, "known">>,
): Promise<FrameSource> {
  const archive = await openArchive(source, {
    ...(Number.isFinite(bytes) ? { readBytes: bytes } : {}),
    ...(Number.isFinite(maxRowBytes) ? { maxFrameBytes: JSON_BYTES * maxRowBytes } : {}),
  });
  const { kind = "full", version, schema, merged } = archive.header;
  refuseParts(kind, acceptsParts);
  const contents = contentsOf(archive.tables);
  const outline = { ...outlineOf("archive", version, archive.tables), contents };
  return {
    outline: {
      ...outline,
      ...(kind === "full" ? {} : { parts: kind }),
      ...(merged === undefined ? {} : { merged }),
    },
    contentsAt: async () => contents,
    schema,
    origin: archive.header.source,
    moment: archive.moment,
    index: indexOfArchive(archive),
    ...(kind === "full"
      ? { stored: (wanted, position) => archive.readMembers({ from: firstOf(position), wanted }) }
      : {}),
    async *frames(wanted, position) {
      const from = firstOf(position);
      // What has no key that tells its rows apart comes as a whole with what has changed elsewhere.
      const isWhole = (entry: FrameEntry) => kind === "full" || (kind === "delta" && !isKeyed(entry));
      for await (const frame of archive.readFrames({ from, wanted, ascii: kind === "full" })) {
        const { seq, entry, text, rowids } = frame;
        const content = isWhole(entry) ? rangeContent(frame) : keyedContent(frame, { schema, kind });
        const { offset, bytes: length, rowidBytes = 0 } = entry;
        const start: ArchivePosition = { frame: seq, byte: offset };
        const next: ArchivePosition = { frame: seq + 1, byte: offset + length + rowidBytes };
        const beside = rowids === null ? {} : { rowids };
        yield { seq, table: entry.table, ...content, ...beside, bytes: text.length, start, next };
      }
    },
  };
}

/** Where in an archive somebody goes on: with which frame, and where in the file it begins. */
interface ArchivePosition {
  frame: number;
  byte: number;
}

/** The number of the frame at a position in an archive: as a number alone too, which has no place in the file. */
function firstOf(position: unknown): number {
  if (typeof position === "number") return position;
  return (position as Partial<ArchivePosition> | undefined)?.frame ?? 0;
}

/** Bytes of the source that are read at a position; of a packed document, of its text. Null where the position does not say. */
export function byteAt(position: unknown): number | null {
  if (typeof position !== "object" || position === null) return null;
  const { byte, reader } = position as Partial<ArchivePosition & PlainPosition>;
  return byte ?? reader?.byte ?? null;
}

function rangeContent({ text, ascii }: FrameText): Pick<SourceFrame, "rows" | "written"> {
  return { rows: () => parseRowsInParts(text), written: { text, ascii } };
}

function indexOfArchive({ frameCount, frames, tables }: Archive): FrameIndex {
  return { length: frameCount, tables, frames };
}

/** A row that is not in it would be taken for one that is not there. */
function refuseParts(kind: ArchiveKind = "full", accepted: readonly ArchiveKind[] = []): void {
  if (kind === "full" || accepted.includes(kind)) return;
  throw refused(
    "archive-of-parts",
    `This archive holds a part of the rows (${kind}), which cannot be synced. No table was changed.`,
    { details: { kind } },
  );
}

function outlineOf(
  kind: SourceKind,
  version: number | null,
  tables: readonly Pick<TableSummary, "table" | "rows">[],
): Omit<SourceOutline, "contents"> {
  const totalRows = tables.reduce((sum, { rows }) => sum + rows, 0);
  return { kind, version, tables: tables.map(({ table }) => table), totalRows };
}

/** A plain document's position: where its reader is, and what the tables hold so far. */
interface PlainPosition {
  seq: number;
  reader?: DocumentPosition;
  /** How the document is cut, which must not change between two looks at it. */
  chunkBytes?: number;
  contents: DocumentContents;
}

/** Bytes of a document whose rows are read once more before all, in an invocation that may not do much. */
const CHECKED_BYTES = 100_000_000;

/** Text of one frame of a plain document, bytes. */
const CHUNK_BYTES = 1_000_000;

const START: PlainPosition = { seq: 0, contents: NO_CONTENTS };

interface PlainRows {
  kind: SourceKind;
  outline: Pick<DocumentOutline, "version" | "source" | "tables">;
  /** How a document that nobody has cut yet is cut. */
  chunkBytes: number;
  maxRowBytes: number;
}

function openRows(
  source: ByteSource,
  { kind, outline: { version, source: origin, tables }, chunkBytes: freshChunkBytes, maxRowBytes }: PlainRows,
): FrameSource {
  return {
    outline: { kind, version: version ?? null, tables, totalRows: null, contents: {} },
    schema: null,
    origin: origin ?? null,
    moment: null,
    index: NO_FRAMES,
    contentsAt: (position) => contentsSoFar(((position ?? START) as PlainPosition).contents),
    async *frames(wanted, position) {
      let at = (position ?? START) as PlainPosition;
      const { chunkBytes = at.reader === undefined ? freshChunkBytes : CHUNK_BYTES } = at;
      const options = {
        chunkBytes,
        maxRowBytes,
        ...(at.reader === undefined ? {} : { position: at.reader }),
      };
      for await (const { table, rows, bytes, position: reader } of readDocument(source, options)) {
        const contents = wanted(table) ? await addRows(at.contents, table, rows) : at.contents;
        const next = { seq: at.seq + 1, reader, contents, chunkBytes };
        const { seq, reader: start } = at;
        const locate = (index: number) => findRowPlace(source, { position: start, table, index });
        if (wanted(table)) yield { seq, table, rows: () => [rows], bytes, start: at, next, locate };
        at = next;
      }
    },
  };
}
