import type { Budget } from "../../budget.ts";
import type { Statement } from "../../database/port.ts";
import { refused } from "../../refusals.ts";
import type { Atomic, Plan } from "../run/index.ts";

export interface FitOptions {
  /** What was asked of the run. */
  atomic: Atomic;
  budget: Budget;
}

/**
 * The batch, where an invocation may run it. Else the plan is moved to many transactions and null is
 * answered; rejects with `UNSUPPORTED` where one transaction was asked for in any case.
 */
export function fitBatch(plan: Plan, batch: Statement[], { atomic, budget }: FitOptions): Statement[] | null {
  const needed = budget.countWithBatch(batch.length);
  if (needed <= budget.limit) return batch;
  plan.reason = `one transaction takes ${needed} statements, and an invocation may run ${budget.limit}`;
  if (atomic !== "always") {
    plan.transactions = "many";
    return null;
  }
  throw refused(
    "transaction-too-large",
    `This sync cannot be one transaction: ${plan.reason}. No table was changed.`,
    { details: { statements: needed, limit: budget.limit } },
  );
}
