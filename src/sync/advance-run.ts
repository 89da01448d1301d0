import { schemaTables } from "../archive/schema-tables.ts";
import type { ByteSource } from "../archive/types.ts";
import { isDailyLimit } from "../database/failure.ts";
import type { Database } from "../database/port.ts";
import { type LiveSchema, readSchema } from "../database/schema.ts";
import { asFerryError } from "../errors.ts";
import { refused } from "../refusals.ts";
import { firstLook, openSource, settleParents, settleSchema, wantedOf } from "./first-look.ts";
import { leaveKnown } from "./leave-known.ts";
import { planAndApply } from "./plan-and-apply.ts";
import type { RunReport, SyncOptions } from "./run/index.ts";
import {
  acquireRun,
  alreadyCompleted,
  choosesOtherTables,
  countSetback,
  createContext,
  ensureControlTables,
  enter,
  freshDetails,
  giveRoomBack,
  HISTORY,
  isBegun,
  isOtherSource,
  keepRecord,
  mergeRequest,
  otherDocument,
  type RunContext,
  type RunDetails,
  type RunRecord,
  readNextVersion,
  readUndone,
  refuseAlteredMirror,
  refusedOrFailed,
  refuseUnknownTables,
  reportOf,
  resetRun,
  startOver,
  takenOver,
  tryAgain,
  versionOf,
} from "./run/index.ts";
import { nameInTarget, refuseByRehearsal } from "./schema/index.ts";
import type { FrameSource } from "./source/index.ts";
import { appendKeyless, readStaged, type StageInput, type StageReport, stageFrames } from "./stage/index.ts";
import { verifyRun } from "./verify/index.ts";

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
  const run = await acquireRun(
    context.database,
    { key, fresh: freshDetails(options, { owner: options.guard?.owner, undoes: options.undoes }) },
    context.lease(),
  );
  context.begin(run);
  if (run.status === "completed" && options.force !== true && options.again !== true) {
    await context.release(run);
    throw alreadyCompleted(run);
  }
  await permitRequest(context, run);
  let staging: StageReport | undefined;
  try {
    await takeRequest(context, run);
    staging = await advance(context, run, { bytes: source, live: schema, made });
  } catch (thrown) {
    if (run.status === "completed") {
      // It refused the request, and the run stays what it is.
      await context.release(run).catch(() => undefined);
      throw thrown;
    }
    const error = await giveRoomBack(context, run, countSetback(run, asFerryError(thrown)));
    run.details.error = error.toJSON();
    if (!error.transient && !isDailyLimit(error)) {
      const how = await refusedOrFailed(context, run, error);
      enter(run, how);
      options.onRejected?.(how);
    }
    // Where not even this can be kept, the lock ends by itself; why the step failed is the news.
    await context.release(run).catch(() => undefined);
    throw error;
  }
  run.details.setbacks = 0;
  if (run.status !== "completed" && !(await context.release(run))) throw takenOver(key);
  return reportOf(run, staging);
}

/** Refuses a call that may not do what the run would do. The run stays what it is. */
async function permitRequest(context: RunContext, run: RunRecord): Promise<void> {
  const { guard, ...options } = context.options;
  if (guard === undefined) return;
  const { request, owner = null } = run.details;
  try {
    run.details.owner = guard.request({ owner, request: mergeRequest(request, options) });
  } catch (refusal) {
    await context.release(run).catch(() => undefined);
    throw refusal;
  }
}

/** Takes over what this call asks for. Sets a run back that was completed, or staged for other tables. */
async function takeRequest(context: RunContext, run: RunRecord): Promise<void> {
  const asked = mergeRequest(run.details.request, context.options);
  const request = run.status === "completed" ? asked : asFarAsItMayChange(run, asked);
  if (request.mode === "insert" && request.onConflict === "replace") {
    throw refused(
      "insert-cannot-replace",
      "Mode insert changes no row that is there, and replacing on a conflict would. No table was changed.",
    );
  }
  const restage =
    !run.applied && (choosesOtherTables(run.details.request, request) || takesLeftTables(run, request));
  if (run.status === "completed" || restage) {
    await restart(context, run, request);
  }
  run.details.request = request;
  run.details.error = null;
  tryAgain(run);
}

/** True where tables were left for a version that is no longer the one that is asked for. */
function takesLeftTables(run: RunRecord, { version, force }: RunDetails["request"]): boolean {
  const { details } = run;
  if (details.left === undefined || isBegun(run)) return false;
  return force === true || (version !== undefined && version !== details.version);
}

