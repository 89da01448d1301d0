import { HAS_THREADS } from "../../archive/threads.ts";
import type { Moment, Range } from "../../archive/types.ts";
import {
  type ArchiveWriter,
  createArchiveWriter,
  type FrameAhead,
  type FrameToWrite,
} from "../../archive/writer.ts";
import { type Budget, countedDatabase, createBudget } from "../../budget.ts";
import type { Bytes } from "../../bytes.ts";
import { readMarker, schemaMarker } from "../../database/change-marker.ts";
import type { Database } from "../../database/port.ts";
import { type LiveSchema, type LiveTable, readSchema } from "../../database/schema.ts";
import { FerryError } from "../../errors.ts";
import { type FrameTable, frameTable } from "../../frames/frame-table.ts";
import { readAhead } from "../../frames/read-ahead.ts";
import type { RangeRows } from "../../frames/read-range.ts";
import { joinedText, writesText, writtenText } from "../../frames/read-text.ts";
import { scanRanges } from "../../frames/scan-ranges.ts";
import { byRowid, chooseTables, emptyNote } from "../schema/index.ts";
import { type ContentlessTables, NO_CONTENTLESS_TABLES, proveContentless } from "./contentless-tables.ts";
import { describeSource } from "./describe-source.ts";
import {
  type AskedExport,
  type ExportOptions,
  type ExportReport,
  type ExportState,
  FRAME_BYTES,
  type Reading,
} from "./export-state.ts";
import { isSpoilt, judgeReading, refuseEndless, sumsOf } from "./moment.ts";
import { findNullKeys } from "./null-keys.ts";
import { fitsWhole, readWhole, type WholeTable } from "./read-whole.ts";

/**
 * Writes a database as an archive, frame by frame, in one frame's memory. `write` gets the bytes in
 * order. When the budget ends, `done` is false: call again with `state`, and bytes go on where they
 * stopped. When the database changed meanwhile, `again` is true: call again with `state`, and bytes begin
 * anew. Reads only; to read a full-text table without text it makes helpers that are gone with the
 * same transaction. Rejects with `UNKNOWN_TABLE`, `UNSUPPORTED`, `DATABASE_ERROR`.
 */
export async function exportDatabase(
  source: Database,
  write: (bytes: Bytes) => Promise<void>,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const { budget = createBudget(), now = Date.now } = options;
  const database = countedDatabase(source, budget);
  const schema = await readSchema(database);
  const known = options.state;
  if (known !== undefined && known.writer !== null && (await isSpoilt(database, known, schema))) {
    return again(known, null);
  }
  const { state, contentless, small } =
    known === undefined || known.writer === null
      ? await begin(database, { schema, budget, now }, known ?? { asked: askedOf(options) })
      : { state: known, contentless: NO_CONTENTLESS_TABLES, small: false };
  const tables = state.tables.map((name) => chosenTable(schema, name, state));
  const writer = createArchiveWriter(write, state.writer === null ? {} : { state: state.writer });
  if (state.writer === null) {
    await writer.header(await describeSource(database, { schema, tables, contentless, state, now }));
  }
  const progress = { state, writer, budget };
  const whole = small ? await readWhole(database, { tables, state, budget }) : null;
  if (whole !== null) {
    await writeWhole(whole, progress);
    return finish(progress, { is: "one", from: state.reading.from, to: now() });
  }
  for (const table of tables.slice(state.table)) {
    if (!(await exportTable(database, table, progress))) return { done: false, ...report(state, writer) };
  }
  const sums = writer.state.tables;
  const moment = await judgeReading(database, state, { tables: sums, now });
  return moment === "again" ? again(state, sumsOf(sums)) : finish(progress, moment);
}

async function finish({ state, writer }: TableExport, moment: Moment): Promise<ExportReport> {
  await writer.end({ moment });
  return { ...report(state, writer), done: true, moment };
}

/** The state of a reading that has not begun. */
function again(state: ExportState, earlier: Reading["earlier"]): ExportReport {
  const { reading } = state;
  const fresh = { ...state, writer: null, reading: { ...reading, attempt: reading.attempt + 1, earlier } };
  refuseEndless(fresh.reading);
  return { ...reportOf(fresh, 0), done: false, again: true, moment: null };
}

function askedOf({ budget: _, state: _s, now: _n, ...asked }: ExportOptions): AskedExport {
  return asked;
}

/** Writes what was read at one moment. */
async function writeWhole(whole: readonly WholeTable[], { state, writer }: TableExport): Promise<void> {
  for (const { table, reads } of whole) {
    for (const { range, lines, rowids } of reads)
      await writer.frame(frameOf(table, range, { lines, rowids }));
    state.counts[state.table] = reads.reduce((sum, { lines }) => sum + lines.length, 0);
    state.table++;
  }
}

