export { createContext, type RunContext } from "./context.ts";
export {
  CELLS,
  ensureControlTables,
  FRAMES,
  GUARD_APPLIED,
  GUARD_FRAME,
  GUARD_ORPHANS,
  GUARD_REMAINING,
  HISTORY,
  MOVED,
  notApplied,
  RUNS,
} from "./control-tables.ts";
export {
  type CountEntry,
  ENTRY,
  liveEntry,
  RESULT_ENTRIES,
  replacedEntry,
  rowsEntry,
} from "./count-entry.ts";
export { giveRoomBack } from "./database-full.ts";
export { recordsIn, reportOf } from "./describe-run.ts";
export { fenceStatement, isStillOurs, takenOver } from "./fence.ts";
export { type HistoryEntry, historyStatements, readHistory } from "./history.ts";
export { refuseKnownVersion } from "./known-versions.ts";
export { dropRun, listRuns, readRun } from "./list-runs.ts";
export { acquireRun, completeRun } from "./lock.ts";
export type { Atomic, Mode, OnConflict, RunRequest, SyncOptions } from "./options.ts";
export type { PlanProgress, RunDetails, RunRecord, SiteCount } from "./record.ts";
export { alreadyCompleted, refuseAlteredMirror, refuseNonsense, refuseUnknownTables } from "./refusals.ts";
export type {
  Conflict,
  Plan,
  RunFailure,
  RunProgress,
  RunReport,
  RunStatus,
  TablePlan,
  TableResult,
} from "./report.ts";
export { choosesOtherTables, freshDetails, mergeRequest, outlineDetails } from "./request.ts";
export { readCounts } from "./results.ts";
export { countSetback, shrinkPlan } from "./setbacks.ts";
export {
  findStaleRuns,
  type RunTimes,
  readRunTimes,
  removeStaleRun,
  type StaleOptions,
  type StaleRun,
} from "./stale-runs.ts";
export { adopt, enter, markApplied, setApplied, startOver, tryAgain } from "./status.ts";
export { loadRun, resetRun } from "./stored-runs.ts";
