import { type DocumentPosition, readDocument, readDocumentOutline } from "../archive/document.ts";
import { isArchive, openArchive, parseRows } from "../archive/reader.ts";
import { sha256Hex } from "../archive/sha256.ts";
import type { ByteSource, DocumentHeader, FrameEntry, Row } from "../archive/types.ts";

/** Some rows of one table, to be staged together under one number. */
export interface SourceFrame {
  seq: number;
  table: string;
  rows: Row[];
  /** Where this frame begins, and where to go on behind it; plain JSON. */
  start: unknown;
  next: unknown;
}

/** What a source says of itself before its rows are read. */
export interface SourceOutline {
  kind: "archive" | "document";
  version: number | null;
  /** Its tables in order; for a plain document what its outline shows. */
  tables: string[];
  totalRows: number | null;
  /** Says whether two sources hold the same: a hash for each table. */
  contents: Record<string, string>;
}

export interface FrameSource {
  outline: SourceOutline;
  /** Null in a plain document that carries none. */
  schema: DocumentHeader["schema"] | null;
  /** The frames of an archive; none for a plain document. */
  index: readonly FrameEntry[];
  /** The frames of the tables that `wanted` names, from `position` on, which an earlier frame said. */
  frames(wanted: (table: string) => boolean, position: unknown): AsyncIterable<SourceFrame>;
  /** The `contents` of a plain document as far as `position`. */
  contentsAt(position: unknown): Record<string, string>;
}

/** Opens what a sync reads: an archive by its index, anything else as a plain document. */
export async function openFrameSource(source: ByteSource): Promise<FrameSource> {
  return (await isArchive(source)) ? openIndexed(source) : openPlain(source);
}

async function openIndexed(source: ByteSource): Promise<FrameSource> {
  const archive = await openArchive(source);
  const { header, frames } = archive;
  const contents = await contentsOf(frames);
  return {
    outline: {
      kind: "archive",
      version: header.version,
      tables: [...new Set(frames.map(({ table }) => table))],
      totalRows: frames.reduce((sum, { rows }) => sum + rows, 0),
      contents,
    },
    schema: header.schema,
    index: frames,
    contentsAt: () => contents,
    async *frames(wanted, position) {
      const first = typeof position === "number" ? position : 0;
      const seqOf = new Map(frames.map((entry, seq) => [entry, seq]));
      const entries = frames.slice(first).filter(({ table }) => wanted(table));
      for await (const { entry, text } of archive.readFrames(entries)) {
        const seq = seqOf.get(entry) as number;
        yield { seq, table: entry.table, rows: parseRows(text), start: seq, next: seq + 1 };
      }
    },
  };
}

/** A hash for each table, of its frames' hashes. Equal data exported by one version of d1-ferry gives equal ones. */
async function contentsOf(frames: readonly FrameEntry[]): Promise<Record<string, string>> {
  const byTable = Map.groupBy(frames, ({ table }) => table);
  const contents: Record<string, string> = {};
  for (const [table, entries] of byTable) {
    const text = entries.map(({ rows, sha256 }) => `${rows} ${sha256}`).join("\n");
    contents[table] = await sha256Hex(new TextEncoder().encode(text));
  }
  return contents;
}

/** A plain document's position: where its reader is, and the hashes of the tables so far. */
interface PlainPosition {
  seq: number;
  reader?: DocumentPosition;
  contents: Record<string, string>;
}

const START: PlainPosition = { seq: 0, contents: {} };

async function openPlain(source: ByteSource): Promise<FrameSource> {
  const outline = await readDocumentOutline(source);
  return {
    outline: {
      kind: "document",
      version: outline.version ?? null,
      tables: [],
      totalRows: null,
      contents: {},
    },
    schema: null,
    index: [],
    contentsAt: (position) => ((position ?? START) as PlainPosition).contents,
    async *frames(wanted, position) {
      let at = (position ?? START) as PlainPosition;
      const options = at.reader === undefined ? {} : { position: at.reader };
      for await (const { table, rows, position: reader } of readDocument(source, options)) {
        const contents = wanted(table)
          ? { ...at.contents, [table]: await chain(at.contents[table], rows) }
          : at.contents;
        const next = { seq: at.seq + 1, reader, contents };
        if (wanted(table)) yield { seq: at.seq, table, rows, start: at, next };
        at = next;
      }
    },
  };
}

/** The hash of some rows behind others: of the earlier hash and these rows. */
function chain(earlier: string | undefined, rows: readonly Row[]): Promise<string> {
  return sha256Hex(new TextEncoder().encode((earlier ?? "") + JSON.stringify(rows)));
}
