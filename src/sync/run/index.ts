/*
 * What a run is between two invocations: its record, its states, its lock, and what it has counted.
 *
 * All of it is in the target database, so that anybody can go on. A driver takes the lock, reads the
 * record, works, and writes the record back as it gives the lock up. The invariants are constraints of the
 * tables (control-tables.ts), and the states change in one file (status.ts). The lock saves work and is not
 * relied on: a driver that was slow and has been replaced fails at the fence of each of its transactions.
 *
 * A driver that dies leaves its lock to run out and the record as it took it; what it committed is known by
 * what the same transaction wrote down: `applied`, the results, the mark of the last step.
 */

export type { AddedColumn, AddedColumns } from "./added-columns.ts";
export { endWell } from "./allowance.ts";
export { createContext, type RunContext } from "./context.ts";
export {
  CELLS,
  CHANGES,
  ensureControlTables,
  FRAMES,
  GUARD_APPLIED,
  GUARD_FRAME,
  GUARD_ORPHANS,
  GUARD_PLAN,
  GUARD_REMAINING,
  GUARD_SCHEMA,
  HISTORY,
  HOLDS_GONE,
  HOLDS_MADE,
  MOVED,
  ROW_COUNT,
  RUNS,
} from "./control-tables.ts";
export {
  type CountEntry,
  deletedEntry,
  ENTRY,
  liveEntry,
  RESULT_ENTRIES,
  rowsEntry,
} from "./count-entry.ts";
export { giveRoomBack } from "./database-full.ts";
export { recordsIn, reportOf } from "./describe-run.ts";
export { asOurs, changeOwnRun, fenceStatement, isFenced, STAGED_BY_US, takenOver } from "./fence.ts";
export {
  forgetHistory,
  type HistoryEntry,
  historyStatements,
  type LiveVersion,
  liveVersions,
  readHistory,
  readNextVersion,
  TAKE_NEXT_VERSION,
} from "./history.ts";
export type { KeptImages } from "./kept-images.ts";
export { tablesKnownAt } from "./known-versions.ts";
export { dropRun, listRuns, readRun } from "./list-runs.ts";
export { acquireRun, completeRun } from "./lock.ts";
export { readUndone, type UndoneRun, undoneStatements } from "./mark-undone.ts";
export type { Atomic, Mode, OnConflict, RunGuard, RunRequest, SyncOptions } from "./options.ts";
export { type OtherEnd, tellOtherEnd } from "./other-end.ts";
export { type PastRun, readPastRuns } from "./past-runs.ts";
export type { PlanDetail, PlannedRow, SampleRow, WrittenKind } from "./planned-row.ts";
export { nameByRows, namesRows } from "./planned-rows-name.ts";
export type {
  ChangedColumns,
  ImagingProgress,
  ListingProgress,
  OrderingProgress,
  PlanProgress,
  RunDetails,
  RunRecord,
  SiteCount,
  UnorderedBecause,
  UnorderedTable,
} from "./record.ts";
export {
  alreadyCompleted,
  otherDocument,
  refuseAllHeldBack,
  refuseAlteredMirror,
  refuseNonsense,
  refuseUnknownTables,
  refuseUnordered,
} from "./refusals.ts";
export { isRefusal, refusedOrFailed } from "./refused-or-failed.ts";
export type {
  Conflict,
  LeftRows,
  Plan,
  RunFailure,
  RunProgress,
  RunReport,
  RunStatus,
  TablePlan,
  TableResult,
  WrittenRows,
} from "./report.ts";
export {
  choosesOtherTables,
  freshDetails,
  isOtherSource,
  mergeRequest,
  outlineDetails,
  versionOf,
} from "./request.ts";
export { readCounts } from "./results.ts";
export { hasWritten, setBackToPlan } from "./set-back.ts";
export { countSetback, shrinkPlan } from "./setbacks.ts";
export {
  findStaleRuns,
  type RunTimes,
  readRunTimes,
  removeStaleRun,
  type StaleOptions,
  type StaleRun,
} from "./stale-runs.ts";
export {
  adopt,
  enter,
  forgetPlan,
  isBegun,
  markApplied,
  markUnchanged,
  SET_APPLIED,
  SET_UNPLANNED,
  startOver,
  tryAgain,
} from "./status.ts";
export { isOurs, keepRecord, loadRun, resetRun, unstageTables } from "./stored-runs.ts";
export { tellVerification, type Verification } from "./verification.ts";
