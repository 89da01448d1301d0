import type { Database } from "../../database/port.ts";
import { type LiveSchema, readSchema } from "../../database/schema.ts";
import { CELLS, CHANGES, FRAMES, HISTORY, hasControlTables, RUNS, WAITING } from "./control-tables.ts";
import { holds, isHeld } from "./lease.ts";
import { rebuildLeft } from "./left-indexes.ts";
import type { RunStatus } from "./report.ts";
import { SET_NOTHING_STAGED } from "./status.ts";
import { loadRun } from "./stored-runs.ts";

/** What is left of a run that nobody goes on with. */
export interface StaleRun {
  key: string;
  /** `staged`: rows that wait to be applied. `record`: a record that no version of the history needs. */
  what: "staged" | "record";
  /** Null for rows whose run is gone. */
  status: RunStatus | null;
  /** Bytes it takes in the database. */
  bytes: number;
  /** Milliseconds since 1970 at which it was last worked on; 0 for rows whose run is gone. */
  touchedAt: number;
}

export interface StaleOptions {
  /** Milliseconds since 1970: what was worked on later is not stale. */
  before: number;
  /** Milliseconds since 1970: records of runs that were worked on later stay. */
  recordsBefore: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** When each run was last worked on, and whether a driver works on it now. */
export type RunTimes = ReadonlyMap<string, { status: RunStatus; touchedAt: number; locked: boolean }>;

export async function readRunTimes(database: Database, now: number): Promise<RunTimes> {
  if (!hasControlTables(await readSchema(database))) return new Map();
  const rows = await database.query({ sql: `SELECT key, status, updated_at, lease_until FROM ${RUNS}` });
  return new Map(
    (rows as [string, RunStatus, number, number][]).map(([key, status, touchedAt, lease]) => [
      key,
      { status, touchedAt, locked: holds(lease, now) },
    ]),
  );
}

/** What runs left behind, the largest first. Reads only. Runs that a driver works on are not among them. */
export async function findStaleRuns(database: Database, options: StaleOptions): Promise<StaleRun[]> {
  const schema = await readSchema(database);
  if (!hasControlTables(schema)) return [];
  const { before, recordsBefore, now } = options;
  const staged = await database.query({
    sql: `SELECT s.run, r.status, sum(s.bytes), ifnull(r.updated_at, 0)
      FROM (SELECT run, octet_length(rows) AS bytes FROM ${FRAMES}
        UNION ALL SELECT run, octet_length(rows) FROM ${CHANGES}
        UNION ALL SELECT run, octet_length(value) FROM ${CELLS}) AS s LEFT JOIN ${RUNS} AS r ON r.key = s.run
      WHERE r.key IS NULL OR (NOT ${isHeld("?1")} AND r.updated_at <= ?2) GROUP BY s.run ORDER BY 3 DESC, 1`,
    params: [now, before],
  });
  const records = await database.query({
    sql: `SELECT key, status, octet_length(record), updated_at FROM ${RUNS} WHERE ${isForgettable(schema)} ORDER BY 4, 1`,
    params: [now, recordsBefore],
  });
  return [...named(staged, "staged"), ...named(records, "record")];
}

function named(rows: readonly unknown[][], what: StaleRun["what"]): StaleRun[] {
  return (rows as [string, RunStatus | null, number, number][]).map(([key, status, bytes, touchedAt]) => ({
    key,
    what,
    status,
    bytes,
    touchedAt,
  }));
}

/**
 * Removes what `findStaleRuns` found, each in one transaction; false where a driver took the run up
 * meanwhile. Live tables and history stay as they are. Statements: at most 6, and one for each full-text index over a table
 * that the run has partly written.
 */
export async function removeStaleRun(
  database: Database,
  { key, what }: StaleRun,
  { before, recordsBefore, now }: StaleOptions,
): Promise<boolean> {
  if (what === "record") {
    const schema = await readSchema(database);
    const sql = `DELETE FROM ${RUNS} WHERE ${isForgettable(schema)} AND key = ?3`;
    const [result] = await database.batch([{ sql, params: [now, recordsBefore, key] }]);
    return (result?.changes ?? 0) > 0;
  }
  const free = `NOT EXISTS (SELECT 1 FROM ${RUNS} WHERE key = ?1 AND (${isHeld("?2")} OR updated_at > ?3))`;
  const params = [key, now, before];
  const run = await loadRun(database, key);
  const results = await database.batch([
    ...rebuildLeft(run, await readSchema(database), { sql: free, params }),
    ...WAITING.map((table) => ({ sql: `DELETE FROM ${table} WHERE run = ?1 AND ${free}`, params })),
    {
      sql: `UPDATE ${RUNS} SET ${SET_NOTHING_STAGED} WHERE key = ?1 AND NOT ${isHeld("?2")} AND updated_at <= ?3`,
      params,
    },
  ]);
  return results.some(({ changes }) => changes > 0);
}

/** A run's record is how "already synced" is told: it stays as long as the history has its version. */
function isForgettable(schema: LiveSchema): string {
  const needed = schema.tables.has(HISTORY)
    ? `status = 'completed' AND EXISTS (SELECT 1 FROM ${HISTORY} WHERE seed_version = record ->> '$.version')`
    : "0";
  const empty = `NOT EXISTS (SELECT 1 FROM ${FRAMES} WHERE run = key)`;
  return `NOT ${isHeld("?1")} AND updated_at <= ?2 AND NOT (${needed}) AND ${empty}`;
}
