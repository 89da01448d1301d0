import type { TableSchema } from "../archive/types.ts";
import { sqliteMessage } from "../database/failure.ts";
import { FerryError } from "../errors.ts";
import { type ApplyRequest, applyStatements, committedResults } from "./apply.ts";
import { applyByFrames } from "./apply-frames.ts";
import { refuseReachingDeletes } from "./cascades.ts";
import type { RunContext } from "./context.ts";
import { GUARD_APPLIED } from "./control.ts";
import type { Creation } from "./create.ts";
import { diagnose } from "./diagnose.ts";
import type { FrameSource } from "./frame-source.ts";
import { planRun } from "./plan.ts";
import { loadRun, type RunRecord } from "./record.ts";
import { sequenceStatements } from "./sequence.ts";
import type { Staged } from "./staged.ts";
import type { Plan } from "./types.ts";

export interface ApplyRunInput {
  creation: Creation;
  staged: Staged;
  source: FrameSource;
  keepsHistory: boolean;
}

/**
 * Plans a staged run and, unless it is a dry run, applies it. Sets `run.applied` when the rows are
 * committed; leaves it unset where the budget ends first. Rejects with what the plan refuses
 * (`UNIQUE_CONFLICT`, `CONFIRMATION_REQUIRED`, `FOREIGN_KEY`) or the database does (see diagnose).
 */
export async function applyRun(context: RunContext, run: RunRecord, input: ApplyRunInput): Promise<void> {
  const { database, budget } = context;
  const { creation, staged, source, keepsHistory } = input;
  const { mode, onConflict, atomic, force } = run.details.request;
  if (!budget.allows(2)) return;
  const { plan, parking } = await planRun(database, {
    run: run.key,
    staged,
    mode,
    onConflict,
    atomic,
    created: new Set(creation.missing),
  });
  run.details.plan = plan;
  run.status = "planned";
  if (mode === "mirror") await refuseReachingDeletes(database, creation.schema, run.key, staged, plan);
  const tables = (source.schema ?? []).filter((object): object is TableSchema => object.type === "table");
  const request: ApplyRequest = {
    run: run.key,
    schema: creation.schema,
    staged,
    mode,
    onConflict,
    version: run.details.version as number,
    parking,
    plan: plan.tables,
    sequences: sequenceStatements(tables, staged),
    create: creation,
    history: keepsHistory ? { replaced: force === true } : null,
    now: context.now(),
  };
  settleRoad(plan, request, context);
  if (context.options.dryRun === true) return;
  refuseUnconfirmed(plan, onConflict, context.options.expectDeletes);

  run.status = "applying";
  run.details.created = creation.tables;
  try {
    const results = await (plan.road === "atomic"
      ? applyAtOnce(context, request)
      : applyByFrames(context, request));
    if (results === null) return;
    Object.assign(run, { status: "verifying", applied: true, results });
  } catch (error) {
    const committed = sqliteMessage(error).includes(GUARD_APPLIED) ? await loadRun(database, run.key) : null;
    if (committed === null) throw await diagnose(database, run.key, staged, error);
    // Another driver was faster: its rows are these rows.
    Object.assign(run, { status: "verifying", applied: true, results: committed.results });
  }
}

/** Statements around the batch in an invocation that does nothing else. */
const OVERHEAD = 14;

/** The atomic road needs all its statements in one invocation; where the platform allows fewer, frames it is. */
function settleRoad(plan: Plan, request: ApplyRequest, { budget, options }: RunContext): void {
  const needed = applyStatements(request).length + OVERHEAD;
  if (plan.road !== "atomic" || needed <= budget.batchStatements) return;
  plan.reason = `one transaction takes ${needed} statements, and an invocation may run ${budget.batchStatements}`;
  if (options.atomic !== "always") {
    plan.road = "frames";
    return;
  }
  throw new FerryError(
    "UNSUPPORTED",
    `This sync cannot be one transaction: ${plan.reason}. No table was changed.`,
    {
      hint: "Sync fewer tables at a time, or leave out atomic: always.",
    },
  );
}

/** The results; null when the budget leaves no room for the batch. */
async function applyAtOnce({ database, budget }: RunContext, request: ApplyRequest): Promise<string | null> {
  const statements = applyStatements(request);
  if (!budget.allows(statements.length)) return null;
  return committedResults(await database.batch(statements));
}

function refuseUnconfirmed(plan: Plan, onConflict: string, expected: number | undefined): void {
  if (plan.conflictCount > 0 && onConflict === "fail") throw conflictError(plan);
  const deletes = Object.values(plan.tables).reduce((sum, table) => sum + table.deleted, 0);
  if (expected === undefined || expected === deletes) return;
  throw new FerryError(
    "CONFIRMATION_REQUIRED",
    `The plan deletes ${deletes} rows; ${expected} were confirmed. No table was changed.`,
    { hint: `Look at the plan, then confirm ${deletes}.`, details: { deletes, expected } },
  );
}

function conflictError({ conflicts, conflictCount }: Plan): FerryError {
  const [first] = conflicts;
  return new FerryError(
    "UNIQUE_CONFLICT",
    `${conflictCount} rows bring unique values that other rows hold (first: "${first?.table}" ${first?.key}, whose ${first?.index} the row ${first?.holder} has). No table was changed.`,
    {
      hint: "Choose onConflict: skip or replace, or correct the source.",
      details: { conflictCount, conflicts },
    },
  );
}
