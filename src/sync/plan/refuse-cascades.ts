import type { Database } from "../../database/port.ts";
import {
  type Deletes,
  findFollowing,
  findReached,
  reachesRows,
  takesValueAway,
  type Updates,
} from "../compare/index.ts";

/**
 * Refuses deletes that would reach rows which are to stay: `FOREIGN_KEY`. Foreign keys are always on
 * in D1, so such a delete would cascade, or fail. Where the child's row comes in too, or its table is
 * mirrored, the run settles the row itself.
 */
export async function refuseReachingDeletes(database: Database, deletes: Deletes): Promise<void> {
  const reached = await findReached(database, deletes);
  if (reached === null) return;
  throw reachesRows(reached, { mode: deletes.rules.mode, state: "No table was changed." });
}

/**
 * Refuses updates of values that other rows would follow, which the plan does not list: `FOREIGN_KEY`. With ON UPDATE
 * CASCADE or SET NULL the database would rewrite them.
 */
export async function refuseFollowing(database: Database, updates: Updates): Promise<void> {
  const following = await findFollowing(database, updates);
  if (following !== null) throw takesValueAway(following, { state: "No table was changed." });
}
