import { openArchive, parseRows } from "../../src/archive/reader.ts";
import { findSchemaTable, schemaTables } from "../../src/archive/schema-tables.ts";
import { bytesSource } from "../../src/archive/source.ts";
import type { Cell, DocumentHeader, Rowid, TableSchema } from "../../src/archive/types.ts";
import type { FrameToWrite } from "../../src/archive/writer.ts";
import type { Bytes } from "../../src/bytes.ts";
import { keyText } from "../../src/diff/same-key.ts";
import { type DeltaTable, type KeyedLine, writeDelta } from "../../src/sync/export/write-delta.ts";
import { byteSink } from "./bytes.ts";

interface ReadTable {
  schema: TableSchema;
  frames: Omit<FrameToWrite, "table">[];
  /** By what equal keys share, in the order of the keys. */
  rows: Map<string, { key: Cell[]; line: string; rowid?: Rowid }>;
}

interface ReadArchive {
  header: DocumentHeader;
  tables: Map<string, ReadTable>;
}

/** All of an archive. */
export async function readArchive(
  bytes: Bytes,
  collationsOf: DeltaChoice["collationsOf"] = () => [],
): Promise<ReadArchive> {
  const archive = await openArchive(bytesSource(bytes));
  const tables: ReadArchive["tables"] = new Map();
  for await (const { entry, text, rowids } of archive.readFrames()) {
    const schema = findSchemaTable(archive.header.schema, entry.table)!;
    const table: ReadTable = tables.get(entry.table) ?? { schema, frames: [], rows: new Map() };
    const { rows, after, through } = entry;
    table.frames.push({ rows, after, through, text, ...(rowids === null ? {} : { rowids }) });
    const collations = collationsOf(schema);
    const lines = text === "" ? [] : text.split(",\n");
    for (const [i, row] of parseRows(text).entries()) {
      const key = schema.key.columns.map((name) => row[name] as Cell);
      const beside = rowids === null ? {} : { rowid: rowids[i]! };
      table.rows.set(keyText(key, collations), { key, line: lines[i]!, ...beside });
    }
    tables.set(entry.table, table);
  }
  return { header: archive.header, tables };
}

export interface MadeDelta {
  bytes: Bytes;
  /** Tables of which it has single rows, and those that it has as a whole. */
  keyed: string[];
  whole: string[];
}

export interface DeltaChoice {
  frameBytes: number;
  /** Whether tables that are not known by a key come along as a whole. */
  whole: boolean;
  /** @default all */
  takes?: (table: string) => boolean;
  /** By which collations a table's key compares its columns. @default BINARY */
  collationsOf?: (schema: TableSchema) => readonly string[];
}

/** What has to change in the target's tables so that they are the source's, by comparing an archive of each. */
export async function deltaBetween(
  source: Bytes,
  target: Bytes,
  { frameBytes, whole: withWhole, takes = () => true, collationsOf }: DeltaChoice,
): Promise<MadeDelta> {
  const [from, to] = [await readArchive(source, collationsOf), await readArchive(target, collationsOf)];
  const tables: DeltaTable[] = [];
  const keyed: string[] = [];
  const whole: string[] = [];
  for (const { name } of schemaTables(from.header.schema).filter(({ name }) => takes(name))) {
    const [ours, theirs] = [from.tables.get(name), to.tables.get(name)];
    if (ours === undefined || theirs === undefined) continue;
    if (isKnownByKey(ours.schema) && isKnownByKey(theirs.schema)) {
      const keys = compare(ours, theirs);
      if (keys.length > 0) keyed.push(name);
      tables.push({ table: name, keys });
    } else if (withWhole) {
      whole.push(name);
      tables.push({ table: name, whole: ours.frames });
    }
  }
  const sink = byteSink();
  const { kind: _, ...header } = from.header;
  await writeDelta(sink.write, { header, ordered: false, frameBytes, tables });
  return { bytes: sink.bytes(), keyed, whole };
}

function isKnownByKey({ key, fts5 }: TableSchema): boolean {
  return fts5 === undefined ? key.kind === "primary" : fts5 === true;
}

/** In an order that is nobody's: what is gone stands behind the row that it stood behind. */
function compare({ rows: ours }: ReadTable, { rows: theirs }: ReadTable): KeyedLine[] {
  const gone = [...theirs].flatMap(([id, { key }], i) => (ours.has(id) ? [] : [{ i, line: { gone: key } }]));
  const changed = [...ours].flatMap(([id, row], i) =>
    theirs.get(id)?.line === row.line ? [] : [{ i, line: row }],
  );
  return [...gone, ...changed].sort((a, b) => a.i - b.i).map(({ line }) => line);
}
