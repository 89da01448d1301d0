/*
 * What a run would do, before it does anything: a list of rows.
 *
 * In come the staged rows; out come the list of those that would be written, the live rows that they are written
 * over, counts for each table, the conflicts, where rows have to be displaced, and whether one transaction can
 * carry it. What no confirmation could make right is refused here; what somebody has to confirm, by
 * confirm.ts. All is found by SQL, a slice at a time where there is much.
 *
 * The apply does what is listed and checks that it is still as it was seen. A crash leaves the live tables as they
 * were; how far an invocation came is kept with the run when it ends.
 */

export { changesNothing, countDeletes, refuseUnconfirmed } from "./confirm.ts";
export { type Place, readPlace, writePlace } from "./list-entries.ts";
export { type Planned, planStaged } from "./plan-run.ts";
export { type DetailAsked, readPlanDetails, withDetails } from "./plan-samples.ts";
export {
  openWrittenRows,
  type RowsAsked,
  type RowsPage,
  readAllPlannedRows,
  readPlannedRows,
  type WrittenRowsReader,
} from "./planned-rows.ts";
