import type { Meter } from "./meter.ts";

/*
 * D1 stops a query or a batch that takes longer than 30 seconds, and nothing of it stays. A local
 * engine has no such limit, and once a batch has been committed it is too late. So a batch gets one
 * more statement at its end, in which SQLite compares its own clock with the time the batch began,
 * and raises an error when that is too long ago: the whole batch is rolled back.
 */

/** The real one, also where a test has put another in its place. */
const { now } = Date;

const MARK = "d1-ferry: too slow";

const GUARD = `SELECT json_extract('{}', CASE
  WHEN ((julianday('now') - 2440587.5) * 86400000.0 - ?1) * ?2 > ?3 THEN '${MARK}' ELSE '$' END)`;

/** The statement that ends a batch, with its parameters. */
export function timeGuard({ limits, timeFactor }: Meter): { sql: string; params: number[] } | null {
  return Number.isFinite(limits.queryMs) ? { sql: GUARD, params: [now(), timeFactor, limits.queryMs] } : null;
}

/** Runs the work, and throws as D1 does when it took too long. */
export async function timed<T>(meter: Meter, work: () => Promise<T>): Promise<T> {
  const start = now();
  const wasSlow = () => {
    const ms = (now() - start) * meter.timeFactor;
    meter.see("queryMs", ms);
    return ms > meter.limits.queryMs;
  };
  let result: T;
  try {
    result = await work();
  } catch (error) {
    const stopped = error instanceof Error && error.message.includes(MARK);
    throw wasSlow() || stopped ? tooSlow() : error;
  }
  if (wasSlow()) throw tooSlow();
  return result;
}

function tooSlow(): Error {
  return new Error("D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.");
}
