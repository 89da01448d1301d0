import { isFull } from "../../database/failure.ts";
import type { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import type { RunContext } from "./context.ts";
import type { RunRecord } from "./record.ts";
import { resetRun } from "./stored-runs.ts";

/**
 * A database without room is its app's trouble too, so what the run staged is removed at once, unless
 * frames of it are applied and the rest is what it goes on with. Answers the error to tell.
 */
export async function giveRoomBack(
  context: RunContext,
  run: RunRecord,
  error: FerryError,
): Promise<FerryError> {
  const { details } = run;
  const begun = run.status === "applying" && details.plan?.transactions === "many";
  if (!isFull(error) || run.applied || begun) return error;
  Object.assign(details, { staged: false, plan: null, counting: null });
  await resetRun(context, details);
  return refused(
    "no-room-to-stage",
    "The database has no room for the rows that are to be staged in it. What was staged is removed again; no table was changed.",
    { ...(error.details === undefined ? {} : { details: error.details }), cause: error },
  );
}
