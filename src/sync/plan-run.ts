import { FerryError } from "../errors.ts";
import { type ApplyRequest, applyStatements } from "./apply.ts";
import type { ApplyRunInput } from "./apply-run.ts";
import { refuseReachingDeletes } from "./cascades.ts";
import type { RunContext } from "./context.ts";
import { refuseDuplicateKeys } from "./duplicates.ts";
import { isOpaque } from "./opaque.ts";
import { NOTHING_COUNTED, planRun } from "./plan.ts";
import type { RunRecord } from "./record.ts";
import { isCleared } from "./search.ts";
import { shrinkPlan } from "./setbacks.ts";
import type { Staged } from "./staged.ts";
import { hasTerms } from "./terms.ts";
import type { Atomic, Mode, OnConflict, Plan } from "./types.ts";

/**
 * Plans a staged run, keeps the plan with it, and refuses what no confirmation could make right. Null
 * when the budget ends before all is counted; what is counted is kept.
 */
export async function planStaged(
  context: RunContext,
  run: RunRecord,
  { creation, staged, source }: ApplyRunInput,
): Promise<Plan | null> {
  const { database } = context;
  const { details } = run;
  const { mode, onConflict, atomic } = details.request;
  const rules = { run: run.key, mode, onConflict };
  const asked = `${mode} ${onConflict}`;
  const counting =
    details.counting?.asked === asked ? details.counting : { asked, ...structuredClone(NOTHING_COUNTED) };
  if (source.schema === null) {
    refuseTextOfTerms(staged);
    refuseKeylessMirror(staged, mode);
    await refuseDuplicateKeys(database, staged, rules);
  }
  const created = new Set(creation.missing);
  const planned = await planRun(context, { staged, rules, atomic, created }, counting);
  details.counting = planned === null ? counting : null;
  if (planned === null) return null;
  const { plan, parking } = planned;
  shrinkPlan(plan, run);
  details.plan = plan;
  details.parking = [...new Set(parking.map(({ index }) => index.name))];
  const notes = [...(onConflict === "fail" ? [] : opaqueNotes(staged)), ...rowidNotes(staged, plan, mode)];
  details.notes = [...new Set([...details.notes, ...notes])];
  run.status = "planned";
  refuseLosingTerms(staged, plan, mode);
  await refuseReachingDeletes(database, creation.schema, staged, rules, plan);
  return plan;
}

/**
 * The rowids of two databases mean nothing to each other. Where rows are known by nothing else, a
 * merge tells that it overwrites rows by them; where the target knows its rows by a key, and only the
 * source's NULLs in it are in the way, it refuses to.
 */
function rowidNotes(staged: Staged, plan: Plan, mode: Mode): string[] {
  if (mode === "mirror") return [];
  return staged.tables.flatMap(({ table: { name, key, columns } }) => {
    const updated = plan.tables[name]?.updated ?? 0;
    if (key.kind !== "rowid" || updated === 0) return [];
    if (columns.some(({ primaryKey }) => primaryKey > 0)) throw cannotMatch(name, updated);
    return [
      `"${name}" has no primary key: rows are matched by rowid, and ${updated} of the target's are overwritten`,
    ];
  });
}

function cannotMatch(table: string, rows: number): FerryError {
  return new FerryError(
    "UNSUPPORTED",
    `The source has NULLs in the primary key of "${table}", so its rows can only be matched by rowid, and ${rows} rows of the target would be overwritten by others. No table was changed.`,
    {
      hint: `Give each row of "${table}" a key in the source; or mirror the table, or leave it out.`,
      details: { table, rows },
    },
  );
}

/** What `skip` and `replace` cannot settle. */
function opaqueNotes(staged: Staged): string[] {
  return staged.tables.flatMap(({ table }) =>
    table.uniqueIndexes
      .filter((index) => isOpaque(table, index))
      .map(
        ({ name }) =>
          `${name} is over an expression or a part of "${table.name}": its conflicts are not seen ahead, and fail`,
      ),
  );
}

/** A table that keeps no text can be compared with terms only, as an archive has them. */
function refuseTextOfTerms(staged: Staged): void {
  const table = staged.tables.map((found) => found.table).find(hasTerms);
  if (table === undefined) return;
  throw new FerryError(
    "UNSUPPORTED",
    `"${table.name}" is a full-text table that keeps no text, and takes rows only from an archive. No table was changed.`,
    { hint: `Leave "${table.name}" out (exclude, --exclude).`, details: { table: table.name } },
  );
}

/** A merge into a full-text table that changes only as a whole would lose the rows that do not come in again. */
function refuseLosingTerms(staged: Staged, plan: Plan, mode: Mode): void {
  if (mode !== "merge") return;
  for (const table of staged.tables) {
    const { name } = table.table;
    const own = plan.tables[name];
    if (own === undefined || !isCleared(table, own)) continue;
    const others = own.live - own.updated - own.unchanged;
    if (others === 0) continue;
    throw new FerryError(
      "UNSUPPORTED",
      `"${name}" is a full-text table that keeps no text, and gives no single row up: ${own.updated} rows differ, and ${others} rows of the target that the archive does not have would be lost. No table was changed.`,
      {
        hint: `Mirror it (mode: mirror, --mode mirror), leave it out (exclude, --exclude), or make it with contentless_delete=1 on both sides.`,
        details: { table: name, differing: own.updated, others },
      },
    );
  }
}

function refuseKeylessMirror(staged: Staged, mode: Mode): void {
  if (mode !== "mirror") return;
  for (const { table, shapes } of staged.tables) {
    if (shapes.every(({ columns }) => table.key.columns.every((name) => columns.includes(name)))) continue;
    throw new FerryError(
      "MISSING_COLUMN",
      `A mirror needs to know each row of "${table.name}", and the document's rows lack its key (${table.key.columns.join(", ")}). No table was changed.`,
      { hint: "Use mode merge, or an archive.", details: { table: table.name, columns: table.key.columns } },
    );
  }
}

/**
 * The atomic road needs all its statements in one invocation, with those that open the run, plan and
 * end it; where the platform allows fewer, frames it is. `around` counts them.
 */
export function settleRoad(
  plan: Plan,
  request: ApplyRequest,
  atomic: Atomic,
  { budget, around }: Pick<RunContext, "budget"> & { around: number },
): void {
  const needed = applyStatements(request).length + around;
  if (plan.road !== "atomic" || needed <= budget.batchStatements) return;
  plan.reason = `one transaction takes ${needed} statements, and an invocation may run ${budget.batchStatements}`;
  if (atomic !== "always") {
    plan.road = "frames";
    return;
  }
  throw new FerryError(
    "UNSUPPORTED",
    `This sync cannot be one transaction: ${plan.reason}. No table was changed.`,
    { hint: "Sync fewer tables at a time, or leave out atomic: always (--atomic=always)." },
  );
}

/** Refuses a plan with conflicts nobody decided on, and deletes that are not the ones confirmed. */
export function refuseUnconfirmed(plan: Plan, onConflict: OnConflict, expected: number | undefined): void {
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
    `${conflictCount === 1 ? "1 row brings a unique value" : `${conflictCount} rows bring unique values`} that other rows hold (first: "${first?.table}" ${first?.key}, whose ${first?.index} the row ${first?.holder} has). No table was changed.`,
    {
      hint: "Choose skip or replace for conflicts (onConflict, --on-conflict), or correct the source.",
      details: { conflictCount, conflicts },
    },
  );
}
