import type { Cell, DocumentHeader, Key, OtherSchema, SchemaObject, TableSchema } from "../archive/types.ts";
import { type ArchiveWriterState, createArchiveWriter } from "../archive/writer.ts";
import type { Bytes } from "../bytes.ts";
import { readFts5 } from "../database/fts5.ts";
import type { Database } from "../database/port.ts";
import { type LiveSchema, type LiveTable, readSchema } from "../database/schema.ts";
import { FerryError } from "../errors.ts";
import { type Budget, createBudget } from "./budget.ts";
import { countedDatabase } from "./context.ts";
import {
  type FrameTable,
  findNullKeys,
  frameTable,
  type Range,
  readRange,
  scanRanges,
  textLength,
} from "./ranges.ts";
import { readAhead } from "./read-ahead.ts";
import { readSettings } from "./search-settings.ts";
import { readSequences } from "./sequence.ts";
import { byRowid, chooseTables, emptyNote, isInternal, type TableChoice } from "./tables.ts";
import { hasTerms } from "./terms.ts";
import { proveTerms } from "./terms-proof.ts";

export interface ExportOptions extends TableChoice {
  /** The version that the data is recorded under at the target. @default 1 */
  version?: number | undefined;
  /** The source's name for people: a file, a host. */
  name?: string | undefined;
  /** What this invocation may do. @default unlimited */
  budget?: Budget | undefined;
  /** Where an earlier invocation stopped. */
  state?: ExportState | undefined;
  /** Bytes of row text a frame is closed at; never more than the budget's. @default 1_000_000 */
  frameBytes?: number | undefined;
  /** Milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined;
}

/** Where an export stands between two invocations; plain JSON. */
export interface ExportState {
  version: number;
  tables: string[];
  /** How large its frames are. @default 1_000_000 */
  frameBytes?: number;
  /** Tables whose declared key holds NULLs: their rows are identified by rowid. */
  rowidKeys: string[];
  notes: string[];
  /** The table being written, an index into `tables`. */
  table: number;
  /** Its ranges that are known and not yet written, and where to look for more of them. */
  ahead: { ranges: Range[]; after: Key; more: boolean };
  /** Rows written, by table. */
  counts: number[];
  writer: ArchiveWriterState | null;
}

export interface ExportReport {
  done: boolean;
  state: ExportState;
  version: number;
  stats: { table: string; count: number }[];
  /** Archive bytes written so far, by all invocations. */
  bytes: number;
  /** One line for each thing that was left out. */
  notes: string[];
}

export const FRAME_BYTES = 1_000_000;

/**
 * Writes a database as an archive, frame by frame, in one frame's memory. `write` gets the bytes in
 * order. When the budget ends, `done` is false: call again with `state`, and bytes go on where they
 * stopped. Reads only; to read a full-text table without text it makes helpers that are gone with the
 * same transaction. Rejects with `UNKNOWN_TABLE`, `UNSUPPORTED`, `DATABASE_ERROR`.
 */
export async function exportDatabase(
  source: Database,
  write: (bytes: Bytes) => Promise<void>,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const { budget = createBudget() } = options;
  const database = countedDatabase(source, budget);
  const schema = await readSchema(database);
  const { state, terms } =
    options.state === undefined
      ? await begin(database, schema, options)
      : { state: options.state, terms: NO_TERMS };
  const { frameBytes = FRAME_BYTES } = state;
  const tables = state.tables.map((name) => chosenTable(schema, name, state));
  const writer = createArchiveWriter(write, state.writer === null ? {} : { state: state.writer });
  if (state.writer === null)
    await writer.header(await describe(database, schema, tables, terms, state, options));

  const report = (done: boolean): ExportReport => ({
    done,
    state: { ...state, writer: writer.state },
    version: state.version,
    stats: state.tables.map((table, i) => ({ table, count: state.counts[i] as number })),
    bytes: writer.bytesWritten,
    notes: state.notes,
  });

  while (state.table < tables.length) {
    const table = frameTable(tables[state.table] as LiveTable);
    const reads = readRanges(database, table, state.ahead, { frameBytes, budget });
    for await (const { range, lines, ahead } of readAhead(reads)) {
      await writer.frame({ table: table.name, rows: lines.length, text: lines.join(",\n"), ...range });
      (state.counts[state.table] as number) += lines.length;
      state.ahead = ahead;
    }
    if (state.ahead.more || state.ahead.ranges.length > 0) return report(false);
    state.table++;
    state.ahead = fromTheStart();
  }
  await writer.end();
  return report(true);
}

interface RangeRead {
  range: Range;
  lines: string[];
  /** What is left behind it. */
  ahead: ExportState["ahead"];
}

/** Reads range after range, looking for more of them in time, until the table or the budget ends. */
async function* readRanges(
  database: Database,
  table: FrameTable,
  from: ExportState["ahead"],
  { frameBytes, budget }: { frameBytes: number; budget: Budget },
): AsyncGenerator<RangeRead, void, void> {
  let { ranges, after, more } = from;
  while (more || ranges.length > 0) {
    // The last range of a table is anything up to a whole one.
    if (!budget.allows(3, ranges.length > 1 ? frameBytes : frameBytes / 2)) return;
    if (ranges.length === 0) ({ ranges, more } = await scanRanges(database, table, after, frameBytes));
    const [range, ...rest] = ranges as [Range, ...Range[]];
    const { lines } = await readRange(database, table, range);
    budget.spend(0, textLength(lines));
    [ranges, after] = [rest, range.through];
    yield { range, lines, ahead: { ranges, after, more } };
  }
}

const fromTheStart = (): ExportState["ahead"] => ({ ranges: [], after: null, more: true });

async function begin(
  database: Database,
  schema: LiveSchema,
  options: ExportOptions,
): Promise<{ state: ExportState; terms: Terms }> {
  const chosen = chooseTables(schema, options);
  const terms = await proveAll(database, chosen.tables);
  const tables = chosen.tables.filter(({ name }) => !terms.empty.has(name));
  const notes = [...terms.empty].map(([name, reason]) => emptyNote(name, reason));
  const state: ExportState = {
    version: options.version ?? 1,
    frameBytes: Math.min(options.frameBytes ?? FRAME_BYTES, options.budget?.bytes ?? Infinity),
    tables: tables.map(({ name }) => name),
    rowidKeys: await findNullKeys(database, tables),
    notes: [...chosen.notes, ...notes],
    table: 0,
    ahead: fromTheStart(),
    counts: tables.map(() => 0),
    writer: null,
  };
  return { state, terms };
}

/** Of full-text tables that keep no text. */
interface Terms {
  /** By table, the words for those of its terms that do not stand for themselves. */
  words: Map<string, NonNullable<TableSchema["words"]>>;
  /** By table, why it cannot be made again. */
  empty: Map<string, string>;
}

const NO_TERMS: Terms = { words: new Map(), empty: new Map() };

async function proveAll(database: Database, tables: readonly LiveTable[]): Promise<Terms> {
  const terms: Terms = { words: new Map(), empty: new Map() };
  for (const table of tables.filter(hasTerms)) {
    const proof = await proveTerms(database, table);
    if ("reason" in proof) terms.empty.set(table.name, proof.reason);
    else terms.words.set(table.name, proof.words);
  }
  return terms;
}

function chosenTable(schema: LiveSchema, name: string, state: ExportState): LiveTable {
  const table = schema.tables.get(name);
  if (table === undefined) {
    throw new FerryError(
      "UNKNOWN_TABLE",
      `Table "${name}" went away during the export. The export is not usable.`,
      {
        hint: "Export again.",
        details: { table: name },
      },
    );
  }
  return state.rowidKeys.includes(name) ? byRowid(table) : table;
}

async function describe(
  database: Database,
  schema: LiveSchema,
  tables: readonly LiveTable[],
  { words, empty }: Terms,
  state: ExportState,
  options: ExportOptions,
): Promise<DocumentHeader> {
  const sequences = await readSequences(database, schema, tables);
  const views = schema.others.filter(({ type }) => type === "view").map(({ name }) => name);
  const names = new Set([...state.tables, ...views]);
  const others = schema.others.filter(
    ({ type, name, table }) => !isInternal(name) && (type === "view" || names.has(table) || table === name),
  );
  const schemaObjects = [
    ...tables.map((table) => archivedTable(table, sequences.get(table.name), words.get(table.name))),
    ...[...empty.keys()].map((name) => emptyTable(schema, name)),
    ...others,
  ];
  return {
    version: state.version,
    exportedAt: (options.now ?? Date.now)(),
    source: { engine: database.engine, ...(options.name === undefined ? {} : { name: options.name }) },
    schema: await withSettings(database, schemaObjects),
  };
}

/** The objects, full-text tables with their settings. */
async function withSettings(database: Database, objects: readonly SchemaObject[]): Promise<SchemaObject[]> {
  const described: SchemaObject[] = [];
  for (const object of objects) {
    const searches = (object.type === "table" || object.type === "virtual") && readFts5(object.sql) !== null;
    const settings = searches ? await readSettings(database, object) : [];
    described.push(settings.length === 0 ? object : { ...object, settings });
  }
  return described;
}

/** A full-text table of which only the definition travels. */
function emptyTable({ tables }: LiveSchema, name: string): OtherSchema {
  return { type: "virtual", name, table: name, sql: tables.get(name)?.sql ?? "" };
}

/** The part of a live table that an archive keeps. */
function archivedTable(
  table: LiveTable,
  sequence: Cell | undefined,
  words: TableSchema["words"] = [],
): TableSchema {
  const { type, name, sql, columns, key, strict, withoutRowid, autoincrement, fts5 } = table;
  return {
    type,
    name,
    sql,
    columns,
    key,
    strict,
    withoutRowid,
    autoincrement,
    ...(fts5 === undefined ? {} : { fts5 }),
    ...(words.length === 0 ? {} : { words }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}
