import { schemaTables } from "../../archive/schema-tables.ts";
import type { Statement } from "../../database/port.ts";
import { conflictSites, inOrder, parentsFirst } from "../compare/index.ts";
import type { Plan, RunContext } from "../run/index.ts";
import { enter, isFenced, markApplied, type RunRecord, takenOver } from "../run/index.ts";
import type { ApplyRunInput, ListedRows } from "../stage/index.ts";
import { diagnose } from "./diagnose.ts";
import { fitBatch } from "./fit-batch.ts";
import { applyByFrames } from "./many-transactions.ts";
import { applyAtOnce, applyStatements } from "./one-transaction.ts";
import type { ApplyRequest } from "./statements/index.ts";
import { sequenceStatements } from "./statements/index.ts";

/** What an apply works by: the request, and with one transaction for everything the whole batch, built once. */
export interface PreparedApply {
  request: ApplyRequest;
  /** Null where the plan is for many transactions. */
  batch: Statement[] | null;
}

export interface PlannedRun {
  input: ApplyRunInput;
  plan: Plan;
  /** The rows that it is. */
  listed: ListedRows;
}

/**
 * Prepares what a plan calls for. May change the plan
 * to many transactions; changes no table.
 */
export function prepareApply(
  context: RunContext,
  run: RunRecord,
  { input, plan, listed }: PlannedRun,
): PreparedApply {
  const request = applyRequest(context, run, { input, plan, listed });
  if (plan.transactions === "many") return { request, batch: null };
  const { budget } = context;
  const { atomic } = run.details.request;
  const batch = fitBatch(plan, applyStatements(request), { atomic, budget });
  if (batch !== null) return { request, batch };
  return { request: { ...request, inParts: { ...request.inParts, partly: true } }, batch };
}

/**
 * Applies a run that is planned and confirmed. Sets `run.applied` when the rows are committed; leaves
 * it unset where the budget ends first. Rejects with what the database refuses (see diagnose).
 */
export async function applyRun(
  context: RunContext,
  run: RunRecord,
  { request, batch }: PreparedApply,
): Promise<void> {
  const { details } = run;
  enter(run, "applying");
  details.created = [...request.target.create.tables];
  // Tables that are not yet made have no foreign keys to order them by.
  if (request.target.create.before.length === 0) details.order = [...request.target.order];
  try {
    const committed =
      batch === null
        ? await applyByFrames(context, request, details)
        : await applyAtOnce(context, request, batch);
    if (committed === null) return;
    details.version ??= committed.version;
    markApplied(run, committed.results);
  } catch (error) {
    // Another driver may have applied the run, and by another request.
    throw isFenced(error) ? takenOver(run.key) : await diagnose(context, request, error);
  }
}

function applyRequest(
  context: RunContext,
  run: RunRecord,
  { input, plan, listed }: PlannedRun,
): ApplyRequest {
  const { creation, staged, source, keepsHistory, undone } = input;
  const { details } = run;
  const { mode, onConflict, force } = details.request;
  const { missing } = creation;
  const order = details.order ?? parentsFirst(staged.tables, { missing }).map(({ table }) => table.name);
  const tables = schemaTables(source.schema ?? []);
  return {
    staged,
    // A row that comes ahead of its parent makes SQLite look for it with each row that comes in as a parent.
    listed: { ...listed, writes: { ...listed.writes, tables: inOrder(listed.writes.tables, order) } },
    changed: new Map(details.changed),
    rules: { mode, onConflict },
    undoes: details.undoes !== undefined,
    plan: plan.tables,
    frames: source.outline.kind === "archive" && details.undoes === undefined ? source : null,
    target: {
      schema: creation.schema,
      create: creation,
      order,
      capabilities: context.database.capabilities,
    },
    displaced: {
      sites: conflictSites(listed.writes.tables).filter(({ index }) =>
        details.displacedAt.includes(index.name),
      ),
    },
    commit: {
      driver: context.driver,
      record: details,
      version: details.version,
      history: keepsHistory ? { replaced: force === true } : null,
      sequences: sequenceStatements(tables, staged),
      undone,
      now: context.now(),
    },
    inParts: { partly: plan.transactions === "many", sliceBytes: context.options.sliceBytes },
  };
}
