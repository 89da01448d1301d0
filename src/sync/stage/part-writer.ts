import { D1_LIMITS } from "../../database/limits.ts";
import type { Database, Value } from "../../database/port.ts";
import { FRAMES, notApplied, type RunContext } from "../run/index.ts";
import { longCellStatements } from "./long-cells.ts";
import type { FramePart } from "./shape-group.ts";

/** Bytes of staged rows sent in one statement: four frames, each a value of its own, for D1's limit is one of values. */
const STATEMENT_BYTES = 4_200_000;

const PARAMS_PER_PART = 10;

const PARTS_PER_STATEMENT = Math.floor(D1_LIMITS.parameters / PARAMS_PER_PART);

export interface WaitingPart {
  seq: number;
  /** The part's number in its frame. */
  index: number;
  part: FramePart;
  table: string;
  /** Where staging goes on behind it. */
  position: unknown;
}

/** Inserts staged parts, as many in a statement as fit. */
export interface PartWriter {
  /** Rows inserted so far. */
  readonly rows: number;
  /** False where `flush` has to come first. */
  takes(part: FramePart): boolean;
  add(part: WaitingPart): void;
  /** Inserts what waits. */
  flush(): Promise<void>;
}

export function createPartWriter({ database, key, beat }: RunContext): PartWriter {
  let waiting: WaitingPart[] = [];
  let bytes = 0;
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    takes: (part) => bytes + part.bytes <= STATEMENT_BYTES && waiting.length < PARTS_PER_STATEMENT,
    add(part) {
      waiting.push(part);
      bytes += part.part.bytes;
    },
    async flush() {
      if (waiting.length === 0) return;
      await insertParts(database, key, waiting);
      rows += waiting.reduce((sum, { part }) => sum + part.rows, 0);
      [waiting, bytes] = [[], 0];
      await beat();
    },
  };
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
