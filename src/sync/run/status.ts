import { FerryError } from "../../errors.ts";
import type { RunDetails, RunRecord } from "./record.ts";
import type { RunStatus } from "./report.ts";

/*
 * The states of a run, and the only place that changes them.
 *
 *   pending → staging → planned → applying → verifying → completed
 *
 * - staging: its rows are copied into the target, beside the live ones
 * - planned: all rows are staged, and it is counted what they would change
 * - applying: confirmed; in many transactions it stays so from the first of them to the last
 * - verifying: the rows are committed. In SQL the same batch says so that commits them
 * - completed: read back, and what was staged is removed. A run whose plan writes nothing, and that takes no version, is
 *   completed by that
 * - refused: it may not be done as it was asked for, and nothing was written (see refused-or-failed.ts)
 * - failed: something broke, or it was refused when a part was written already
 *
 * The reason of these two is in the run's record. The next call tries again: from the staging, or from
 * the verifying where the rows are committed.
 *
 * A driver that dies leaves the state that the run had when it took the lock, and its frames and the
 * record of an apply that has begun: whoever goes on may so leave out states, but never go back from a
 * commit. Any call may plan again until the apply has begun in many transactions; from then on a call that tries
 * again goes by the plan that the run has. A run goes back to pending
 * when other tables are asked for, when it had to give its room back, or when a completed one is forced.
 */
const NEXT: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  pending: ["staging", "planned", "applying", "refused", "failed"],
  staging: ["staging", "planned", "applying", "refused", "failed"],
  planned: ["staging", "planned", "applying", "completed", "refused", "failed"],
  applying: ["staging", "planned", "applying", "verifying", "refused", "failed"],
  verifying: ["completed", "failed"],
  completed: [],
  refused: ["staging", "refused", "failed"],
  failed: ["staging", "verifying", "refused", "failed"],
};

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * The state that a stored run is in. A driver whose commit was answered by an error keeps the run as
 * it saw it; that the rows are committed, the database knows better.
 */
export function asStored(status: RunStatus, applied: boolean): RunStatus {
  return applied && status !== "completed" && status !== "failed" ? "verifying" : status;
}

/** Moves the run to its next state. */
export function enter(run: RunRecord, status: RunStatus): void {
  if (!NEXT[run.status].includes(status)) {
    throw new FerryError("INTERNAL", `A run that is ${run.status} cannot become ${status}: ${run.key}`);
  }
  write(run, { status });
}

/** The rows are committed; `results` is what the same transaction counted. */
export function markApplied(run: RunRecord, results: string): void {
  enter(run, "verifying");
  write(run, { applied: true, results });
}

/** There is nothing to write; `results` is what the plan counted. */
export function markUnchanged(run: RunRecord, results: string): void {
  enter(run, "completed");
  write(run, { applied: true, results });
}

/** What a new call does with a run that was refused or failed. */
export function tryAgain(run: RunRecord): void {
  if (run.status !== "refused" && run.status !== "failed") return;
  enter(run, run.applied ? "verifying" : "staging");
}

/** Back to the start, as SET_PENDING does in the database. */
export function startOver(run: RunRecord, details: RunDetails): void {
  write(run, { status: "pending", applied: false, results: null, details });
}

/** True once rows of it are committed, or the first of its many transactions. */
export function isBegun({ applied, results }: Pick<RunRecord, "applied" | "results">): boolean {
  return applied || results !== null;
}

/** Back to where it is planned, as SET_PLANNABLE does in the database. */
export function planAnew(run: RunRecord): void {
  write(run, { results: null });
}

/** Takes over what the database says of the run, since another driver went on with it. */
export function adopt(run: RunRecord, found: RunRecord): void {
  write(run, found);
}

function write(run: RunRecord, values: Partial<RunRecord>): void {
  Object.assign(run as Writable<RunRecord>, values);
}

/** As `startOver`, in SQL. */
export const SET_PENDING =
  "status = 'pending', applied = 0, remaining = 0, results = NULL, frames_through = NULL";

/** As `planAnew`, in SQL. */
export const SET_PLANNABLE = "results = NULL, frames_through = NULL";

/** A plan is made anew: the record no longer has the one before, whose lists are gone. */
export function forgetPlan(run: RunRecord): void {
  if (run.status === "planned" || run.status === "applying") enter(run, "staging");
  run.details.kept = null;
}

/** As `forgetPlan`, in SQL, together with how far an earlier one was counted. */
export const SET_UNPLANNED = "status = 'staging', record = json_remove(record, '$.kept', '$.counting')";

/** As `markApplied`, in SQL; it fails where the run is applied. */
export const SET_APPLIED = "applied = applied + 1, status = 'verifying'";

export const SET_COMPLETED = "status = 'completed'";

/**
 * What a record says once its rows are gone: the run starts and counts again, and is nobody's, also where a
 * driver comes back that was taken for dead. One whose rows are committed is over, although nobody read them
 * back.
 */
export const SET_NOTHING_STAGED = `driver = NULL, record = json_set(record, '$.staged', json('false'),
    '$.completedAt', iif(applied > 0, ifnull(record ->> '$.completedAt', updated_at), NULL)),
  results = iif(applied > 0, results, NULL), status = iif(applied > 0, 'completed', status)`;
