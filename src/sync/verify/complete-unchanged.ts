import { verificationOf } from "../compare/index.ts";
import {
  asOurs,
  type CountEntry,
  completeRun,
  endWell,
  enter,
  markUnchanged,
  type Plan,
  type RunContext,
  type RunRecord,
  takenOver,
} from "../run/index.ts";
import type { Staged } from "../stage/index.ts";

/** Statements that complete a run. */
const COMPLETING = 5;

/**
 * Completes a run whose plan writes nothing: the plan compared its rows with the target's. What was staged goes, the
 * history stays as it is. Leaves the run planned where the budget ends first.
 */
export async function completeUnchanged(
  context: RunContext,
  run: RunRecord,
  { plan, staged }: { plan: Plan; staged: Staged },
): Promise<void> {
  const { database, driver, budget } = context;
  const { details } = run;
  if (!budget.allows(COMPLETING)) return;
  enter(run, "planned");
  details.unchanged = true;
  details.verification = verificationOf(
    staged,
    { mode: details.request.mode, results: plan.tables },
    new Map(),
  );
  details.verified = details.verification.unchecked.length === 0;
  details.completedAt = context.now();
  const unchanged = JSON.stringify(entriesOf(plan)).slice(1, -1);
  endWell(run, budget);
  const completing = completeRun(database, run, { driver, now: details.completedAt, unchanged });
  if (!(await asOurs(run.key, completing))) throw takenOver(run.key);
  markUnchanged(run, unchanged);
}

/** What the plan counted, as the results of a run have it. */
function entriesOf({ tables }: Plan): CountEntry[] {
  return Object.entries(tables).flatMap(([table, { attempted, skipped, live }]): CountEntry[] => [
    ["rows", table, attempted, attempted - skipped, 0, skipped],
    ["live", table, live],
  ]);
}