function frameOf(table: FrameTable, range: Range, { lines, rowids }: RangeRows): FrameToWrite {
  const text = lines.join(",\n");
  const rows = lines.length;
  return { table: table.name, rows, text, ...range, ...(rowids === null ? {} : { rowids }) };
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
  const reads = readTableRanges(database, table, { from: state.ahead, frameBytes, budget });
  for await (const { frame, left } of packed(readAhead(reads), writer)) {
    await writer.frame(frame);
    (state.counts[state.table] as number) += frame.frame.rows;
    state.ahead = left;
  }
  if (state.ahead.more || state.ahead.ranges.length > 0) return false;
  state.table++;
  state.ahead = fromTheStart();
  return true;
}

interface RangeRead {
  frame: FrameToWrite;
  /** What is left behind it. */
  left: ExportState["ahead"];
}

/** Frames that zlib's threads pack while another is written. Without threads packing one would only keep others waiting. */
const PACKED_AHEAD = HAS_THREADS ? 2 : 0;

/** The same with their frames packed ahead. */
async function* packed(
  reads: AsyncIterable<RangeRead>,
  writer: ArchiveWriter,
): AsyncGenerator<{ frame: FrameAhead; left: ExportState["ahead"] }, void, void> {
  const waiting: { frame: FrameAhead; left: ExportState["ahead"] }[] = [];
  for await (const { frame, left } of reads) {
    waiting.push({ frame: writer.pack(frame), left });
    if (waiting.length > PACKED_AHEAD) yield waiting.shift() as (typeof waiting)[number];
  }
  yield* waiting;
}

interface ReadRanges {
  from: ExportState["ahead"];
  frameBytes: number;
  budget: Budget;
}

/** Reads range after range, looking for more of them in time, until the table or the budget ends. */
async function* readTableRanges(
  database: Database,
  table: FrameTable,
  { from, frameBytes, budget }: ReadRanges,
): AsyncGenerator<RangeRead, void, void> {
  let { ranges, after, more } = from;
  let byEngine = writesText(database, table);
  while (more || ranges.length > 0) {
    // The last range of a table is anything up to a whole one.
    if (!budget.allows(3, ranges.length > 1 ? frameBytes : frameBytes / 2)) return;
    if (ranges.length === 0) ({ ranges, more } = await scanRanges(database, table, { after, frameBytes }));
    const [range, ...rest] = ranges as [Range, ...Range[]];
    const written = byEngine ? await writtenText(database, table, range) : null;
    // Where one range holds such cells, others do.
    byEngine &&= written !== null;
    const { rows, text, rowids } = written ?? (await joinedText(database, table, range));
    budget.spend(0, text.length);
    [ranges, after] = [rest, range.through];
    const beside = rowids === null ? {} : { rowids };
    yield { frame: { table: table.name, rows, text, ...range, ...beside }, left: { ranges, after, more } };
  }
}

const fromTheStart = (): ExportState["ahead"] => ({ ranges: [], after: null, more: true });

interface Beginning {
  schema: LiveSchema;
  budget: Budget;
  now: () => number;
}

interface Begun {
  state: ExportState;
  contentless: ContentlessTables;
  /** The database is small enough to be read at once. */
  small: boolean;
}

/** Chooses the tables and looks at the clock and the database, behind which nothing may change. */
async function begin(
  database: Database,
  { schema, budget, now }: Beginning,
  { asked, reading }: { asked: AskedExport; reading?: Reading },
): Promise<Begun> {
  const from = now();
  const chosen = chooseTables(schema, asked);
  const contentless = await proveContentless(database, chosen.tables);
  const tables = chosen.tables.filter(({ name }) => !contentless.carriedEmpty.has(name));
  const notes = [...contentless.carriedEmpty].map(([name, reason]) => emptyNote(name, reason));
  const { databaseBytes, rows } = asked.snapshot === true ? NO_MARKER : await readMarker(database);
  const marker = { rows, schema: await schemaMarker(schema.objects) };
  const state: ExportState = {
    version: asked.version ?? 1,
    frameBytes: Math.min(asked.frameBytes ?? FRAME_BYTES, FRAME_BYTES, budget.bytes),
    tables: tables.map(({ name }) => name),
    rowidKeys: await findNullKeys(database, tables),
    notes: [...chosen.notes, ...notes],
    table: 0,
    ahead: fromTheStart(),
    counts: tables.map(() => 0),
    writer: null,
    asked,
    reading: { attempt: reading?.attempt ?? 1, earlier: reading?.earlier ?? null, from, marker },
  };
  return {
    state,
    contentless,
    small: databaseBytes !== null && fitsWhole(databaseBytes, { tables, budget }),
  };
}

const NO_MARKER = { databaseBytes: null, rows: null };

function report(state: ExportState, writer: ArchiveWriter): Omit<ExportReport, "done"> {
  return reportOf({ ...state, writer: writer.state }, writer.bytesWritten);
}

function reportOf(state: ExportState, bytes: number): Omit<ExportReport, "done"> {
  return {
    again: false,
    moment: null,
    state,
    version: state.version,
    stats: state.tables.map((table, i) => ({ table, count: state.counts[i] as number })),
    bytes,
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
