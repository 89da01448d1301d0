import type { Budget } from "../../budget.ts";
import type { Statement } from "../../database/port.ts";
import { FerryError } from "../../errors.ts";
import type { Atomic, Plan } from "../run/index.ts";

export interface FitOptions {
  /** What was asked of the run. */
  atomic: Atomic;
  /** Statements that planning took. */
  planned: number;
  budget: Budget;
}

/**
 * The batch, where an invocation may run it. Else the plan is moved to many transactions and null is
 * answered; rejects with `UNSUPPORTED` where one transaction was asked for in any case.
 */
export function fitBatch(
  plan: Plan,
  batch: Statement[],
  { atomic, planned, budget }: FitOptions,
): Statement[] | null {
  const needed = budget.countWithBatch(batch.length, planned);
  if (needed <= budget.limit) return batch;
  plan.reason = `one transaction takes ${needed} statements, and an invocation may run ${budget.limit}`;
  if (atomic !== "always") {
    plan.road = "frames";
    return null;
  }
  throw new FerryError(
    "UNSUPPORTED",
    `This sync cannot be one transaction: ${plan.reason}. No table was changed.`,
    { hint: "Sync fewer tables at a time, or leave out atomic: always (--atomic=always)." },
  );
}
