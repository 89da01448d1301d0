import type { Database } from "../../database/port.ts";
import { FerryError } from "../../errors.ts";
import { RUNS, WAITING } from "./control-tables.ts";
import { changeOwnRun } from "./fence.ts";
import { isHeld } from "./lease.ts";
import type { RunDetails, RunRecord } from "./record.ts";
import { SET_APPLIED, SET_COMPLETED } from "./status.ts";
import { COLUMNS, readRow } from "./stored-runs.ts";

export interface Lease {
  driver: string;
  /** Milliseconds since 1970. */
  now: number;
  leaseMs: number;
}

export interface AcquiredRun {
  key: string;
  /** What the run is made with, where it is new. */
  fresh: RunDetails;
}

/**
 * Takes the lock of the run, making the run when it is new. One driver at a time works on a
 * database: rejects with `RUN_LOCKED` while another holds a lease. A lease that its driver did not
 * renew ends by itself, and counts as a setback of the run. What an earlier run found out about the
 * platform's calls, a new one knows.
 */
export async function acquireRun(
  database: Database,
  { key, fresh }: AcquiredRun,
  lease: Lease,
): Promise<RunRecord> {
  const { driver, now, leaseMs } = lease;
  const [row] = await database.query({
    sql: `INSERT INTO ${RUNS} (key, status, record, driver, lease_until, started_at, updated_at)
      SELECT ?1, 'pending', iif(EXISTS (SELECT 1 FROM ${RUNS} WHERE record ->> '$.fewCalls' = 1),
        json_set(?2, '$.fewCalls', json('true')), ?2), ?3, ?4, ?5, ?5
      WHERE NOT EXISTS (SELECT 1 FROM ${RUNS} WHERE ${isHeld("?5")} AND driver IS NOT ?3)
      ON CONFLICT (key) DO UPDATE SET driver = ?3, lease_until = ?4, updated_at = ?5, record = iif(lease_until > 0,
        json_set(record, '$.setbacks', ifnull(record ->> '$.setbacks', 0) + 1), record)
      RETURNING ${COLUMNS}`,
    params: [key, JSON.stringify(fresh), driver, now + leaseMs, now],
  });
  if (row !== undefined) return readRow(row);
  throw await lockedError(database, key, lease);
}

async function lockedError(database: Database, key: string, { driver, now }: Lease): Promise<FerryError> {
  const [row] = await database.query({
    sql: `SELECT key, lease_until FROM ${RUNS} WHERE ${isHeld("?1")} AND driver IS NOT ?2`,
    params: [now, driver],
  });
  const lockedBy = (row?.[0] as string | undefined) ?? key;
  const retryAfterSeconds = Math.max(1, Math.ceil((((row?.[1] as number | undefined) ?? now) - now) / 1000));
  const what =
    lockedBy === key
      ? "Another driver works on this run"
      : `Another run (${lockedBy}) works on this database`;
  return new FerryError("RUN_LOCKED", `${what}. This call changed nothing.`, {
    hint: `Call again in ${retryAfterSeconds} s: what was done is kept, and a driver that died loses its lock by then.`,
    details: { syncKey: key, lockedBy, retryAfterSeconds },
  });
}

/** Prolongs the lease, so that a long step is not taken over. */
export async function renewLease(
  database: Database,
  key: string,
  { driver, now, leaseMs }: Lease,
): Promise<void> {
  await database.query({
    sql: `UPDATE ${RUNS} SET lease_until = ?3, updated_at = ?4 WHERE key = ?1 AND driver = ?2`,
    params: [key, driver, now + leaseMs, now],
  });
}

/**
 * Writes the record and gives the lock back. False, and nothing is done, when another driver has the run. A version that was
 * taken by a commit whose answer was lost stays.
 */
export async function releaseRun(
  database: Database,
  run: RunRecord,
  { driver, now }: Lease,
): Promise<boolean> {
  const rows = await database.query({
    sql: `UPDATE ${RUNS} SET status = ?2, updated_at = ?5, lease_until = 0,
        record = iif(applied > 0 AND ?3 ->> '$.version' IS NULL, json_set(?3, '$.version', record ->> '$.version'), ?3)
      WHERE key = ?1 AND driver = ?4 RETURNING 1`,
    params: [run.key, run.status, JSON.stringify(run.details), driver, now],
  });
  return rows.length > 0;
}

export interface Completion extends Pick<Lease, "driver" | "now"> {
  /** The results of a run that has nothing to write, and was not applied. @default it was applied */
  unchanged?: string;
}

/**
 * Ends the run: its frames go, the record stays, the lock is given back. False, and nothing is done, when
 * another driver has taken it over.
 */
export async function completeRun(
  database: Database,
  run: RunRecord,
  { driver, now, unchanged }: Completion,
): Promise<boolean> {
  const ours = `EXISTS (SELECT 1 FROM ${RUNS} WHERE key = ?1 AND driver IS ?2)`;
  const results = await database.batch([
    ...(unchanged === undefined
      ? []
      : [
          {
            sql: changeOwnRun(`${SET_APPLIED}, results = ?3`),
            params: [run.key, driver, unchanged],
          } as const,
        ]),
    ...WAITING.map((table) => ({
      sql: `DELETE FROM ${table} WHERE run = ?1 AND ${ours}`,
      params: [run.key, driver],
    })),
    {
      sql: `UPDATE ${RUNS} SET ${SET_COMPLETED}, record = ?3, updated_at = ?4, lease_until = 0
        WHERE key = ?1 AND driver IS ?2`,
      params: [run.key, driver, JSON.stringify(run.details), now],
    },
  ]);
  return (results.at(-1)?.changes ?? 0) > 0;
}
