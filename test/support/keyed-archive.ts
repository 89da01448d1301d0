import type { KeyedRow } from "../../src/archive/keyed-text.ts";
import { keyedLines } from "../../src/archive/keyed-text.ts";
import { openArchive, parseRows } from "../../src/archive/reader.ts";
import { findSchemaTable } from "../../src/archive/schema-tables.ts";
import { sha256Hex } from "../../src/archive/sha256.ts";
import type { ArchiveKind, ByteSource, Cell, Row, Rowid, SchemaObject } from "../../src/archive/types.ts";
import { createArchiveWriter, type FrameToWrite } from "../../src/archive/writer.ts";
import type { Database } from "../../src/database/port.ts";
import { byteSink } from "./bytes.ts";
import { archiveOf } from "./engine.ts";

/** A row as an archive has it. */
export interface TakenRow {
  row: Row;
  /** The SHA-256 of its line. */
  hash: string;
  line: string;
  /** Null where it is no matter of its own. */
  rowid: Rowid | null;
}

/** What an export of a database holds. */
export async function takeRows(
  database: Database,
): Promise<{ schema: SchemaObject[]; rows(table: string): TakenRow[] }> {
  const archive = await openArchive(await archiveOf(database));
  const taken = new Map<string, TakenRow[]>();
  for await (const { entry, text, rowids } of archive.readFrames()) {
    const own = taken.get(entry.table) ?? [];
    const lines = text === "" ? [] : text.split(",\n");
    for (const [i, row] of parseRows(text).entries()) {
      const line = lines[i]!;
      const hash = await sha256Hex(new TextEncoder().encode(line));
      own.push({ row, line, hash, rowid: rowids?.[i] ?? null });
    }
    taken.set(entry.table, own);
  }
  return { schema: archive.header.schema, rows: (table) => taken.get(table) ?? [] };
}

/** The key of a row, in the order of the key's columns. */
export function keyOf(schema: readonly SchemaObject[], table: string, row: Row): Cell[] {
  return findSchemaTable(schema, table)!.key.columns.map((name) => row[name] as Cell);
}

export type KeyToWrite = KeyedRow & { rowid?: Rowid | null };

export interface KeyedTable {
  table: string;
  /** In the order of their keys. */
  keys: KeyToWrite[];
}

export interface KeyedArchive {
  schema: SchemaObject[];
  tables: KeyedTable[];
  /** @default "before-images" */
  kind?: ArchiveKind;
  /** Keys in a frame. @default 3 */
  keysPerFrame?: number;
}

/** An archive of keyed frames. */
export function keyedArchive({
  schema,
  tables,
  kind = "before-images",
  keysPerFrame = 3,
}: KeyedArchive): Promise<ByteSource> {
  const frames = tables.flatMap(({ table, keys }) => {
    let after: Cell[] | null = null;
    return Array.from({ length: Math.ceil(keys.length / keysPerFrame) }, (_, i) => {
      const own = keys.slice(i * keysPerFrame, (i + 1) * keysPerFrame);
      const last = own.at(-1)!;
      const through = "gone" in last ? last.gone : keyOf(schema, table, last.row);
      const frame = keyedFrame(table, own, { after, through });
      after = through;
      return frame;
    });
  });
  return archiveOfFrames({ kind, schema }, frames);
}

function keyedFrame(
  table: string,
  keys: readonly KeyToWrite[],
  range: Pick<FrameToWrite, "after" | "through">,
): FrameToWrite {
  const rows = keys.filter((key) => "row" in key);
  const rowids = rows.flatMap(({ rowid }) => rowid ?? []);
  return {
    table,
    rows: rows.length,
    keys: keys.length,
    ...range,
    text: keyedLines(keys).join(",\n"),
    ...(rowids.length === 0 ? {} : { rowids }),
  };
}

/** An archive of any frames. */
export async function archiveOfFrames(
  { kind, schema }: { kind: ArchiveKind; schema: SchemaObject[] },
  frames: readonly FrameToWrite[],
): Promise<ByteSource> {
  const sink = byteSink();
  const writer = createArchiveWriter(sink.write);
  await writer.header({ kind, version: 1, exportedAt: 0, source: { engine: "d1" }, schema });
  for (const frame of frames) await writer.frame(frame);
  await writer.end();
  return sink.source();
}
