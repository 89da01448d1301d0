import { D1_LIMITS } from "../database/limits.ts";
import type { Database, Value } from "../database/port.ts";
import type { LiveSchema } from "../database/schema.ts";
import { FerryError } from "../errors.ts";
import type { Budget } from "./budget.ts";
import { FRAMES } from "./control.ts";
import type { FrameSource, SourceFrame } from "./frame-source.ts";
import { mapTable, requireColumns, type TableMapping } from "./mapping.ts";
import { type FramePart, stageRows } from "./stage-rows.ts";

/** Bytes of staged rows sent in one statement, unless one part alone is larger. */
const STATEMENT_BYTES = 1_900_000;
const PARAMS_PER_PART = 8;
const PARTS_PER_STATEMENT = Math.floor(D1_LIMITS.parameters / PARAMS_PER_PART);

export interface StageOptions {
  /** Which of the document's tables to stage. */
  wanted(table: string): boolean;
  budget: Budget;
  /** Called between statements, to keep the run's lock. */
  beat(): Promise<void>;
}

export interface StageReport {
  done: boolean;
  /** The live tables that this call staged frames for. */
  tables: string[];
  /** Rows that this call staged. */
  rows: number;
  /** Of a plain document staged to its end: a hash for each table's rows. */
  contents: Record<string, string>;
}

/**
 * Copies a source's frames into the target's `_ferry_frames`, from where an earlier invocation
 * stopped. Exactly once: a frame that is there already stays as it is. Rejects with what the source
 * or the mapping refuses (`ARCHIVE_CORRUPT`, `UNKNOWN_TABLE`, …); the user's tables are not touched.
 */
export async function stageFrames(
  database: Database,
  schema: LiveSchema,
  source: FrameSource,
  run: string,
  { wanted, budget, beat }: StageOptions,
): Promise<StageReport> {
  const mappings = new Map<string, TableMapping>();
  let position = await readPosition(database, run);
  budget.spend(1);
  let waiting: WaitingPart[] = [];
  let bytes = 0;
  let rows = 0;
  const report = (done: boolean): StageReport => ({
    done,
    rows,
    tables: [...mappings.values()].map(({ table }) => table.name),
    contents: source.contentsAt(position),
  });

  const flush = async () => {
    if (waiting.length === 0) return;
    await insertParts(database, run, waiting);
    budget.spend(1);
    rows += waiting.reduce((sum, { part }) => sum + part.rows, 0);
    [waiting, bytes] = [[], 0];
    await beat();
  };

  for await (const frame of source.frames(wanted, position)) {
    const mapping = mappings.get(frame.table) ?? mapTable(schema, frame.table);
    mappings.set(frame.table, mapping);
    const parts = partsOf(mapping, frame);
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

function partsOf(mapping: TableMapping, frame: SourceFrame): FramePart[] {
  const parts = stageRows(mapping, frame.rows);
  for (const { shape, largestRow } of parts) {
    if (frame.rows.length > 0) requireColumns(mapping.table, shape.columns);
    if (largestRow > D1_LIMITS.valueBytes) {
      throw new FerryError(
        "ROW_TOO_LARGE",
        `A row of "${mapping.table.name}" takes ${largestRow.toLocaleString("en")} bytes as JSON; D1 takes 2,000,000. No table was changed.`,
        {
          hint: "Shorten the row, or leave the table out.",
          details: { table: mapping.table.name, bytes: largestRow },
        },
      );
    }
  }
  return parts;
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
      part.rows,
      JSON.stringify(position),
      part.json,
    );
    const first = params.length - PARAMS_PER_PART;
    return `(${Array.from({ length: PARAMS_PER_PART }, (_, i) => `?${first + i + 1}`).join(", ")})`;
  });
  await database.query({
    sql: `INSERT INTO ${FRAMES} (run, seq, part, tbl, shape, row_count, position, rows) VALUES ${rows.join(", ")}
      ON CONFLICT DO NOTHING`,
    params,
  });
}

/** Where staging goes on; undefined at the start. */
async function readPosition(database: Database, run: string): Promise<unknown> {
  const [row] = await database.query({
    sql: `SELECT position FROM ${FRAMES} WHERE run = ?1 ORDER BY seq DESC, part DESC LIMIT 1`,
    params: [run],
  });
  return row === undefined ? undefined : JSON.parse(row[0] as string);
}
