import { FerryError } from "../../errors.ts";
import { plural } from "../../numbers.ts";
import type { Plan } from "../../sync/run/index.ts";
import { TargetMoved } from "../bases/expected-rows.ts";
import { runRequest } from "../options/run-options.ts";
import { planLines, plannedDeletes } from "../printing/plan.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { refuseWithoutConfirmation } from "../prompts/needed-confirmation.ts";
import type { RunOutcome } from "../targets/target.ts";
import { confirmPlan } from "./confirm-plan.ts";
import { driveRun, unlessUnconfirmed } from "./drive-run.ts";
import { keepPlan } from "./keep-plan.ts";
import { exactly, isStale, mayPlanAgain } from "./plan-again.ts";
import { resumeRun } from "./resume-run.ts";
import type { Session } from "./session.ts";
import { completedOutcome, type JourneyOutcome, type TargetRun } from "./target-run.ts";

export interface PlanAndApplyOptions {
  /** Somebody may have started the run before: an earlier command, or another driver. @default false */
  takesOver?: boolean;
  /** It is an earlier command of the same words: what that has completed is not asked for again. @default false */
  isOwn?: boolean;
}

/** Plan, confirm, apply, verify: in this order, on any target. The bytes are at the target already. */
export async function planAndApply(
  run: TargetRun,
  session: Session,
  { takesOver = false, isOwn = false }: PlanAndApplyOptions = {},
): Promise<JourneyOutcome> {
  const { flags } = run;
  const resumed = takesOver ? await resumeRun(run, session, { isOwn }) : null;
  if (resumed !== null) return resumed;
  // What was decided then holds no more where it is not applied already.
  if (takesOver && run.isDecided && run.expected == null) throw new TargetMoved(null);
  if (!flags.dryRun) refuseWithoutConfirmation({ ...flags, interactive: isInteractive(session.world) });
  const applied = await applyConfirmed(run, session);
  if (applied !== null) return completedOutcome(applied);
  const planned = await planRun(run, session);
  // An earlier command, whose user confirmed the plan, has come as far as this.
  return planned.status === "completed" ? completedOutcome(planned) : applyPlanned(run, planned, session);
}

function planRun(run: TargetRun, session: Session): Promise<RunOutcome> {
  return driveRun(run, { ...runRequest(run.flags), dryRun: true }, session);
}

/** Shows the plan, asks, and applies exactly it; where rows have moved meanwhile, another one, and asks again. */
async function applyPlanned(run: TargetRun, first: RunOutcome, session: Session): Promise<JourneyOutcome> {
  const confirmed: Confirmed = { deletes: null };
  let planned = first;
  for (let plans = 1; ; plans++) {
    try {
      return await applyShown(run, { planned, confirmed }, session);
    } catch (error) {
      if (!isStale(error) || !(await mayPlanAgain(error, { run, plans }, session))) throw error;
    }
    planned = await planRun(run, session);
    if (planned.status === "completed") return completedOutcome(planned);
  }
}

/** What somebody has said yes to. */
interface Confirmed {
  /** How many rows it deletes; null while nobody has. */
  deletes: number | null;
}

async function applyShown(
  run: TargetRun,
  { planned, confirmed }: { planned: RunOutcome; confirmed: Confirmed },
  session: Session,
): Promise<JourneyOutcome> {
  const { target, key, flags } = run;
  const { plan } = planned;
  if (plan?.unchanged && !flags.dryRun) return completeUnchanged(run, plan, session);
  if (plan === null) throw new FerryError("INTERNAL", "The target answered without a plan");
  await run.expected?.check(target.rows(key, plan), plan);
  printPlan(planned, run, session);
  if (flags.dryRun) return keepPlan(run, { end: "dry run", plan, run: planned }, session);
  if (plan.conflictCount > 0 && flags.onConflict === "fail") throw conflictError(plan);
  const deletes = plannedDeletes(plan);
  // --replan stands for the answer, where no other number of rows goes.
  const known = flags.replan === true && confirmed.deletes === deletes;
  if (!known && !(await confirmPlan(plan, run, session))) return { end: "declined", plan, run: planned };
  confirmed.deletes = deletes;
  const options = { ...runRequest(flags), ...exactly(plan), expectDeletes: deletes };
  if (flags.background) {
    await target.handOver(key, options);
    return { end: "handed over", plan, run: planned };
  }
  return { end: "completed", plan, run: await driveRun(run, options, session) };
}

/** There is nothing to confirm: the run is completed by that, and its temporary rows go. */
async function completeUnchanged(run: TargetRun, plan: Plan, session: Session): Promise<JourneyOutcome> {
  const options = { ...runRequest(run.flags), ...exactly(plan) };
  return completedOutcome(await driveRun(run, options, session));
}

/**
 * What the command line confirms already needs no plan of its own: one call plans and applies, and
 * refuses when it would delete another number of rows. Null when nothing is confirmed, or not this;
 * then the plan is made, shown and judged.
 */
async function applyConfirmed(run: TargetRun, session: Session): Promise<RunOutcome | null> {
  const { dryRun, background, yes, confirmDelete, mode, onConflict } = run.flags;
  const mayDelete = mode === "mirror" || onConflict === "replace";
  if (dryRun || background || (confirmDelete === undefined && (!yes || mayDelete))) return null;
  const expectDeletes = confirmDelete ?? 0;
  const expected = await run.expected?.callOptions(expectDeletes);
  // What it would write is looked at first.
  if (expected === null) return null;
  const options = { ...runRequest(run.flags), ...expected, expectDeletes };
  const outcome = await unlessUnconfirmed(() => driveRun(run, options, session)).catch((error) => {
    if (expected?.plan !== undefined && (isStale(error) || isUnknownName(error))) return null;
    throw error;
  });
  if (outcome === null || outcome.unchanged) return outcome;
  const plan = outcome.plan && (run.expected?.withSamples(outcome.plan) ?? outcome.plan);
  printPlan({ ...outcome, plan }, run, session);
  return outcome;
}

/** An app of an earlier version knows plans by their hashes alone. */
function isUnknownName(error: unknown): boolean {
  return error instanceof FerryError && error.code === "INVALID_REQUEST" && error.details?.field === "plan";
}

function printPlan({ plan, notes }: RunOutcome, { target, flags }: TargetRun, { printer }: Session): void {
  const { name, kind } = target;
  if (plan === null) return;
  printer.important(["", ...planLines(plan, { name, kind, forced: flags.force }, notes), ""]);
}

/** Its hint is in printing/hints.ts. */
function conflictError({ conflicts, conflictCount }: Plan): FerryError {
  return new FerryError(
    "UNIQUE_CONFLICT",
    `${plural(conflictCount, "row has", "rows have")} a unique value that another row already has; nothing was changed`,
    { details: { conflicts, conflictCount } },
  );
}
