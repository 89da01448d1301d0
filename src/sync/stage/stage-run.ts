import { findSchemaTable } from "../../archive/schema-tables.ts";
import { D1_LIMITS } from "../../database/limits.ts";
import type { Capabilities, Database } from "../../database/port.ts";
import { hiddenRowid, type LiveSchema } from "../../database/schema.ts";
import type { FerryError } from "../../errors.ts";
import { readAhead } from "../../frames/read-ahead.ts";
import { refused } from "../../refusals.ts";
import type { RunContext } from "../run/index.ts";
import { FRAMES, ROW_COUNT } from "../run/index.ts";
import { mapTable, requireWhole, type TableMapping } from "../schema/index.ts";
import type { FrameSource, SourceFrame } from "../source/index.ts";
import { atPlace, byteAt } from "../source/index.ts";
import { createPartWriter } from "./part-writer.ts";
import type { StageOptions } from "./row-layout.ts";
import type { FramePart } from "./shape-group.ts";
import { stageKeyed } from "./stage-keyed.ts";
import { stageRows, stageWritten } from "./stage-rows.ts";

/** What is staged, by this call and earlier ones. */
export interface StageReport {
  done: boolean;
  /** Tables that were reached, and the last of them. */
  tables: number;
  current: string | null;
  rows: number;
  /** Bytes of the source that were read; null where that is not known. */
  bytes: number | null;
  /** Once it is done: a hash for each table's rows. */
  contents?: Record<string, string>;
}

export interface StageInput {
  /** The target's. */
  schema: LiveSchema;
  source: FrameSource;
  /** Which of the source's tables travel. */
  wanted(table: string): boolean;
}

/**
 * Copies a source's frames into the target's `_ferry_frames`, from where an earlier invocation
 * stopped. Exactly once: a frame that is there already stays as it is, and none joins a run that another
 * driver has applied meanwhile. Rejects with what the source or the mapping refuses (`ARCHIVE_CORRUPT`, `UNKNOWN_TABLE`, …); the user's tables are not touched.
 */
export async function stageFrames(
  context: RunContext,
  { schema, source, wanted }: StageInput,
): Promise<StageReport> {
  const { database, budget } = context;
  const stage = createStager(database, schema, source.schema);
  const earlier = await readStagedSoFar(database, context.key);
  let { position, current } = earlier;
  const reached = new Set(earlier.tables);
  const writer = createPartWriter(context);
  const report = () => ({
    rows: earlier.rows + writer.rows,
    bytes: byteAt(position),
    tables: reached.size,
    current,
  });

  const frames = source.frames(wanted, position);
  // Where bytes are counted, the frame that would be read ahead is the next invocation's.
  for await (const frame of Number.isFinite(budget.bytes) ? frames : readAhead(frames)) {
    const { table, parts } = await stage(frame);
    current = table;
    reached.add(table);
    for (const [index, part] of parts.entries()) {
      if (!writer.takes(part)) {
        await writer.flush();
        if (!budget.allows(3)) return { done: false, ...report() };
      }
      // A frame cut short between its parts is read again: what is there already stays.
      const next = index === parts.length - 1 ? frame.next : frame.start;
      writer.add({ seq: frame.seq, index, part, table, position: next });
    }
    position = frame.next;
    budget.spend(0, frame.bytes);
    // The next one is taken to be as large: it is not known before it is unpacked.
    if (!budget.allows(0, frame.bytes)) {
      await writer.flush();
      return { done: false, ...report() };
    }
  }
  await writer.flush();
  return { done: true, ...report(), contents: await source.contentsAt(position) };
}

interface StagedFrame {
  /** The live table's name. */
  table: string;
  parts: FramePart[];
}

/** Turns frames into staged parts, for the live tables that they go to. */
function createStager(
  database: Database,
  schema: LiveSchema,
  described: FrameSource["schema"],
): (frame: SourceFrame) => Promise<StagedFrame> {
  const { maxColumns, maxRowBytes } = database.capabilities;
  const limits = { maxColumns, maxRowBytes, shapes: new Map<string, Set<string>>() };
  const mappings = new Map<string, TableMapping>();
  return async (frame) => {
    const mapping = mappings.get(frame.table) ?? mapTable(schema, frame.table);
    mappings.set(frame.table, mapping);
    const parts = await partsOf(mapping, frame, limits);
    const table = described === null ? undefined : findSchemaTable(described, frame.table);
    if (table !== undefined) requireWhole(mapping, table, parts);
    return { table: mapping.table.name, parts };
  };
}

async function partsOf(
  mapping: TableMapping,
  frame: SourceFrame,
  { maxColumns, ...limits }: Pick<Capabilities, "maxColumns"> & Omit<StageOptions, "rowids">,
): Promise<FramePart[]> {
  const { name, columns } = mapping.table;
  if (columns.length > maxColumns) throw tooWide(name, columns.length);
  try {
    const options = { ...limits, rowids: rowidsFor(mapping, frame) };
    if (frame.keyed !== undefined) return stageKeyed(mapping, frame.keyed, { seq: frame.seq, ...options });
    const parts = frame.written === undefined ? null : stageWritten(mapping, frame.written, options);
    return parts ?? stageRows(mapping, frame.rows(), { seq: frame.seq, ...options });
  } catch (error) {
    throw await atPlace(error, frame.table, frame.locate);
  }
}

/** What a frame says of rowids that are no column, where the target's table has such too. */
function rowidsFor({ table }: TableMapping, { rowids }: SourceFrame): StageOptions["rowids"] {
  const name = hiddenRowid(table);
  return rowids === undefined || name === null ? null : { name, rowids };
}

function tooWide(table: string, columns: number): FerryError {
  return refused(
    "too-many-columns",
    `"${table}" has ${columns} columns, and D1 takes ${D1_LIMITS.columns}. No table was changed.`,
    { details: { table, columns } },
  );
}

interface StagedEarlier {
  /** Where staging goes on; undefined at the start. */
  position: unknown;
  rows: number;
  tables: string[];
  current: string | null;
}

async function readStagedSoFar(database: Database, run: string): Promise<StagedEarlier> {
  const [row] = await database.query({
    sql: `SELECT last.position, last.tbl, (SELECT sum(${ROW_COUNT}) FROM ${FRAMES} WHERE run = ?1),
        (SELECT json_group_array(DISTINCT tbl) FROM ${FRAMES} WHERE run = ?1)
      FROM ${FRAMES} AS last WHERE run = ?1 ORDER BY seq DESC, part DESC LIMIT 1`,
    params: [run],
  });
  if (row === undefined) return { position: undefined, rows: 0, tables: [], current: null };
  const [position, current, rows, tables] = row as [string, string, number, string];
  return { position: JSON.parse(position), current, rows, tables: JSON.parse(tables) as string[] };
}
