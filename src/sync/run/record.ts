import type { Database, Statement } from "../../database/port.ts";
import type { SourceKind } from "../source/index.ts";
import { CELLS, FRAMES, RUNS } from "./control-tables.ts";
import type { Atomic, Mode, OnConflict, RunRequest } from "./options.ts";
import type { Plan, RunFailure, RunStatus } from "./report.ts";
import type { CountEntry } from "./results.ts";

/** How far the counting has come, between two invocations; plain JSON. */
export interface PlanProgress {
  /** Steps that are counted. */
  steps: number;
  entries: CountEntry[];
  /** By the name of a unique index: conflicts, and holders to park. */
  sites: Record<string, [blocked: number, parked: number]>;
  databaseBytes: number | null;
}

/** What a run keeps in the target between two invocations. */
export interface RunRecord {
  key: string;
  status: RunStatus;
  /** True once the rows are committed. */
  applied: boolean;
  startedAt: number;
  /** What the apply counted, as `CountEntry` JSON joined by commas; null before it. */
  results: string | null;
  details: RunDetails;
}

/** The part that is kept as JSON. */
export interface RunDetails {
  request: RunRequest & { mode: Mode; onConflict: OnConflict; atomic: Atomic };
  version: number | null;
  kind: SourceKind | null;
  tables: string[];
  totalRows: number | null;
  /** A hash for each table's rows: equal ones hold the same. */
  contents: Record<string, string>;
  /** Tables that the run makes in the target. */
  created: string[];
  /** The tables, parents first, as they were when the run began to apply frame by frame. */
  order?: string[];
  staged: boolean;
  plan: Plan | null;
  /** A plan that is being counted, and for what. */
  counting?: (PlanProgress & { asked: string }) | null;
  /** Names of unique indexes at which rows must be parked. */
  parking: string[];
  /** Frames whose hash was compared with the live table. */
  verifiedFrames: number;
  /** The rows in them. */
  verifiedRows: number;
  verified: boolean;
  notes: string[];
  error: RunFailure | null;
  completedAt: number | null;
  /** How heavy the last steps were; see setbacks. @default 0 */
  setbacks?: number;
}

export const COLUMNS = "key, status, applied, started_at, results, record";

/** Removes what a run staged. */
function clearStatements(key: string): Statement[] {
  return [FRAMES, CELLS].map((table) => ({ sql: `DELETE FROM ${table} WHERE run = ?1`, params: [key] }));
}

/** Sets a run back to its start: nothing staged, nothing applied. */
export async function resetRun(database: Database, key: string): Promise<void> {
  await database.batch([
    ...clearStatements(key),
    {
      sql: `UPDATE ${RUNS} SET status = 'pending', applied = 0, remaining = 0, results = NULL, frames_through = NULL WHERE key = ?1`,
      params: [key],
    },
  ]);
}

/** Null when the database knows no such run. */
export async function loadRun(database: Database, key: string): Promise<RunRecord | null> {
  const [row] = await database.query({ sql: `SELECT ${COLUMNS} FROM ${RUNS} WHERE key = ?1`, params: [key] });
  return row === undefined ? null : readRow(row);
}

/** All runs, newest first, 100 at the most. */
export async function loadRuns(database: Database): Promise<RunRecord[]> {
  const rows = await database.query({
    sql: `SELECT ${COLUMNS} FROM ${RUNS} ORDER BY started_at DESC, key LIMIT 100`,
  });
  return rows.map(readRow);
}

/** What records of earlier versions lack. */
const LATER = { verifiedRows: 0 };

export function readRow([key, status, applied, startedAt, results, record]: unknown[]): RunRecord {
  return {
    key: key as string,
    status: status as RunStatus,
    applied: applied === 1,
    startedAt: startedAt as number,
    results: results as string | null,
    details: { ...LATER, ...(JSON.parse(record as string) as RunDetails) },
  };
}
