import type { Plan } from "../../sync/run/index.ts";
import { Interrupted } from "../interruption/interrupted.ts";
import { plannedDeletes } from "../printing/plan.ts";
import { askForConfirmation } from "../prompts/ask.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { neededConfirmation } from "../prompts/needed-confirmation.ts";
import type { Session } from "./session.ts";
import { withStagedRowsNote } from "./staged-rows.ts";
import type { TargetRun } from "./target-run.ts";

/** Whether the plan may be applied: by a flag, or by an answer at the terminal. */
export async function confirmPlan(
  plan: Plan,
  { target, key, flags }: TargetRun,
  { world, checkpoint }: Pick<Session, "world" | "checkpoint">,
): Promise<boolean> {
  const one = {
    deletes: plannedDeletes(plan),
    host: target.host,
    interactive: isInteractive(world),
    yes: flags.yes,
    confirmDelete: flags.confirmDelete,
  };
  checkpoint.step = { label: "Waiting for confirmation", text: "" };
  try {
    const answer = await askForConfirmation(neededConfirmation(one), one, world);
    if (answer === "interrupted") throw new Interrupted();
    return answer === "yes";
  } catch (error) {
    const { name: address, words } = target;
    throw target.kind === "app" ? withStagedRowsNote(error, { key, plan, address, words }) : error;
  }
}
