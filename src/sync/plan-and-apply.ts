import { sha256Hex } from "../archive/sha256.ts";
import { isNotTheApps } from "../database/own-names.ts";
import type { LiveSchema } from "../database/schema.ts";
import { asFerryError, FerryError } from "../errors.ts";
import { isSameTable } from "../grants.ts";
import { refused } from "../refusals.ts";
import { applyRun, haveTriggersChanged, prepareApply } from "./apply/index.ts";
import {
  changesNothing,
  countDeletes,
  type Planned,
  planStaged,
  readAllPlannedRows,
  refuseUnconfirmed,
} from "./plan/index.ts";
import {
  forgetPlan,
  HISTORY,
  hasWritten,
  isBegun,
  isRefusal,
  nameByRows,
  namesRows,
  type Plan,
  type RunContext,
  type RunRecord,
  setBackToPlan,
  shrinkPlan,
  tellOtherEnd,
} from "./run/index.ts";
import { type ApplyRunInput, readListedRows } from "./stage/index.ts";
import { forgetImages, keepImages } from "./undo/index.ts";
import { completeUnchanged } from "./verify/index.ts";

/**
 * Plans, asks whether the plan is confirmed, keeps the rows as they are, and applies it. A dry run plans anew and ends there; any other call
 * goes on by the plan that the run has. Where the rows that it writes over have moved meanwhile, a call that
 * named its plan is refused, and any other leaves the run to be planned again by the next one. Where triggers have
 * changed meanwhile, the next one goes on by the same plan.
 */
export async function planAndApply(context: RunContext, run: RunRecord, input: ApplyRunInput): Promise<void> {
  const { details } = run;
  try {
    await goThrough(context, run, input);
  } catch (error) {
    if (haveTriggersChanged(error)) {
      if (!mayCallAgain(details)) throw error;
      return;
    }
    if (!isStale(error) || isOtherPlan(error)) {
      const travels = (table: string) => details.tables.some((one) => isSameTable(one, table));
      throw tellOtherEnd(error, (table) => (travels(table) ? { inSync: true } : {}));
    }
    Object.assign(details, { kept: null, counting: null });
    if (!mayCallAgain(details) || context.options.plan !== undefined) throw error;
  }
  if (run.applied) details.replans = 0;
}

async function goThrough(context: RunContext, run: RunRecord, input: ApplyRunInput): Promise<void> {
  const { options } = context;
  const isKept = run.details.kept != null && options.dryRun !== true;
  const planned = await planOf(context, run, input);
  if (planned === null) return;
  const { plan } = planned;
  const begun = isBegun(run);
  if (plan.unchanged === true && options.dryRun !== true) {
    const isNamed = options.plan !== undefined && namesRows(options.plan);
    if (isNamed && options.plan !== (await nameByRows([]))) throw otherPlan(run.key);
    return completeUnchanged(context, run, { plan, staged: input.staged });
  }
  if (options.plan !== undefined && namesRows(options.plan)) {
    const asked = { ...planned, named: options.plan, schema: input.creation.schema, isKept };
    if (!(await hasRows(context, run, asked))) return;
  }
  const prepared = prepareApply(context, run, { input, ...planned });
  if (options.dryRun === true) return;
  if (!begun) options.guard?.deletes(countDeletes(plan));
  try {
    if (begun) return await applyRun(context, run, prepared);
    refuseUnconfirmed(plan, run.details, options);
    const { images } = run.details;
    if (!(await keepImages(context, run, { input, ...planned }))) return;
    // The record that goes with the rows names what was kept of them.
    const names = run.details.images !== images;
    await applyRun(context, run, names ? prepareApply(context, run, { input, ...planned }) : prepared);
  } catch (error) {
    const refusal = asFerryError(error);
    if (run.details.kept) run.details.kept.refused = isDecided(refusal);
    if (!begun && isRolledBack(refusal, plan)) await forgetImages(context, run, plan.hash ?? "");
    throw error;
  }
}

/** Refused, and by no question that a confirmation answers. */
function isDecided(error: FerryError): boolean {
  return isRefusal(error) && error.code !== "CONFIRMATION_REQUIRED";
}

/** Refused when all of it was one transaction, and by no other driver that may have done it. */
function isRolledBack(error: FerryError, { transactions }: Plan): boolean {
  return transactions === "one" && isDecided(error) && error.code !== "RUN_LOCKED";
}

/** Plans of one run that rows overtake before somebody is told. */
const MOST_REPLANS = 5;

function mayCallAgain(details: RunRecord["details"]): boolean {
  details.replans = (details.replans ?? 0) + 1;
  return details.replans <= MOST_REPLANS;
}

function isStale(error: unknown): error is FerryError {
  return error instanceof FerryError && error.code === "PLAN_STALE";
}

/** The plan that the run has may be right: it is only not the one that was named. */
const isOtherPlan = ({ details }: FerryError): boolean => details?.reason === OTHER_PLAN;

