import { schemaTables } from "../../archive/schema-tables.ts";
import { sqliteMessage } from "../../database/failure.ts";
import { rowLimits } from "../../database/limits.ts";
import { conflictSites } from "../compare/conflicts.ts";
import { childrenFirst } from "../compare/table-order.ts";
import { refuseUnconfirmed } from "../plan/confirm.ts";
import { planStaged } from "../plan/plan-run.ts";
import type { RunContext } from "../run/context.ts";
import { GUARD_APPLIED } from "../run/control-tables.ts";
import { takenOver } from "../run/fence.ts";
import { loadRun, type RunRecord } from "../run/record.ts";
import type { Plan } from "../run/report.ts";
import type { Staged } from "../stage/staged-rows.ts";
import type { ApplyRunInput } from "../stage/staged-run.ts";
import { diagnose } from "./diagnose.ts";
import { settleRoad } from "./fit-batch.ts";
import { applyByFrames } from "./many-transactions.ts";
import { applyAtOnce } from "./one-transaction.ts";
import { sequenceStatements } from "./statements/lift-sequences.ts";
import type { ApplyRequest } from "./statements/request.ts";

/** Statements that end an invocation: the record, and one for the lock. */
const ENDING = 2;

/**
 * Plans a staged run and, unless it is a dry run, applies it. Sets `run.applied` when the rows are
 * committed; leaves it unset where the budget ends first. Rejects with what the plan refuses
 * (`UNIQUE_CONFLICT`, `CONFIRMATION_REQUIRED`, `FOREIGN_KEY`) or the database does (see diagnose).
 */
export async function applyRun(context: RunContext, run: RunRecord, input: ApplyRunInput): Promise<void> {
  const { database, options, budget } = context;
  const { details } = run;
  const before = budget.spent;
  const frames = details.plan?.road === "frames" && run.results !== null;
  // A run that was begun frame by frame goes on by its plan: what it wrote is not to be counted again.
  const plan = frames && details.plan !== null ? details.plan : await planStaged(context, run, input);
  if (plan === null) return;
  const request = applyRequest(context, run, input, plan);
  const around = input.opening + budget.spent - before + ENDING;
  if (!frames) settleRoad(plan, request, details.request.atomic, { budget, around });
  if (options.dryRun === true) return;
  if (!frames) refuseUnconfirmed(plan, details.request.onConflict, options.expectDeletes);

  run.status = "applying";
  details.created = input.creation.tables;
  // Tables that are not yet made have no foreign keys to order them by.
  if (request.create.before.length === 0) details.order = [...request.order];
  try {
    if (plan.road === "frames") request.partly = true;
    const results =
      plan.road === "atomic"
        ? await applyAtOnce(context, request)
        : await applyByFrames(context, request, { details, around: input.opening + ENDING });
    if (results !== null) Object.assign(run, { status: "verifying", applied: true, results });
  } catch (error) {
    if (!sqliteMessage(error).includes(GUARD_APPLIED)) throw await diagnose(context, request, error);
    const found = await loadRun(database, run.key);
    if (found === null || !found.applied) throw takenOver(run.key);
    // Another driver was faster: its rows are these rows.
    Object.assign(run, { status: "verifying", applied: true, results: found.results });
  }
}

function applyRequest(
  context: RunContext,
  run: RunRecord,
  { creation, staged, source, keepsHistory }: ApplyRunInput,
  plan: Plan,
): ApplyRequest {
  const { details } = run;
  const { mode, onConflict, force } = details.request;
  const tables = schemaTables(source.schema ?? []);
  return {
    schema: creation.schema,
    staged,
    rules: { run: run.key, mode, onConflict },
    version: details.version as number,
    driver: context.driver,
    parking: conflictSites(staged).filter(({ index }) => details.parking.includes(index.name)),
    plan: plan.tables,
    sequences: sequenceStatements(tables, staged),
    create: creation,
    sliceBytes: context.options.sliceBytes,
    order: details.order ?? parentsFirst(staged),
    frames: source.outline.kind === "archive" ? source : null,
    history: keepsHistory ? { replaced: force === true } : null,
    maxColumns: rowLimits(context.database).maxColumns,
    now: context.now(),
  };
}

function parentsFirst({ tables }: Staged): string[] {
  return childrenFirst(tables)
    .map(({ table }) => table.name)
    .reverse();
}
