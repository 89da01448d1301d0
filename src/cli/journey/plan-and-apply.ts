import { FerryError } from "../../errors.ts";
import type { Plan } from "../../sync/run/index.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import { Interrupted, throwIfInterrupted } from "../interruption/interrupted.ts";
import type { RunFlags } from "../options/run-options.ts";
import { count, plural } from "../printing/numbers.ts";
import { planLines, plannedDeletes } from "../printing/plan.ts";
import {
  askForConfirmation,
  neededConfirmation,
  refuseWithoutConfirmation,
} from "../prompts/confirmation.ts";
import { isInteractive } from "../prompts/interactive.ts";
import type { DriveOptions, RunOutcome, Target } from "../targets/target.ts";
import { withStagedRowsNote } from "./staged-rows.ts";

export interface JourneyOutcome {
  end: "dry run" | "declined" | "handed over" | "completed";
  plan: Plan | null;
  landing: RunOutcome;
}

export interface PlanAndApplyOptions {
  /** Somebody may have begun the run before: an earlier command, or another driver. @default false */
  takesOver?: boolean;
}

/** Plan, confirm, apply, verify: in this order, on any target. The bytes are at the target already. */
export async function planAndApply(
  target: Target,
  key: string,
  flags: RunFlags,
  dependencies: Dependencies,
  { takesOver = false }: PlanAndApplyOptions = {},
): Promise<JourneyOutcome> {
  const { printer, world } = dependencies;
  const options = landOptions(flags);
  // A run that is over needs nobody's yes.
  const asksAnew = flags.force || flags.dryRun || flags.version !== undefined;
  const landed = takesOver && !asksAnew ? await target.completed(key) : null;
  if (landed !== null) return { end: "completed", plan: null, landing: landed };
  const begun = takesOver && !flags.dryRun ? await resumeApplying(target, key, flags, dependencies) : null;
  if (begun !== null) return begun;
  if (!flags.dryRun) refuseWithoutConfirmation({ ...flags, interactive: isInteractive(world) });
  const settled = await applyConfirmed(target, key, flags, dependencies);
  if (settled !== null) return { end: "completed", plan: settled.plan, landing: settled };
  const planned = await drive(target, key, { ...options, dryRun: true }, dependencies);
  // An earlier command, whose user confirmed it, came as far as this.
  if (planned.status === "completed") return { end: "completed", plan: planned.plan, landing: planned };
  const { plan } = planned;
  if (plan === null) throw new FerryError("INTERNAL", "The target answered a plan without its numbers");

  printer.important(["", ...planLines(plan, target, planned.notes), ""]);
  if (flags.dryRun) return { end: "dry run", plan, landing: planned };
  if (plan.conflictCount > 0 && flags.onConflict === "fail") throw conflictError(plan);
  const deletes = plannedDeletes(plan);
  const yes = await confirmed(deletes, target, flags, dependencies).catch((error: unknown) => {
    throw withStagedRowsNote(error, key, plan, target);
  });
  if (!yes) {
    return { end: "declined", plan, landing: planned };
  }
  if (flags.background) {
    await target.handOver(key, { ...options, expectDeletes: deletes });
    return { end: "handed over", plan, landing: planned };
  }
  const landing = await drive(target, key, { ...options, expectDeletes: deletes }, dependencies);
  return { end: "completed", plan, landing };
}

/**
 * A run whose plan somebody confirmed and whose apply has begun needs no second yes: it is driven to its
 * end. Null for every other run, and for one that would now delete another number of rows.
 */
async function resumeApplying(
  target: Target,
  key: string,
  { background }: RunFlags,
  dependencies: Dependencies,
): Promise<JourneyOutcome | null> {
  const plan = await target.confirmedPlan(key);
  if (plan === null) return null;
  dependencies.printer.line("Its plan was confirmed and its rows are being written: going on");
  const options = { expectDeletes: plannedDeletes(plan) };
  if (background) {
    await target.handOver(key, options);
    return { end: "handed over", plan, landing: { ...NOTHING_YET, plan } };
  }
  try {
    const landing = await drive(target, key, options, dependencies);
    return { end: "completed", plan: landing.plan, landing };
  } catch (error) {
    if (error instanceof FerryError && error.code === "CONFIRMATION_REQUIRED") return null;
    throw error;
  }
}

