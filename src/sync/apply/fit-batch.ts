import type { Statement } from "../../database/port.ts";
import { FerryError } from "../../errors.ts";
import type { Atomic, Plan } from "../run/index.ts";

export interface FitOptions {
  /** What was asked of the run. */
  atomic: Atomic;
  /** Statements of the invocation that are not in the batch: those that open the run, plan and end it. */
  around: number;
  /** Statements that an invocation may run at the most. */
  limit: number;
}

/**
 * The batch, where an invocation may run it. Else the plan is moved to many transactions and null is
 * answered; rejects with `UNSUPPORTED` where one transaction was asked for in any case.
 */
export function fitBatch(
  plan: Plan,
  batch: Statement[],
  { atomic, around, limit }: FitOptions,
): Statement[] | null {
  const needed = batch.length + around;
  if (needed <= limit) return batch;
  plan.reason = `one transaction takes ${needed} statements, and an invocation may run ${limit}`;
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
