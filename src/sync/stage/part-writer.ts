import { D1_LIMITS } from "../../database/limits.ts";
import type { Value } from "../../database/port.ts";
import { asOurs, FRAMES, type RunContext, STAGED_BY_US } from "../run/index.ts";
import { longCellStatements } from "./long-cells.ts";
import type { FramePart } from "./shape-group.ts";

/** Bytes of staged rows sent in one statement: four frames, each a value of its own, for D1's limit is one of values. */
const STATEMENT_BYTES = 4_200_000;

const PARAMS_PER_PART = 9;

/** Run and driver. */
const COMMON_PARAMS = 2;

const PARTS_PER_STATEMENT = Math.floor((D1_LIMITS.parameters - COMMON_PARAMS) / PARAMS_PER_PART);

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

export function createPartWriter(context: RunContext): PartWriter {
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
      await insertParts(context, waiting);
      rows += waiting.reduce((sum, { part }) => sum + (part.shape.gone ? 0 : part.rows), 0);
      [waiting, bytes] = [[], 0];
      await context.beat();
    },
  };
}

/** A document's has a piece of its text in it. It is kept where somebody may go on, which is behind the last part. */
function isShort(position: unknown): boolean {
  return typeof position === "number" || (position as { frame?: number } | null)?.frame !== undefined;
}

/** In one transaction: a staged row finds its cells. Rejects with `RUN_LOCKED` where another driver has the run. */
async function insertParts(context: RunContext, parts: readonly WaitingPart[]): Promise<void> {
  const { database, key, driver } = context;
  const params: Value[] = [key, driver];
  const rows = parts.map(({ seq, index, part, table, position }, i) => {
    params.push(
      seq,
      index,
      table,
      JSON.stringify(part.shape),
      part.codes,
      part.rows,
      part.bytes,
      JSON.stringify(i === parts.length - 1 || isShort(position) ? position : null),
      part.json,
    );
    const first = params.length - PARAMS_PER_PART;
    return `(${Array.from({ length: PARAMS_PER_PART }, (_, i) => `?${first + i + 1}`).join(", ")})`;
  });
  const frames = {
    sql: `INSERT INTO ${FRAMES} (run, seq, part, tbl, shape, codes, row_count, bytes, position, rows)
      SELECT ${STAGED_BY_US.run}, * FROM (VALUES ${rows.join(", ")}) WHERE ${STAGED_BY_US.where} ON CONFLICT DO NOTHING`,
    params,
  };
  const longCells = parts.flatMap(({ part }) => part.longCells);
  await asOurs(key, database.batch([...longCellStatements(context, longCells), frames]));
}