const NOTHING_YET: RunOutcome = {
  status: "planned",
  version: null,
  plan: null,
  results: null,
  verified: false,
  notes: [],
};

/**
 * What the command line confirmed already needs no plan of its own: one call plans and applies, and
 * refuses when it would delete another number of rows. Null when nothing is confirmed, or not this;
 * then the plan is made, shown and judged.
 */
async function applyConfirmed(
  target: Target,
  key: string,
  flags: RunFlags,
  dependencies: Dependencies,
): Promise<RunOutcome | null> {
  const { dryRun, background, yes, confirmDelete, mode, onConflict } = flags;
  const deletes = mode === "mirror" || onConflict === "replace";
  if (dryRun || background || (confirmDelete === undefined && (!yes || deletes))) return null;
  try {
    const options = { ...landOptions(flags), expectDeletes: confirmDelete ?? 0 };
    const landing = await drive(target, key, options, dependencies);
    if (landing.plan !== null)
      dependencies.printer.important(["", ...planLines(landing.plan, target, landing.notes), ""]);
    return landing;
  } catch (error) {
    if (error instanceof FerryError && error.code === "CONFIRMATION_REQUIRED") return null;
    throw error;
  }
}

function landOptions(flags: RunFlags): DriveOptions {
  const { mode, onConflict, atomic, force, create, version, tables, exclude } = flags;
  return { mode, onConflict, atomic, force, create, version, tables, exclude };
}

async function confirmed(
  deletes: number,
  target: Target,
  flags: RunFlags,
  { world, checkpoint }: Dependencies,
): Promise<boolean> {
  const one = {
    deletes,
    host: target.host,
    interactive: isInteractive(world),
    yes: flags.yes,
    confirmDelete: flags.confirmDelete,
  };
  checkpoint.step = { label: "Waiting for the confirmation", text: "" };
  const answer = await askForConfirmation(neededConfirmation(one), one, world);
  if (answer === "interrupted") throw new Interrupted();
  return answer === "yes";
}

async function drive(
  target: Target,
  key: string,
  options: DriveOptions,
  { world, printer }: Dependencies,
): Promise<RunOutcome> {
  throwIfInterrupted(world.signal);
  const label = options.dryRun ? "Planning" : "Applying";
  const bar = printer.progress(label);
  try {
    return await target.drive(key, options, ({ phase, records, totalRecords, currentTable }) => {
      const rows = totalRecords ? `${count(records)} of ${count(totalRecords)}` : count(records);
      const fraction = totalRecords ? records / totalRecords : null;
      const doing = phase === label.toLowerCase() ? "" : `${phase}: `;
      bar.update(fraction, `${doing}${rows} rows${currentTable === null ? "" : `, ${currentTable}`}`);
    });
  } catch (error) {
    const landing = isOwnCompletion(error, key) ? await target.completed(key) : null;
    if (landing === null) throw error;
    return landing;
  } finally {
    bar.end();
  }
}

/** The run completed and its answer was lost: by an earlier command that was killed, or on the way. */
function isOwnCompletion(error: unknown, key: string): boolean {
  return error instanceof FerryError && error.code === "ALREADY_SYNCED" && error.details?.syncKey === key;
}

function conflictError(plan: Plan): FerryError {
  return new FerryError(
    "UNIQUE_CONFLICT",
    `${plural(plan.conflictCount, "row holds", "rows hold")} a unique value that another row has; nothing was changed`,
    {
      hint: "Change the rows, or add --on-conflict skip or --on-conflict replace",
      details: { conflicts: plan.conflicts, conflictCount: plan.conflictCount },
    },
  );
}
