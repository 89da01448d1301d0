import { FerryError } from "../../errors.ts";
import type { Plan } from "../../sync/run/index.ts";
import { Interrupted } from "../interruption/interrupted.ts";
import { movedLines } from "../printing/moved.ts";
import { askOneKey } from "../prompts/ask.ts";
import { isInteractive } from "../prompts/interactive.ts";
import type { DriveOptions } from "../targets/target.ts";
import type { Session } from "./session.ts";
import type { TargetRun } from "./target-run.ts";

/** Plans that --replan makes one after the other. */
const MOST_PLANS = 5;

/** What has a call apply this plan and no other. An app of an earlier version names none. */
export function exactly({ hash }: Plan): Pick<DriveOptions, "plan"> {
  return hash === undefined ? {} : { plan: hash };
}

/** The rows of the plan have moved, and nothing was written by it. */
export function isStale(error: unknown): error is FerryError {
  return error instanceof FerryError && error.code === "PLAN_STALE";
}

/** Says which rows have moved, and whether the command goes on with another plan. */
export async function mayPlanAgain(
  error: FerryError,
  { run, plans }: { run: TargetRun; plans: number },
  { world, printer, checkpoint }: Session,
): Promise<boolean> {
  const moved = movedLines(error);
  printer.warn("The plan no longer fits: rows have moved, and nothing was written by it");
  printer.important(moved);
  if (run.flags.background) return false;
  if (run.flags.replan) return plans <= MOST_PLANS;
  if (!isInteractive(world)) return false;
  checkpoint.step = { label: "Waiting for an answer", text: "" };
  const answer = await askOneKey("Plan again?", world);
  if (answer === "interrupted") throw new Interrupted();
  return answer === "yes";
}
