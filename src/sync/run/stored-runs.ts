import type { Database, Statement } from "../../database/port.ts";
import { CELLS, FRAMES, RUNS } from "./control-tables.ts";
import type { RunDetails, RunRecord } from "./record.ts";
import type { RunStatus } from "./report.ts";
import { asStored, SET_PENDING } from "./status.ts";

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
      sql: `UPDATE ${RUNS} SET ${SET_PENDING} WHERE key = ?1`,
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

export function readRow([key, status, applied, startedAt, results, record]: unknown[]): RunRecord {
  return {
    key: key as string,
    status: asStored(status as RunStatus, applied === 1),
    applied: applied === 1,
    startedAt: startedAt as number,
    results: results as string | null,
    details: JSON.parse(record as string) as RunDetails,
  };
}
