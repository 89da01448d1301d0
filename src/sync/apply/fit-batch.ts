import { FerryError } from "../../errors.ts";
import type { RunContext } from "../run/context.ts";
import type { Atomic } from "../run/options.ts";
import type { Plan } from "../run/report.ts";
import { applyStatements } from "./one-transaction.ts";
import type { ApplyRequest } from "./statements/request.ts";

/**
 * The atomic road needs all its statements in one invocation, with those that open the run, plan and
 * end it; where the platform allows fewer, frames it is. `around` counts them.
 */
export function settleRoad(
  plan: Plan,
  request: ApplyRequest,
  atomic: Atomic,
  { budget, around }: Pick<RunContext, "budget"> & { around: number },
): void {
  const needed = applyStatements(request).length + around;
  if (plan.road !== "atomic" || needed <= budget.batchStatements) return;
  plan.reason = `one transaction takes ${needed} statements, and an invocation may run ${budget.batchStatements}`;
  if (atomic !== "always") {
    plan.road = "frames";
    return;
  }
  throw new FerryError(
    "UNSUPPORTED",
    `This sync cannot be one transaction: ${plan.reason}. No table was changed.`,
    { hint: "Sync fewer tables at a time, or leave out atomic: always (--atomic=always)." },
  );
}
