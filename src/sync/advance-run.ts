import type { ByteSource } from "../archive/types.ts";
import type { Database } from "../database/port.ts";
import { type LiveSchema, readSchema } from "../database/schema.ts";
import { asFerryError, FerryError } from "../errors.ts";
import { applyRun } from "./apply/apply-run.ts";
import { createContext, type RunContext } from "./run/context.ts";
import { ensureControlTables, HISTORY } from "./run/control-tables.ts";
import { giveRoomBack } from "./run/database-full.ts";
import { reportOf } from "./run/describe-run.ts";
import { takenOver } from "./run/fence.ts";
import { refuseKnownVersion } from "./run/known-versions.ts";
import { acquireRun } from "./run/lock.ts";
import type { SyncOptions } from "./run/options.ts";
import { loadRun, type RunRecord, resetRun } from "./run/record.ts";
import {
  alreadyCompleted,
  refuseAlteredMirror,
  refuseNonsense,
  refuseUnknownTables,
} from "./run/refusals.ts";
import type { RunReport } from "./run/report.ts";
import { choosesOtherTables, freshDetails, mergeRequest, outlineDetails } from "./run/request.ts";
import { countSetback } from "./run/setbacks.ts";
import { compareSchemas, settleDifferences } from "./schema/compare-schemas.ts";
import { NOTHING_TO_CREATE, planCreation } from "./schema/create-tables.ts";
import { withSourceKeys } from "./schema/map-table.ts";
import { wantedTables } from "./schema/wanted-tables.ts";
import { openFrameSource } from "./source/frame-source.ts";
import { type StageReport, stageFrames } from "./stage/stage-run.ts";
import { readStaged } from "./stage/staged-rows.ts";
import { verifyRun } from "./verify/verify-run.ts";

/**
 * Drives a run as far as the budget allows: stage, plan, apply, verify. Call again with the same key
 * until `status` is "completed"; with `dryRun` it stops at "planned". Anyone may call; what was done
 * is kept in the target. Rejects with the reason a run was refused, the live tables unchanged; the
 * reason is kept with the run, and another call tries again.
 */
export async function advanceRun(
  database: Database,
  source: ByteSource,
  key: string,
  options: SyncOptions = {},
): Promise<RunReport> {
  const context = createContext(database, key, options);
  const schema = await readSchema(context.database);
  const made = await ensureControlTables(context.database, schema, { temporary: options.temporary ?? false });
  const run = await acquireRun(context.database, key, freshDetails(options), context.lease());
  if (run.status === "completed" && options.force !== true) {
    await context.release(run);
    throw alreadyCompleted(run);
  }
  let staging: StageReport | undefined;
  try {
    await takeRequest(context, run);
    staging = await advance(context, run, { live: schema, made }, source);
  } catch (thrown) {
    const error = await giveRoomBack(context, run, countSetback(run, asFerryError(thrown)));
    run.details.error = error.toJSON();
    if (!error.transient) run.status = "failed";
    // Where not even this can be kept, the lock ends by itself; why the step failed is the news.
    await context.release(run).catch(() => undefined);
    throw error;
  }
  run.details.setbacks = 0;
  if (run.status !== "completed") await context.release(run);
  return reportOf(run, staging);
}

/** Takes over what this call asks for. Sets a run back that was completed, or staged for other tables. */
async function takeRequest(context: RunContext, run: RunRecord): Promise<void> {
  const request = mergeRequest(run.details.request, context.options);
  if (request.mode === "insert" && request.onConflict === "replace") {
    throw new FerryError(
      "INVALID_REQUEST",
      "Mode insert leaves what is there as it is, and onConflict: replace would not. No table was changed.",
      {
        hint: "Choose mode merge, or onConflict: skip.",
      },
    );
  }
  const restage = !run.applied && choosesOtherTables(run.details.request, request);
  if (run.status === "completed" || restage) {
    await resetRun(context.database, run.key);
    Object.assign(run, { status: "pending", applied: false, results: null, details: freshDetails(request) });
  }
  run.details.request = request;
  if (run.details.version !== null && !run.applied)
    run.details.version = request.version ?? run.details.version;
  run.details.error = null;
  if (run.status === "failed") run.status = run.applied ? "verifying" : "staging";
}

async function advance(
  context: RunContext,
  run: RunRecord,
  { live, made }: { live: LiveSchema; made: number },
  bytes: ByteSource,
): Promise<StageReport | undefined> {
  const { database, budget } = context;
  const { details } = run;
  const source = await openFrameSource(bytes, { known: details.kind, bytes: context.budget.bytes });
  const keepsHistory = context.options.temporary !== true || live.tables.has(HISTORY);
  const checksVersion = keepsHistory && details.request.force !== true && !run.applied;
  const refuse = () =>
    refuseKnownVersion(database, details.version as number, details.contents).catch(async (refusal) => {
      // Not when the history has it from this very run, which another driver took over.
      const found = await loadRun(database, run.key);
      if (found?.applied) throw found.status === "completed" ? alreadyCompleted(found) : takenOver(run.key);
      throw refusal;
    });
  if (details.kind === null) {
    Object.assign(details, outlineDetails(source, details));
    refuseNonsense(details, source.outline.tables);
  }
  refuseAlteredMirror(details);
  refuseUnknownTables(details.request, source.outline.tables);
  if (checksVersion && source.schema !== null) await refuse();

  const wanted = wantedTables(details.request);
  const creates = details.request.create === true && source.schema !== null && !run.applied;
  if (source.schema !== null && !run.applied && details.created.length === 0) {
    const create = details.request.create === true;
    details.notes = settleDifferences(compareSchemas(source.schema, live, { wanted, create }));
  }
  const target = withSourceKeys(live, source.schema ?? []);
  const creation = creates
    ? planCreation(target, source.schema ?? [], wanted, details.created)
    : NOTHING_TO_CREATE(target);
  // What any later invocation takes before it plans: what was sent, its own tables apart, and two statements below.
  const opening = budget.spent - made + 2;
  if (!details.staged) {
    run.status = "staging";
    const report = await stageFrames(context, creation.schema, source, wanted);
    if (!report.done) return report;
    details.staged = true;
    if (source.schema === null) details.contents = report.contents;
    // Where little fits beside the staging, the plan has an invocation of its own.
    if (!budget.allows(PLANNING)) return report;
  }
  if (checksVersion && source.schema === null) await refuse();

  const staged = await readStaged(database, creation.schema, run.key);
  if (source.schema === null) {
    details.tables = staged.tables.map(({ table }) => table.name);
    details.totalRows = staged.rows;
  }
  if (!run.applied) await applyRun(context, run, { creation, staged, source, keepsHistory, opening });
  if (run.applied) await verifyRun(context, run, source, staged);
  return undefined;
}

/** Statements that planning takes at the most for a hundred tables. */
const PLANNING = 20;
