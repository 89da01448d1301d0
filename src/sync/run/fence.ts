import type { Statement } from "../../database/port.ts";
import { FerryError } from "../../errors.ts";
import { RUNS } from "./control-tables.ts";

/*
 * A lock that ends by itself may end while its driver is only slow. What such a driver sends then must
 * not count: each of its transactions asks whether the run is still its own, by an assignment to
 * `applied` that the constraint of that column refuses otherwise.
 */

/** An assignment that fails the batch when another driver has taken the run over. `driver` is the SQL of ours. */
export function isStillOurs(driver: string): string {
  return `applied = iif(driver IS ${driver}, applied, 2)`;
}

/** The same as a statement of its own. */
export function fenceStatement(run: string, driver: string): Statement {
  return { sql: `UPDATE ${RUNS} SET ${isStillOurs("?2")} WHERE key = ?1`, params: [run, driver] };
}

/** What a driver is told that was taken for dead: as any other that comes while the run is locked. */
export function takenOver(key: string): FerryError {
  return new FerryError("RUN_LOCKED", "Another driver took this run over. Nothing was done twice.", {
    hint: "Call again: what was done is kept.",
    details: { syncKey: key, lockedBy: key, retryAfterSeconds: 1 },
  });
}
