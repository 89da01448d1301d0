import type { Range } from "../../archive/types.ts";
import { type ArchiveWriter, createArchiveWriter } from "../../archive/writer.ts";
import { type Budget, countedDatabase, createBudget } from "../../budget.ts";
import type { Bytes } from "../../bytes.ts";
import type { Database } from "../../database/port.ts";
import { type LiveSchema, type LiveTable, readSchema } from "../../database/schema.ts";
import { FerryError } from "../../errors.ts";
import { type FrameTable, frameTable } from "../../frames/frame-table.ts";
import { readAhead } from "../../frames/read-ahead.ts";
import { type RangeRows, readRange, textLength } from "../../frames/read-range.ts";
import { scanRanges } from "../../frames/scan-ranges.ts";
import { byRowid, chooseTables, emptyNote } from "../schema/index.ts";
import { type ContentlessTables, NO_CONTENTLESS_TABLES, proveContentless } from "./contentless-tables.ts";
import { describeSource } from "./describe-source.ts";
import { type ExportOptions, type ExportReport, type ExportState, FRAME_BYTES } from "./export-state.ts";
import { findNullKeys } from "./null-keys.ts";

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
  const { state, contentless } =
    options.state === undefined
      ? await begin(database, schema, options)
      : { state: options.state, contentless: NO_CONTENTLESS_TABLES };
  const tables = state.tables.map((name) => chosenTable(schema, name, state));
  const writer = createArchiveWriter(write, state.writer === null ? {} : { state: state.writer });
  if (state.writer === null) {
    await writer.header(await describeSource(database, { schema, tables, contentless, state }, options));
  }
  for (const table of tables.slice(state.table)) {
    if (!(await exportTable(database, table, { state, writer, budget }))) {
      return { done: false, ...report(state, writer) };
    }
  }
  await writer.end();
  return { done: true, ...report(state, writer) };
}

interface TableExport {
  /** Moved on with each frame that is written. */
  state: ExportState;
  writer: ArchiveWriter;
  budget: Budget;
}

/** Writes what is left of the table that `state` is at. False when the budget ends first. */
async function exportTable(
  database: Database,
  live: LiveTable,
  { state, writer, budget }: TableExport,
): Promise<boolean> {
  const { frameBytes = FRAME_BYTES } = state;
  const table = frameTable(live);
  const reads = readRanges(database, table, { from: state.ahead, frameBytes, budget });
  for await (const { range, lines, rowids, ahead } of readAhead(reads)) {
    await writer.frame({
      table: table.name,
      rows: lines.length,
      text: lines.join(",\n"),
      ...range,
      ...(rowids === null ? {} : { rowids }),
    });
    (state.counts[state.table] as number) += lines.length;
    state.ahead = ahead;
  }
  if (state.ahead.more || state.ahead.ranges.length > 0) return false;
  state.table++;
  state.ahead = fromTheStart();
  return true;
}

interface RangeRead extends RangeRows {
  range: Range;
  /** What is left behind it. */
  ahead: ExportState["ahead"];
}

interface ReadRanges {
  from: ExportState["ahead"];
  frameBytes: number;
  budget: Budget;
}

/** Reads range after range, looking for more of them in time, until the table or the budget ends. */
async function* readRanges(
  database: Database,
  table: FrameTable,
  { from, frameBytes, budget }: ReadRanges,
): AsyncGenerator<RangeRead, void, void> {
  let { ranges, after, more } = from;
  while (more || ranges.length > 0) {
    // The last range of a table is anything up to a whole one.
    if (!budget.allows(3, ranges.length > 1 ? frameBytes : frameBytes / 2)) return;
    if (ranges.length === 0) ({ ranges, more } = await scanRanges(database, table, { after, frameBytes }));
    const [range, ...rest] = ranges as [Range, ...Range[]];
    const read = await readRange(database, table, { range });
    budget.spend(0, textLength(read.lines));
    [ranges, after] = [rest, range.through];
    yield { range, ...read, ahead: { ranges, after, more } };
  }
}

const fromTheStart = (): ExportState["ahead"] => ({ ranges: [], after: null, more: true });

async function begin(
  database: Database,
  schema: LiveSchema,
  options: ExportOptions,
): Promise<{ state: ExportState; contentless: ContentlessTables }> {
  const chosen = chooseTables(schema, options);
  const contentless = await proveContentless(database, chosen.tables);
  const tables = chosen.tables.filter(({ name }) => !contentless.carriedEmpty.has(name));
  const notes = [...contentless.carriedEmpty].map(([name, reason]) => emptyNote(name, reason));
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
  return { state, contentless };
}

function report(state: ExportState, writer: ArchiveWriter): Omit<ExportReport, "done"> {
  return {
    state: { ...state, writer: writer.state },
    version: state.version,
    stats: state.tables.map((table, i) => ({ table, count: state.counts[i] as number })),
    bytes: writer.bytesWritten,
    notes: state.notes,
  };
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
