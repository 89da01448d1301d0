import { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import { hasWritten, type OnConflict, type Plan, type RunDetails, type SyncOptions } from "../run/index.ts";

/** Refuses a plan with conflicts nobody decided on, and deletes or updates that are not the ones expected. */
export function refuseUnconfirmed(
  plan: Plan,
  { request: { onConflict }, ...run }: Pick<RunDetails, "request" | "earlier">,
  { expectDeletes, expectUpdates }: Pick<SyncOptions, "expectDeletes" | "expectUpdates">,
): void {
  if (plan.conflictCount > 0 && onConflict === "fail") throw conflictError(plan);
  const deletes = countDeletes(plan);
  if (expectDeletes !== undefined && expectDeletes !== deletes)
    throw unconfirmed(`deletes ${deletes} rows; ${expectDeletes} were confirmed`, run, {
      hint: `Look at the plan, then confirm ${deletes}.`,
      details: { deletes, expected: expectDeletes },
    });
  const updates = countRows(plan, "updated");
  if (expectUpdates !== undefined && expectUpdates !== updates)
    throw unconfirmed(`updates ${updates} rows; ${expectUpdates} were expected`, run, {
      hint: `Look at the plan, then send "expectUpdates": ${updates}, or leave it out.`,
      details: { updates, expected: expectUpdates },
    });
}

function unconfirmed(
  what: string,
  run: Pick<RunDetails, "earlier">,
  options: { hint: string; details: Record<string, number> },
): FerryError {
  const state = hasWritten(run)
    ? "What an earlier plan of the run has written stays."
    : "No table was changed.";
  return new FerryError("CONFIRMATION_REQUIRED", `The plan ${what}. ${state}`, options);
}

/** Rows of all tables that the plan deletes. */
export const countDeletes = (plan: Plan): number => countRows(plan, "deleted");

const countRows = ({ tables }: Plan, of: "updated" | "deleted"): number =>
  Object.values(tables).reduce((sum, counts) => sum + counts[of], 0);

/** True where the rows are as the plan would make them, and nobody has to decide about a conflict. */
export function changesNothing(
  { tables, creates = [], adds = [], conflictCount }: Plan,
  onConflict: OnConflict,
): boolean {
  if (creates.length + adds.length > 0 || (conflictCount > 0 && onConflict === "fail")) return false;
  return Object.values(tables).every((one) => one.inserted + one.updated + one.deleted === 0);
}

function conflictError({ conflicts, conflictCount }: Plan): FerryError {
  const [first] = conflicts;
  // None where they were gone again when they were listed.
  const example =
    first === undefined
      ? ""
      : ` (first: "${first.table}" ${first.key}, whose ${first.index} the row ${first.takenBy} has)`;
  return refused(
    "unique-values-taken",
    `${conflictCount === 1 ? "1 row brings a unique value" : `${conflictCount} rows bring unique values`} that other rows hold${example}. No table was changed.`,
    { details: { conflictCount, conflicts } },
  );
}
