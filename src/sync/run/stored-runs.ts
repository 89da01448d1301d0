import type { Database, Statement } from "../../database/port.ts";
import { FRAMES, RUNS, WAITING } from "./control-tables.ts";
import { asOurs, changeOwnRun, fenceStatement } from "./fence.ts";
import type { RunDetails, RunRecord } from "./record.ts";
import type { RunStatus } from "./report.ts";
import { asStored, SET_PENDING } from "./status.ts";

export const COLUMNS = "key, status, applied, started_at, results, record";

/** Removes what a run staged. */
function clearStatements(key: string): Statement[] {
  return WAITING.map((table) => ({ sql: `DELETE FROM ${table} WHERE run = ?1`, params: [key] }));
}

/** A run as one driver has it. */
export interface OwnRun {
  database: Database;
  key: string;
  driver: string;
}

/**
 * Sets a run back to its start: nothing staged, nothing applied. The record is kept with it, for it says what
 * is staged from now on. Rejects with `RUN_LOCKED` where another driver has the run.
 */
export async function resetRun({ database, key, driver }: OwnRun, details: RunDetails): Promise<void> {
  const reset = {
    sql: changeOwnRun(`${SET_PENDING}, record = ?3`),
    params: [key, driver, JSON.stringify(details)],
  };
  await asOurs(key, database.batch([reset, ...clearStatements(key)]));
}

/** True while the driver has the run. */
export async function isOurs({ database, key, driver }: OwnRun): Promise<boolean> {
  const sql = `SELECT 1 FROM ${RUNS} WHERE key = ?1 AND driver IS ?2`;
  return (await database.query({ sql, params: [key, driver] })).length > 0;
}

/** Keeps the record while the run goes on. Rejects with `RUN_LOCKED` where another driver has it. */
export async function keepRecord({ database, key, driver }: OwnRun, details: RunDetails): Promise<void> {
  const sql = changeOwnRun("record = ?3");
  await asOurs(key, database.query({ sql, params: [key, driver, JSON.stringify(details)] }));
}

/** Removes what is staged for some tables of the target. Rejects with `RUN_LOCKED` where another driver has the run. */
export async function unstageTables(
  { database, key, driver }: OwnRun,
  tables: readonly string[],
): Promise<void> {
  const removing = {
    sql: `DELETE FROM ${FRAMES} WHERE run = ?1 AND tbl IN (SELECT value FROM json_each(?2))`,
    params: [key, JSON.stringify(tables)],
  };
  await asOurs(key, database.batch([fenceStatement(key, driver), removing]));
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
