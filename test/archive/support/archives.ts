import { encodeRow } from "../../../src/archive/cells.ts";
import { readDocument } from "../../../src/archive/document.ts";
import type { Gzip } from "../../../src/archive/gzip.ts";
import { isArchive, openArchive, parseRows } from "../../../src/archive/reader.ts";
import type { ByteSource, Cell, DocumentHeader, Key, Row } from "../../../src/archive/types.ts";
import { type ArchiveWriterState, createArchiveWriter } from "../../../src/archive/writer.ts";
import type { Bytes } from "../../../src/bytes.ts";

export const HEADER: DocumentHeader = {
  kind: "full",
  version: 3,
  exportedAt: 1_700_000_000_000,
  source: { engine: "node-sqlite", name: "app.sqlite" },
  schema: [
    {
      type: "table",
      name: "authors",
      sql: "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)",
      columns: [
        { name: "id", type: "INTEGER", notNull: false, default: null, primaryKey: 1, generated: null },
        { name: "name", type: "TEXT", notNull: false, default: "'x'", primaryKey: 0, generated: null },
      ],
      key: { kind: "primary", columns: ["id"] },
      strict: false,
      withoutRowid: false,
      autoincrement: true,
      sequence: 12,
    },
    { type: "index", name: "by_name", table: "authors", sql: "CREATE INDEX by_name ON authors (name)" },
  ],
};

/** A table's rows, cut into frames. */
export interface TestTable {
  name: string;
  columns: string[];
  frames: Cell[][][];
}

/** Two tables of several frames, an empty one, and one whose last frame is empty. */
export const SAMPLE: TestTable[] = [
  {
    name: "authors",
    columns: ["id", "name"],
    frames: [
      [
        [1, "ada"],
        [2, 'say "hi"\n'],
      ],
      [[3, { $blob: "AAEC" }]],
      [
        [4, null],
        [5, 0.1],
        [6, { $int: "9007199254740993" }],
      ],
    ],
  },
  { name: "empty", columns: ["id"], frames: [[]] },
  { name: "posts", columns: ["id", "text"], frames: [[[1, "é😀"]], [[2, "b".repeat(500)]], []] },
];

export function frameText(columns: string[], rows: Cell[][]): string {
  return rows.map((row) => encodeRow(columns, row)).join(",\n");
}

/** The frames as a writer takes them; the key is the frame's number. */
export function* framesOf(tables: TestTable[]) {
  for (const { name, columns, frames } of tables) {
    let after: Key = null;
    for (const [i, rows] of frames.entries()) {
      const through: Key = i === frames.length - 1 ? null : [i];
      yield { table: name, rows: rows.length, after, through, text: frameText(columns, rows) };
      after = through;
    }
  }
}

export interface WriteOptions {
  gzip?: Gzip;
  /** @default as the writer has it */
  framesPerPage?: number;
  header?: DocumentHeader;
  /** Go on with a new writer and a state that went through JSON before each frame. */
  interrupted?: boolean;
}

export async function writeArchive(tables: TestTable[], options: WriteOptions = {}): Promise<Bytes> {
  const { header = HEADER, interrupted = false, ...rest } = options;
  const pieces: Bytes[] = [];
  const write = async (bytes: Bytes) => {
    pieces.push(bytes);
  };
  let writer = createArchiveWriter(write, rest);
  const resume = () => {
    if (!interrupted) return;
    const state = JSON.parse(JSON.stringify(writer.state)) as ArchiveWriterState;
    writer = createArchiveWriter(write, { ...rest, state });
  };
  await writer.header(header);
  for (const frame of framesOf(tables)) {
    resume();
    await writer.frame(frame);
  }
  resume();
  await writer.end();
  return join(pieces);
}

export function join(pieces: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

export type Tables = Map<string, Row[]>;

/** All rows of a file, by table, read as a sync would: an archive by its index, else a document. */
export async function readTables(source: ByteSource): Promise<Tables> {
  const tables: Tables = new Map();
  const add = (table: string, rows: Row[]) => tables.set(table, [...(tables.get(table) ?? []), ...rows]);
  if (await isArchive(source)) {
    const archive = await openArchive(source);
    for await (const { entry, text } of archive.readFrames()) add(entry.table, parseRows(text));
  } else {
    for await (const { table, rows } of readDocument(source)) add(table, rows);
  }
  return tables;
}

/** The rows that `writeArchive` was given. */
export function expectedTables(tables: TestTable[]): Tables {
  return new Map(
    tables.map(({ name, columns, frames }) => [
      name,
      frames.flat().map((row) => Object.fromEntries(row.map((cell, i) => [columns[i], cell]))),
    ]),
  );
}

export async function streamText(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

/** Tables in a form in which any two can be compared, whatever their columns are called. */
export function comparable(tables: Tables) {
  return [...tables].map(([name, rows]) => ({ name, rows: rows.map((row) => Object.entries(row).sort()) }));
}
