import { schemaTables } from "../archive/schema-tables.ts";
import { sqliteMessage } from "../database/failure.ts";
import { type ApplyRequest, applyStatements, committedResults } from "./apply.ts";
import { applyByFrames } from "./apply-frames.ts";
import { conflictSites } from "./conflicts.ts";
import type { RunContext } from "./context.ts";
import { GUARD_APPLIED } from "./control.ts";
import type { Creation } from "./create.ts";
import { childrenFirst } from "./deletes.ts";
import { diagnose } from "./diagnose.ts";
import { takenOver } from "./fence.ts";
import type { FrameSource } from "./frame-source.ts";
import { canReturn } from "./holders.ts";
import { isOpaque } from "./opaque.ts";
import { planStaged, refuseUnconfirmed, settleRoad } from "./plan-run.ts";
import { loadRun, type RunRecord } from "./record.ts";
import { rowLimits } from "./row-limits.ts";
import { sequenceStatements } from "./sequence.ts";
import type { Staged } from "./staged.ts";
import type { Plan } from "./types.ts";

export interface ApplyRunInput {
  creation: Creation;
  staged: Staged;
  source: FrameSource;
  keepsHistory: boolean;
  /** Statements that an invocation takes before it plans. */
  opening: number;
}

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

/** The results; null when the budget leaves no room for the batch. */
async function applyAtOnce({ database, budget }: RunContext, request: ApplyRequest): Promise<string | null> {
  const statements = applyStatements(request);
  if (!budget.allows(statements.length)) return null;
  try {
    return committedResults(await database.batch(statements));
  } catch (error) {
    const other = otherWay(request, sqliteMessage(error));
    if (other === null) throw error;
    return committedResults(await database.batch(applyStatements(other)));
  }
}

/**
 * A second way to settle unique values that move between rows, where the first one failed; null when
 * there is none. Which rows swap values under an opaque index cannot be asked: made again behind the
 * rows, the index judges the result. A parked value may be one that the column does not take.
 */
function otherWay(request: ApplyRequest, message: string): ApplyRequest | null {
  const { parking, schema } = request;
  if (message.startsWith("UNIQUE constraint failed")) {
    const suspendedIndexes = opaqueIndexes(request);
    return suspendedIndexes.length === 0 ? null : { ...request, suspendedIndexes };
  }
  const refusesValue = /^(CHECK|NOT NULL) constraint failed|^cannot store/.test(message);
  const returns = parking.length > 0 && parking.every((site) => canReturn(site, schema));
  return refusesValue && returns && !message.includes("ferry_") ? { ...request, parkByDelete: true } : null;
}

function opaqueIndexes({ staged }: ApplyRequest): string[] {
  return staged.tables.flatMap(({ table }) =>
    table.uniqueIndexes.filter((index) => isOpaque(table, index)).map(({ name }) => name),
  );
}
