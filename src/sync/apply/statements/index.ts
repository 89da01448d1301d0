/*
 * The statements of an apply, a file for each kind.
 *
 * In comes an ApplyRequest, whole or narrowed to a slice of its rows; out come statements. No function here
 * runs one or decides when it comes: their order is what one-transaction.ts and transaction-steps.ts are
 * about. Guards are statements too, and fail the transaction they stand in, so that a crash or a wrong plan
 * leaves nothing half done.
 */

export { changeStatements, clearFullText, deleteRows, rebuildFullText } from "./change-rows.ts";
export { type Committed, commitStatements, committedBy, plannedEntries, recordResults } from "./commit.ts";
export { deleteStatements } from "./delete-rows.ts";
export { canReturn, deleteDisplaced, pointingToDisplaced } from "./displace-rows.ts";
export {
  guardCleared,
  guardPlan,
  guardReached,
  guardStillThere,
  movedFrom,
  movedScalars,
  stillThereScalars,
} from "./guard-plan.ts";
export { guardSchema } from "./guard-schema.ts";
export { guardIncoming, guardLeft, guardOrphans, guardStatements, tablesReadBack } from "./guards.ts";
export { sequenceStatements } from "./lift-sequences.ts";
export { listTaken } from "./list-taken.ts";
export {
  type ApplyRequest,
  changedTables,
  clearedTables,
  type DisplacedRows,
  tablesOf,
  updatesOf,
} from "./request.ts";
export { changedObjects, objectsAsRead, suspendObjects } from "./suspend-objects.ts";
export { upsertStatements } from "./upsert.ts";
