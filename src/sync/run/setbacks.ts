import { isDailyLimit, isExceeded } from "../../database/failure.ts";
import { FerryError } from "../../errors.ts";
import type { RunRecord } from "./record.ts";
import type { Plan } from "./report.ts";

/*
 * A step that was too much must not be tried for ever as it is. Where D1 says so, it is written down
 * with the run; where the platform ends the invocation, nobody is left to write it down, and the next
 * driver finds a lock that was never given back (see acquireRun). Both are setbacks, counted until a
 * driver ends well: then one transaction is no longer tried, and in the end none.
 */

/** Of the count: D1 gave up once, or two drivers died. */
const TOO_HEAVY = 2;

const EXCEEDED = 2;

const GIVE_UP = 8;

/** Counts what an advance failed with. Answers the error to tell: after many of them, a permanent one. */
export function countSetback({ details, status }: RunRecord, error: FerryError): FerryError {
  // One transaction may write more than a day's rows; its parts do not.
  if (isDailyLimit(error) && status === "applying") details.setbacks = (details.setbacks ?? 0) + EXCEEDED;
  if (!isExceeded(error)) return error;
  details.setbacks = (details.setbacks ?? 0) + EXCEEDED;
  if (details.setbacks < GIVE_UP) return error;
  details.setbacks = 0;
  return new FerryError("UNSUPPORTED", `${error.message}. It did so each time, also in smaller steps.`, {
    hint: "What was done is kept. Sync fewer tables at a time, or when the database is less busy; an index less on a large table helps, too.",
    ...(error.details === undefined ? {} : { details: error.details }),
    cause: error,
  });
}

/** Makes a plan one of many transactions once that was too much, unless it was asked for in any case. */
export function shrinkPlan(plan: Plan, { details }: RunRecord): void {
  if ((details.setbacks ?? 0) < TOO_HEAVY || plan.transactions !== "one") return;
  if (details.request.atomic === "always") return;
  plan.transactions = "many";
  plan.reason = "one transaction was begun and did not end: the database or the platform gave up on it";
}