const OTHER_PLAN = "other-plan";

/** The plan to go by: the run's own, or a new one. Null where the budget ends before it is made. */
async function planOf(context: RunContext, run: RunRecord, input: ApplyRunInput): Promise<Planned | null> {
  const { database, options } = context;
  const { details } = run;
  const asked = await askedOf(run, input);
  const { kept = null, plan } = details;
  const named = options.plan === undefined || namesRows(options.plan) ? undefined : options.plan;
  const isNew = named === undefined && kept?.refused === true;
  const goesOn =
    kept !== null && !isNew && (isBegun(run) || (options.dryRun !== true && kept.asked === asked));
  if (named !== undefined && (!goesOn || kept.hash !== named)) throw otherPlan(run.key);
  if (goesOn && plan !== null) {
    if (!isBegun(run)) {
      shrinkPlan(plan, run);
      settleVersion(run, plan, input);
    }
    return { plan, listed: await readListedRows(database, input.creation.schema, input.staged) };
  }
  if (isBegun(run)) await setBackToPlan(context, run);
  forgetPlan(run);
  const planned = await planStaged(context, run, input);
  if (planned === null) return null;
  const hash = await hashOf(run, planned);
  planned.plan.hash = hash;
  settleVersion(run, planned.plan, input);
  details.kept = { asked, hash };
  return planned;
}

interface NamedPlan extends Planned {
  named: string;
  schema: LiveSchema;
  /** An earlier invocation has made it. */
  isKept: boolean;
}

/**
 * Refuses a plan of other rows than the named ones, and one of more rows than are read at once. False where this
 * invocation has made the plan and may do no more: the next one reads its rows.
 */
async function hasRows(
  { database, key, options, budget }: RunContext,
  run: RunRecord,
  { plan, listed, named, schema, isKept }: NamedPlan,
): Promise<boolean> {
  const { kept } = run.details;
  const tables = Object.keys(plan.tables);
  options.guard?.reads(tables);
  if (kept?.rows === named) return true;
  // Of what is written already the lists may have gone.
  if (kept == null || isBegun(run)) throw otherPlan(key);
  let isEnded = false;
  const allows = (statements: number) => {
    isEnded = !budget.allows(statements);
    return !isEnded;
  };
  const rows = allows(LISTS)
    ? await readAllPlannedRows(database, { schema, listed }, { tables, allows })
    : null;
  if (rows === null && isEnded && !isKept) return false;
  if (rows === null || (await nameByRows(rows)) !== named) throw otherPlan(key);
  kept.rows = named;
  return true;
}

/** Statements that look which rows a plan lists, and read the first of them. */
const LISTS = 3;

/** What the plan says of the version, where none was asked for: the next one, or none where there is nothing to write. */
function settleVersion({ details }: RunRecord, plan: Plan, { nextVersion }: ApplyRunInput): void {
  const { version, force, onConflict } = details.request;
  delete plan.unchanged;
  delete plan.nextVersion;
  const counts = version === null && details.undoes === undefined;
  const isUnchanged = counts && force !== true && !hasWritten(details) && changesNothing(plan, onConflict);
  if (isUnchanged) plan.unchanged = true;
  else if (nextVersion !== undefined) plan.nextVersion = nextVersion;
}

/** What a plan depends on beside the rows: what was asked for, and the target's schema. */
async function askedOf({ details }: RunRecord, { creation }: ApplyRunInput): Promise<string> {
  const { mode, onConflict, keyless, atomic, force } = details.request;
  const edited = details.undoes !== undefined && force === true;
  const objects = creation.schema.objects.filter(({ name, table }) => ![name, table].some(isOfNoPlan));
  return digest([mode, onConflict, keyless, atomic, edited, objects]);
}

/** Ours or SQLite's: a target's first run makes some of them. */
function isOfNoPlan(name: string): boolean {
  return isNotTheApps(name) || name === HISTORY || name.startsWith("sqlite_");
}

/**
 * Says which plan it is: of which rows, for which document. With something of the run's own that nobody is told: whoever
 * may plan and not read could else find out by guessing what rows hold that are written over.
 */
async function hashOf({ key, details }: RunRecord, { plan, listed }: Planned): Promise<string> {
  const { tables, creates, adds = [] } = plan;
  const { mode, onConflict } = details.request;
  const made = adds.length === 0 ? creates : [creates, adds];
  return digest([
    key,
    details.secret ?? null,
    details.contents,
    mode,
    onConflict,
    tables,
    made,
    listed.digest,
  ]);
}

function digest(value: unknown): Promise<string> {
  return sha256Hex(new TextEncoder().encode(JSON.stringify(value)));
}

function otherPlan(key: string): FerryError {
  return refused(
    OTHER_PLAN,
    "This is not the plan that the run has: it was made anew, or for something else. No table was changed.",
    { details: { syncKey: key, moved: [] } },
  );
}
