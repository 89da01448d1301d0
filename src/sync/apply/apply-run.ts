import { schemaTables } from "../../archive/schema-tables.ts";
import { sqliteMessage } from "../../database/failure.ts";
import { rowLimits } from "../../database/limits.ts";
import type { Statement } from "../../database/port.ts";
import { childrenFirst, conflictSites } from "../compare/index.ts";
import type { Plan, RunContext } from "../run/index.ts";
import { GUARD_APPLIED, loadRun, type RunRecord, takenOver } from "../run/index.ts";
import type { ApplyRunInput, Staged } from "../stage/index.ts";
import { diagnose } from "./diagnose.ts";
import { fitBatch } from "./fit-batch.ts";
import { applyByFrames } from "./many-transactions.ts";
import { applyAtOnce, applyStatements } from "./one-transaction.ts";
import type { ApplyRequest } from "./statements/index.ts";
import { sequenceStatements } from "./statements/index.ts";

/** Statements that end an invocation: the record, and one for the lock. */
const ENDING = 2;

/**
 * What an apply works by: the request, and with one transaction for everything the whole batch, built
 * once. Statements that surround it in its invocation are counted in `around`.
 */
export interface PreparedApply {
  request: ApplyRequest;
  /** Null where the plan's road is many transactions. */
  batch: Statement[] | null;
  /** Statements of an invocation that opens the run and applies a part of it. */
  around: number;
}

/** Prepares what a plan calls for. May move the plan off the road of one transaction; changes no table. */
export function prepareApply(
  context: RunContext,
  run: RunRecord,
  { input, plan, planned }: { input: ApplyRunInput; plan: Plan; planned: number },
): PreparedApply {
  const request = applyRequest(context, run, input, plan);
  const around = input.opening + ENDING;
  if (plan.road === "frames") return { request, batch: null, around };
  const batch = fitBatch(plan, applyStatements(request), {
    atomic: run.details.request.atomic,
    around: around + planned,
    limit: context.budget.batchStatements,
  });
  return { request, batch, around };
}

/**
 * Applies a run that is planned and confirmed. Sets `run.applied` when the rows are committed; leaves
 * it unset where the budget ends first. Rejects with what the database refuses (see diagnose).
 */
export async function applyRun(
  context: RunContext,
  run: RunRecord,
  { request, batch, around }: PreparedApply,
): Promise<void> {
  const { database } = context;
  const { details } = run;
  run.status = "applying";
  details.created = [...request.create.tables];
  // Tables that are not yet made have no foreign keys to order them by.
  if (request.create.before.length === 0) details.order = [...request.order];
  try {
    if (batch === null) request.partly = true;
    const results =
      batch === null
        ? await applyByFrames(context, request, { details, around })
        : await applyAtOnce(context, request, batch);
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
