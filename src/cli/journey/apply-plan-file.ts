import { FerryError } from "../../errors.ts";
import { commandLine } from "../options/command-line.ts";
import type { ConfirmationFlags } from "../options/run-options.ts";
import { type App, wordsFor } from "../places/app.ts";
import { movedLines } from "../printing/moved.ts";
import { planLines, plannedDeletes } from "../printing/plan.ts";
import { appTarget } from "../targets/app-target.ts";
import type { PlanFile } from "../workspace/plan-file.ts";
import { confirmPlan } from "./confirm-plan.ts";
import { driveRun } from "./drive-run.ts";
import { isStale } from "./plan-again.ts";
import type { Session } from "./session.ts";
import { completedOutcome, type JourneyOutcome } from "./target-run.ts";

export interface PlanToApply {
  app: App;
  key: string;
  file: PlanFile;
  flags: ConfirmationFlags;
  /** The file as it was named. */
  name: string;
}

/** Shows the plan as it waits at the app, asks, and applies exactly it. */
export async function applyPlanFile(one: PlanToApply, session: Session): Promise<JourneyOutcome> {
  const { app, key, file, flags } = one;
  const { world, printer } = session;
  const target = appTarget(app, world);
  const run = { target, key, flags: { ...flags } };
  const { plan, status, notes } = await app.client.status(key, { signal: world.signal });
  if (plan === undefined || plan.hash !== file.hash) throw staleFile(one, session);
  if (status === "completed") {
    const completed = await target.completed(key);
    if (completed === null) throw staleFile(one, session);
    printer.line("This plan is applied already");
    return completedOutcome(completed);
  }
  const shown = { kind: target.kind, name: target.name };
  printer.important(["", ...planLines(plan, shown, notes), ""]);
  const planned = { status: "planned", version: null, plan, results: null, verified: false } as const;
  if (!plan.unchanged && !(await confirmPlan(plan, run, session)))
    return { end: "declined", plan, run: { ...planned, verification: null, notes, undo: null } };
  try {
    const options = { plan: file.hash, expectDeletes: plannedDeletes(plan) };
    return { end: "completed", plan, run: await driveRun(run, options, session) };
  } catch (error) {
    if (!isStale(error)) throw error;
    printer.important(movedLines(error));
    throw staleFile(one, session, error);
  }
}

/** The plan is no longer the run's, or its rows have moved; with the command that makes another one. */
function staleFile(
  { app, key, name }: PlanToApply,
  { checkpoint }: Pick<Session, "checkpoint">,
  error?: FerryError,
): FerryError {
  // The same command would only meet this again.
  checkpoint.run = null;
  const { reason: _, ...details } = error?.details ?? {};
  const again = commandLine(["plan", key, ...wordsFor(app), "-o", name]);
  const message = error?.message ?? "The run has another plan by now, or none: nothing was changed";
  return new FerryError("PLAN_STALE", message, {
    hint: `Make the plan anew with the command that made it, which compares again. Of the same rows: ${again}`,
    details: { syncKey: key, moved: [], ...details },
  });
}
