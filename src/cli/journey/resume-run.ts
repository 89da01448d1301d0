import type { Plan } from "../../sync/run/index.ts";
import { plannedDeletes } from "../printing/plan.ts";
import type { RunOutcome } from "../targets/target.ts";
import { driveRun, unlessUnconfirmed } from "./drive-run.ts";
import type { Session } from "./session.ts";
import { completedOutcome, type JourneyOutcome, type TargetRun } from "./target-run.ts";

/**
 * Takes over a run that somebody may have started before: reports one that is completed, and finishes one
 * that is being applied, since its plan was confirmed. Null for every other run, which is to be planned.
 */
export async function resumeRun(
  run: TargetRun,
  session: Pick<Session, "world" | "printer">,
  { isOwn }: { isOwn: boolean },
): Promise<JourneyOutcome | null> {
  const { flags } = run;
  const asksForMore = flags.dryRun || (!isOwn && (flags.force || typeof flags.version === "number"));
  const completed = asksForMore ? null : await completedRun(run);
  if (completed !== null || flags.dryRun) return completed;
  const finished = await finishApplying(run, session);
  if (finished !== null || asksForMore) return finished;
  // Another driver may have come to the end between the two questions.
  return completedRun(run);
}

async function completedRun({ target, key }: TargetRun): Promise<JourneyOutcome | null> {
  const completed = await target.completed(key);
  return completed === null ? null : { end: "completed", plan: null, run: completed };
}

/** Null also for a run that would now delete another number of rows than was confirmed. */
async function finishApplying(
  run: TargetRun,
  session: Pick<Session, "world" | "printer">,
): Promise<JourneyOutcome | null> {
  const { target, key, flags } = run;
  const plan = await target.confirmedPlan(key);
  if (plan === null) return null;
  session.printer.line("Its plan is confirmed and its rows are already being written: continuing");
  const options = { expectDeletes: plannedDeletes(plan) };
  if (flags.background) {
    await target.handOver(key, options);
    return { end: "handed over", plan, run: onlyPlanned(plan) };
  }
  const outcome = await unlessUnconfirmed(() => driveRun(run, options, session));
  return outcome === null ? null : completedOutcome(outcome);
}

function onlyPlanned(plan: Plan): RunOutcome {
  const nothing = {
    version: null,
    results: null,
    verified: false,
    verification: null,
    notes: [],
    undo: null,
  };
  return { status: "planned", plan, ...nothing };
}
