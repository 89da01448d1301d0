import { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import type { OnConflict, Plan } from "../run/index.ts";

/** Refuses a plan with conflicts nobody decided on, and deletes that are not the ones confirmed. */
export function refuseUnconfirmed(plan: Plan, onConflict: OnConflict, expected: number | undefined): void {
  if (plan.conflictCount > 0 && onConflict === "fail") throw conflictError(plan);
  const deletes = countDeletes(plan);
  if (expected === undefined || expected === deletes) return;
  throw new FerryError(
    "CONFIRMATION_REQUIRED",
    `The plan deletes ${deletes} rows; ${expected} were confirmed. No table was changed.`,
    { hint: `Look at the plan, then confirm ${deletes}.`, details: { deletes, expected } },
  );
}

/** Rows of all tables that the plan deletes. */
export function countDeletes({ tables }: Plan): number {
  return Object.values(tables).reduce((sum, { deleted }) => sum + deleted, 0);
}

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
