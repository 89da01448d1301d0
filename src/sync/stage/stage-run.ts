import { D1_LIMITS } from "../../database/limits.ts";
import type { Capabilities, Database, Value } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";
import type { FerryError } from "../../errors.ts";
import { readAhead } from "../../frames/read-ahead.ts";
import { refused } from "../refusals.ts";
import type { RunContext } from "../run/index.ts";
import { FRAMES, notApplied } from "../run/index.ts";
import { mapTable, type TableMapping } from "../schema/index.ts";
import type { FrameSource, SourceFrame } from "../source/index.ts";
import { atPlace } from "../source/index.ts";
import { longCellStatements } from "./long-cells.ts";
import type { FramePart } from "./shape-group.ts";
import { type StageOptions, stageRows, stageWritten } from "./stage-rows.ts";

/** Bytes of staged rows sent in one statement: four frames, each a value of its own, for D1's limit is one of values. */
const STATEMENT_BYTES = 4_200_000;

const PARAMS_PER_PART = 10;

const PARTS_PER_STATEMENT = Math.floor(D1_LIMITS.parameters / PARAMS_PER_PART);

/** What is staged, by this call and earlier ones. */
export interface StageReport {
  done: boolean;
  /** Tables that were reached, and the last of them. */
  tables: number;
  current: string | null;
  rows: number;
  /** Of a plain document: a hash for each table's rows so far. */
  contents: Record<string, string>;
}

/**
 * Copies a source's frames into the target's `_ferry_frames`, from where an earlier invocation
 * stopped. Exactly once: a frame that is there already stays as it is, and none joins a run that another
 * driver has applied meanwhile. Rejects with what the source
 * or the mapping refuses (`ARCHIVE_CORRUPT`, `UNKNOWN_TABLE`, …); the user's tables are not touched.
 */
export async function stageFrames(
  { database, key: run, budget, beat }: RunContext,
  schema: LiveSchema,
  source: FrameSource,
  wanted: (table: string) => boolean,
): Promise<StageReport> {
  const mappings = new Map<string, TableMapping>();
  const { maxColumns, maxRowBytes } = database.capabilities;
  const limits = { maxColumns, maxRowBytes, shapes: new Map<string, Set<string>>() };
  const earlier = await readStagedSoFar(database, run);
  let { position, rows, current } = earlier;
  const reached = new Set(earlier.tables);
  let waiting: WaitingPart[] = [];
  let bytes = 0;
  const report = (done: boolean): StageReport => ({
    done,
    rows,
    tables: reached.size,
    current,
    contents: source.contentsAt(position),
  });

  const flush = async () => {
    if (waiting.length === 0) return;
    await insertParts(database, run, waiting);
    rows += waiting.reduce((sum, { part }) => sum + part.rows, 0);
    [waiting, bytes] = [[], 0];
    await beat();
  };

  const frames = source.frames(wanted, position);
  // Where bytes are counted, the frame that would be read ahead is the next invocation's.
  for await (const frame of Number.isFinite(budget.bytes) ? frames : readAhead(frames)) {
    const mapping = mappings.get(frame.table) ?? mapTable(schema, frame.table);
    mappings.set(frame.table, mapping);
    current = mapping.table.name;
    reached.add(current);
    const parts = await partsOf(mapping, frame, limits);
    for (const [index, part] of parts.entries()) {
      if (bytes + part.bytes > STATEMENT_BYTES || waiting.length >= PARTS_PER_STATEMENT) {
        await flush();
        if (!budget.allows(3)) return report(false);
      }
      // A frame cut short between its parts is read again: what is there already stays.
      const next = index === parts.length - 1 ? frame.next : frame.start;
      waiting.push({ seq: frame.seq, index, part, table: mapping.table.name, position: next });
      bytes += part.bytes;
    }
    position = frame.next;
    budget.spend(0, frame.bytes);
    // The next one is taken to be as large: it is not known before it is unpacked.
    if (!budget.allows(0, frame.bytes)) {
      await flush();
      return report(false);
    }
  }
  await flush();
  return report(true);
}

interface WaitingPart {
  seq: number;
  index: number;
  part: FramePart;
  table: string;
  position: unknown;
}

async function partsOf(
  mapping: TableMapping,
  frame: SourceFrame,
  { maxColumns, ...limits }: Pick<Capabilities, "maxColumns"> & StageOptions,
): Promise<FramePart[]> {
  const { name, columns } = mapping.table;
  if (columns.length > maxColumns) throw tooWide(name, columns.length);
  try {
    const parts = frame.written === undefined ? null : stageWritten(mapping, frame.written, limits);
    return parts ?? stageRows(mapping, frame.rows(), { seq: frame.seq, ...limits });
  } catch (error) {
    throw await atPlace(error, frame.table, frame.locate);
  }
}

function tooWide(table: string, columns: number): FerryError {
  return refused(
    "too-many-columns",
    `"${table}" has ${columns} columns, and D1 takes ${D1_LIMITS.columns}. No table was changed.`,
    { details: { table, columns } },
  );
}

async function insertParts(database: Database, run: string, parts: readonly WaitingPart[]): Promise<void> {
  const params: Value[] = [];
  const rows = parts.map(({ seq, index, part, table, position }) => {
    params.push(
      run,
      seq,
      index,
      table,
      JSON.stringify(part.shape),
      part.codes,
      part.rows,
      part.bytes,
      JSON.stringify(position),
      part.json,
    );
    const first = params.length - PARAMS_PER_PART;
    return `(${Array.from({ length: PARAMS_PER_PART }, (_, i) => `?${first + i + 1}`).join(", ")})`;
  });
  const frames = {
    sql: `INSERT INTO ${FRAMES} (run, seq, part, tbl, shape, codes, row_count, bytes, position, rows)
      SELECT * FROM (VALUES ${rows.join(", ")}) WHERE ${notApplied("?1")} ON CONFLICT DO NOTHING`,
    params,
  };
  // In one transaction: a staged row finds its cells. A run that another driver applied meanwhile takes none.
  await database.batch([
    ...longCellStatements(
      run,
      parts.flatMap(({ part }) => part.longCells),
    ),
    frames,
  ]);
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
    sql: `SELECT last.position, last.tbl, (SELECT sum(row_count) FROM ${FRAMES} WHERE run = ?1),
        (SELECT json_group_array(DISTINCT tbl) FROM ${FRAMES} WHERE run = ?1)
      FROM ${FRAMES} AS last WHERE run = ?1 ORDER BY seq DESC, part DESC LIMIT 1`,
    params: [run],
  });
  if (row === undefined) return { position: undefined, rows: 0, tables: [], current: null };
  const [position, current, rows, tables] = row as [string, string, number, string];
  return { position: JSON.parse(position), current, rows, tables: JSON.parse(tables) as string[] };
}
