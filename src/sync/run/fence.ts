import { sqliteMessage } from "../../database/failure.ts";
import type { Statement } from "../../database/port.ts";
import { FerryError } from "../../errors.ts";
import { GUARD_APPLIED, RUNS, WAITING } from "./control-tables.ts";

/*
 * A lock that ends by itself may end while its driver is only slow. What such a driver sends then must
 * not count, neither where another driver has the run, nor where somebody has dropped it meanwhile: an UPDATE
 * of a row that is gone would fail nothing. So each transaction of a run begins with an INSERT of the run's
 * row, as one that no constraint takes unless the run is still its driver's.
 */

/** In SQL, true while the run is the driver's. `?1` is the run, `?2` the driver. */
const IS_OURS = `EXISTS (SELECT 1 FROM ${RUNS} WHERE key = ?1 AND driver IS ?2)`;

const INSERT_AS_OURS = `INSERT INTO ${RUNS} (key, status, record, applied, started_at, updated_at)
  SELECT ?1, '', '', iif(${IS_OURS}, 0, 2), 0, 0 WHERE 1 ON CONFLICT (key)`;

/**
 * A statement that changes the run's row, and fails the batch when the run is no longer ours. `?1` is the run
 * and `?2` the driver; behind it may stand a RETURNING.
 */
export function changeOwnRun(assignments: string): string {
  return `${INSERT_AS_OURS} DO UPDATE SET ${assignments}`;
}

/** The same without a change. */
export function fenceStatement(run: string, driver: string): Statement {
  return { sql: `${INSERT_AS_OURS} DO NOTHING`, params: [run, driver] };
}

/**
 * Of rows that are staged: the SQL of their run, which is NULL, and refused by its column, when the run is no
 * longer ours. Once it is applied nothing is staged any more. `?1` is the run and `?2` the driver.
 */
export const STAGED_BY_US = {
  run: `(SELECT key FROM ${RUNS} WHERE key = ?1 AND driver IS ?2)`,
  where: `NOT EXISTS (SELECT 1 FROM ${RUNS} WHERE key = ?1 AND driver IS ?2 AND applied > 0)`,
} as const;

const REFUSED = [GUARD_APPLIED, ...WAITING.map((table) => `failed: ${table}.run`)];

/** True for what a batch fails with when the run is no longer ours, or is applied already. */
export function isFenced(error: unknown): boolean {
  const message = sqliteMessage(error);
  return REFUSED.some((text) => message.includes(text));
}

/** What a driver is told that was taken for dead: as any other that comes while the run is locked. */
export function takenOver(key: string): FerryError {
  return new FerryError("RUN_LOCKED", "Another driver took this run over. Nothing was done twice.", {
    hint: "Call again: what was done is kept.",
    details: { syncKey: key, lockedBy: key, retryAfterSeconds: 1 },
  });
}

/** What `work` answers; rejects with `RUN_LOCKED` where its transaction met the fence. */
export async function asOurs<T>(key: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isFenced(error) ? takenOver(key) : error;
  }
}