/** What has begun to be written goes on in the mode in which it began, and what is written stays as it was asked for. */
function asFarAsItMayChange(run: RunRecord, asked: RunDetails["request"]): RunDetails["request"] {
  const kept = run.details.request;
  if (run.applied) return kept;
  return isBegun(run) ? { ...asked, mode: kept.mode } : asked;
}

async function restart(context: RunContext, run: RunRecord, request: RunDetails["request"]): Promise<void> {
  const { owner, undoes } = run.details;
  const details = freshDetails(request, { owner, undoes });
  await resetRun(context, details);
  startOver(run, details);
}

interface AdvanceInput {
  bytes: ByteSource;
  /** The target's schema. */
  live: LiveSchema;
  /** Statements that made the control tables. */
  made: number;
}

/** Goes through the phases from where the run is. Answers the staging's report where it stops there. */
async function advance(
  context: RunContext,
  run: RunRecord,
  { bytes, live, made }: AdvanceInput,
): Promise<StageReport | undefined> {
  const { database, budget } = context;
  let source = await openSource(context, run, bytes);
  if (isOtherSource(run.details, source, bytes.size)) {
    if (isBegun(run)) throw otherDocument(run.key);
    await restart(context, run, run.details.request);
    source = await openSource(context, run, bytes);
  }
  const { details } = run;
  const keepsHistory = context.options.temporary !== true || live.tables.has(HISTORY);
  const { undoes } = details;
  const version = run.applied ? details.version : versionOf(details, source.outline, { keepsHistory });
  const counts = version === null && !run.applied;
  const checksVersion =
    keepsHistory && !counts && undoes === undefined && details.request.force !== true && !run.applied;
  const isNew = details.kind === null;
  if (isNew) {
    Object.assign(details, firstLook({ ...details, version }, source, live), { sourceBytes: bytes.size });
    // What is staged from here on is this source's, also if this driver dies before it gives the lock back.
    await keepRecord(context, details);
  }
  details.version = version;
  refuseAlteredMirror(details);
  refuseUnknownTables(details.request, tablesOf(source));
  const settled = details.plan !== null || (details.counting ?? null) !== null;
  if (checksVersion && source.schema !== null) {
    await leaveKnown(context, run, { schema: live, settled, begun: !isNew });
  }

  const creation = settleSchema(run, live, source);
  context.options.guard?.tables(
    source.outline.tables.filter(wantedOf(details)).map((name) => nameInTarget(creation.schema, name)),
  );
  if (creation.objects.length > 0) refuseByRehearsal(database, creation.whole);
  if (!run.applied) await settleParents(context, run, creation);
  budget.opened(made + (isNew ? 1 : 0));
  if (!details.staged) {
    const wanted = wantedOf(details);
    const report = await stage(context, run, { schema: creation.schema, source, wanted });
    // Where little fits beside the staging, the plan has an invocation of its own.
    if (!report.done || !budget.allowsPlanning()) return report;
  }
  if (checksVersion && source.schema === null) {
    await leaveKnown(context, run, { schema: creation.schema, settled, begun: true });
  }

  const found = await readStaged(database, creation.schema, run.key);
  const { mode, keyless } = details.request;
  const staged = keyless === "append" && mode !== "mirror" ? appendKeyless(found) : found;
  if (source.schema === null) {
    details.tables = staged.tables.map(({ table }) => table.name);
    details.totalRows = staged.rows;
  }
  context.options.guard?.tables(staged.tables.map(({ table }) => table.name));
  const undone =
    undoes === undefined || !keepsHistory || run.applied
      ? {}
      : { undone: await readUndone(database, undoes) };
  // What is taken back may not have known its version when it kept the rows.
  details.version = undone.undone?.[0]?.version ?? details.version;
  if (!run.applied) {
    const next = counts ? { nextVersion: await readNextVersion(database) } : {};
    await planAndApply(context, run, { creation, staged, source, keepsHistory, ...undone, ...next });
  }
  if (run.applied && run.status !== "completed") await verifyRun(context, run, { source, staged });
  return undefined;
}

/** The tables that may be asked for. What changed may have nothing of a table that it speaks of. */
function tablesOf({ outline, schema }: FrameSource): string[] {
  if (outline.parts !== "delta") return outline.tables;
  return [...new Set([...schemaTables(schema ?? []).map(({ name }) => name), ...outline.tables])];
}

async function stage(context: RunContext, run: RunRecord, input: StageInput): Promise<StageReport> {
  // The record of an applied run may lack that it was staged, where its driver died behind the commit.
  if (!run.applied) enter(run, "staging");
  const report = await stageFrames(context, input);
  if (!report.done) return report;
  run.details.staged = true;
  if (input.source.schema === null) run.details.contents = report.contents ?? {};
  return report;
}
