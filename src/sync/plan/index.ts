/*
 * What a run would do, before it does anything.
 *
 * In come the staged rows; out come counts for each table, the conflicts, where rows have to be displaced,
 * and whether one transaction can carry it. What no confirmation could make right is refused here; what
 * somebody has to confirm, by confirm.ts. Everything is counted by SQL, a slice at a time where there is
 * much.
 *
 * The plan is a forecast and nothing rests on it but the choice of statements: the apply counts again and
 * its guards see where the plan was wrong. A crash leaves the live tables as they were; what an invocation
 * counted is kept with the run when it ends.
 */

export { countDeletes, refuseUnconfirmed } from "./confirm.ts";
export { type Planned, planStaged } from "./plan-run.ts";
