import { FerryError } from "../../errors.ts";
import type { Plan } from "../../sync/types.ts";
import { askForConfirmation, neededConfirmation } from "../confirm.ts";
import type { Dependencies } from "../dependencies.ts";
import { isInteractive } from "../interactive.ts";
import { Interrupted, throwIfInterrupted } from "../interrupt.ts";
import type { SyncFlags } from "../options.ts";
import { count, plural } from "../printing/numbers.ts";
import { planLines, plannedDeletes } from "../printing/plan.ts";
import type { Step, StepOptions, Target } from "./target.ts";

export type Outcome =
  | { end: "dry run"; plan: Plan; step: Step }
  | { end: "declined"; plan: Plan; step: Step }
  | { end: "completed"; plan: Plan | null; step: Step };

const UNDERWAY: ReadonlySet<string> = new Set(["applying", "verifying"]);

/** Plan, confirm, apply, verify: in this order, on any target. The bytes are at the target already. */
export async function carryOut(
  target: Target,
  key: string,
  flags: SyncFlags,
  dependencies: Dependencies,
): Promise<Outcome> {
  const { printer } = dependencies;
  const options = stepOptions(flags);
  const planned = await drive(target, key, { ...options, dryRun: true }, dependencies);
  // A run that was interrupted while it was applied was confirmed before: it only has to end.
  if (planned.state === "completed") return { end: "completed", plan: planned.plan, step: planned };
  if (planned.state === "going") {
    return { end: "completed", plan: planned.plan, step: await drive(target, key, options, dependencies) };
  }
  const { plan } = planned;
  if (plan === null) throw new FerryError("INTERNAL", "The target answered a plan without its numbers");

  printer.important(["", ...planLines(plan, target.name, planned.notes), ""]);
  if (flags.dryRun) return { end: "dry run", plan, step: planned };
  if (plan.conflictCount > 0 && flags.onConflict === "fail") throw conflictError(plan);
  const deletes = plannedDeletes(plan);
  if (!(await confirmed(deletes, target, flags, dependencies)))
    return { end: "declined", plan, step: planned };

  const step = await drive(target, key, { ...options, expectDeletes: deletes }, dependencies);
  return { end: "completed", plan, step };
}

function stepOptions(flags: SyncFlags): StepOptions {
  const { mode, onConflict, force, version, tables, exclude } = flags;
  return { mode, onConflict, force, version, tables, exclude };
}

async function confirmed(
  deletes: number,
  target: Target,
  flags: SyncFlags,
  { world }: Dependencies,
): Promise<boolean> {
  const one = {
    deletes,
    host: target.host,
    interactive: isInteractive(world),
    yes: flags.yes,
    confirmDelete: flags.confirmDelete,
  };
  const answer = await askForConfirmation(neededConfirmation(one), one, world);
  if (answer === "interrupted") throw new Interrupted();
  return answer === "yes";
}

/**
 * Calls until the run is planned (dry) or completed; every call goes on where the last one stopped. A dry
 * drive comes back "going" from a run that an earlier command was already applying.
 */
async function drive(
  target: Target,
  key: string,
  options: StepOptions,
  { world, printer }: Dependencies,
): Promise<Step> {
  const bar = printer.progress(options.dryRun ? "Planning" : "Applying");
  try {
    for (;;) {
      throwIfInterrupted(world.signal);
      const step = await target.advance(key, options);
      if (step.state !== "going" || (options.dryRun && UNDERWAY.has(step.phase))) return step;
      const { recordsProcessed, totalRecords, currentTable } = step.progress;
      const fraction = totalRecords ? recordsProcessed / totalRecords : null;
      const rows = totalRecords
        ? `${count(recordsProcessed)} of ${count(totalRecords)}`
        : count(recordsProcessed);
      bar.update(fraction, `${step.phase}: ${rows} rows${currentTable === null ? "" : `, ${currentTable}`}`);
    }
  } finally {
    bar.end();
  }
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
