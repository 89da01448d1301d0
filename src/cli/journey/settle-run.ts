import { TargetMoved } from "../bases/expected-rows.ts";
import { isFinal } from "../interruption/final-error.ts";
import { undoCommand } from "../options/undo-command.ts";
import { leftBehindLines } from "../printing/left-behind.ts";
import { type PlanAndApplyOptions, planAndApply } from "./plan-and-apply.ts";
import type { Session } from "./session.ts";
import { dropCommand } from "./staged-rows.ts";
import type { JourneyOutcome, TargetRun } from "./target-run.ts";

/** Plans and applies the run. One that ends without a change leaves nothing behind at the target. */
export async function settleRun(
  run: TargetRun,
  session: Session,
  options: PlanAndApplyOptions = {},
): Promise<JourneyOutcome> {
  try {
    const outcome = await planAndApply(run, session, options);
    const unchanged = (outcome.end === "dry run" && outcome.kept !== true) || outcome.end === "declined";
    if (unchanged) await clearAway(run, session, { keepRecord: false });
    return outcome;
  } catch (error) {
    // Why it failed is worth knowing later: `d1-ferry status KEY`.
    if (isFinal(error)) await clearAway(run, session, { keepRecord: true });
    if (error instanceof TargetMoved) await clearAway(run, session, { keepRecord: false });
    throw error;
  }
}

/** Best effort: what the command has to report matters more than what could not be removed. */
async function clearAway(
  { target, key, onLeft }: TargetRun,
  { printer }: Pick<Session, "printer">,
  { keepRecord }: { keepRecord: boolean },
): Promise<void> {
  try {
    // Another driver may have taken the run over, and be applying it.
    if (!keepRecord && (await target.confirmedPlan(key)) !== null) return;
    const left = await target.drop(key, { keepRecord });
    if (left === null) return;
    onLeft?.(left);
    printer.warn(`${key} was given up before its end. What it has written stays:`);
    printer.important(leftBehindLines(left.rows));
    if (left.undoable) printer.important([`Undo it: ${undoCommand(key, target.words)}`]);
  } catch (error) {
    const remove = target.kind === "app" ? `; to remove them: ${dropCommand(key, target.words)}` : "";
    const { message } = error as Error;
    printer.warn(`The temporary rows of ${key} are still at the target: ${message}${remove}`);
  }
}
