import { asFerryError } from "../../errors.ts";
import { parentsFirst, refuseLargeUnits } from "../compare/index.ts";
import type { Plan, RunContext, RunRecord } from "../run/index.ts";
import { enter, hasWritten, isRefusal, refuseUnordered, shrinkPlan } from "../run/index.ts";
import type { ApplyRunInput, ListedRows } from "../stage/index.ts";
import { NOTHING_COUNTED, planRun } from "./count-plan.ts";
import { refuseDuplicateKeys, refuseRepeatedKeys } from "./duplicate-keys.ts";
import { lostRowidNotes } from "./lost-rowids.ts";
import {
  refuseKeylessMirror,
  refuseLosingContentless,
  refuseTextForContentless,
  settleRowids,
  unseenConflictNotes,
} from "./refusals.ts";
import { refuseFollowing, refuseReachingDeletes } from "./refuse-cascades.ts";
import { planUndo } from "./undo/plan-undo.ts";

/** A plan, and the rows that it is. */
export interface Planned {
  plan: Plan;
  listed: ListedRows;
}

/**
 * Plans a staged run, keeps the plan with it, and refuses what no confirmation could make right. Null
 * when the budget ends before all is counted; what is counted is kept.
 */
export async function planStaged(
  context: RunContext,
  run: RunRecord,
  { creation, staged, source }: ApplyRunInput,
): Promise<Planned | null> {
  const { database } = context;
  const { details } = run;
  const { mode, onConflict, atomic, keyless = "refuse", force } = details.request;
  const rules = { mode, onConflict };
  const asked = `${mode} ${onConflict} ${keyless} ${force === true}`;
  const counting =
    details.counting?.asked === asked ? details.counting : { asked, ...structuredClone(NOTHING_COUNTED) };
  if (source.schema === null) {
    refuseTextForContentless(staged);
    refuseKeylessMirror(staged, mode);
    await refuseDuplicateKeys(database, staged);
  }
  const undoes = details.undoes !== undefined;
  if (!undoes && counting.steps === 0) await refuseRepeatedKeys(database, staged);
  // Where the call ends by an error, too: the lists are those that this one counts.
  details.counting = counting;
  const created = new Set(creation.missing);
  const asking = { staged, rules, atomic, created, schema: creation.schema };
  const planning = undoes
    ? planUndo(
        context,
        {
          ...asking,
          edited: force === true,
          begun: hasWritten(details),
          takenBefore: context.options.takenBefore === true,
        },
        counting,
      )
    : planRun(context, asking, counting);
  const planned = await planning.catch((error) => {
    // What was found then may be put right by the next call.
    if (isRefusal(asFerryError(error))) details.counting = null;
    throw error;
  });
  details.counting = planned === null ? counting : null;
  if (planned === null) return null;
  const { plan, displacing, differing, listed, changed, unordered } = planned;
  shrinkPlan(plan, run);
  if (plan.transactions === "many") {
    refuseUnordered(unordered);
    const { missing } = creation;
    const order = parentsFirst(staged.tables, { missing }).map(({ table }) => table.name);
    const rows = { listed, rules, plan: plan.tables, order, missing, sites: displacing };
    refuseLargeUnits(rows, database.capabilities);
  }
  const { added } = context.options;
  plan.creates = creation.objects.map((object) => ({
    type: object.type,
    name: object.name,
    table: object.type === "table" ? object.name : object.table,
    sql: object.sql,
  }));
  if (added !== undefined && added.columns.length > 0) plan.adds = [...added.columns];
  if (details.heldBack.length > 0) plan.heldBack = details.heldBack;
  details.plan = plan;
  details.changed = changed;
  details.unordered = unordered;
  details.displacedAt = [...new Set(displacing.map(({ index }) => index.name))];
  const notes = [
    ...(onConflict === "fail" ? [] : unseenConflictNotes(staged)),
    ...settleRowids({ staged, mode, differing }),
    ...lostRowidNotes(creation.schema, staged, plan),
    ...(added?.notes ?? []),
  ];
  details.notes = [...new Set([...details.notes, ...notes])];
  enter(run, "planned");
  refuseLosingContentless(staged, plan, mode);
  // An undo leaves what rows point to.
  if (!undoes) {
    await refuseReachingDeletes(database, {
      schema: creation.schema,
      staged,
      rules,
      tables: plan.tables,
    });
  }
  await refuseFollowing(database, {
    schema: creation.schema,
    listed,
    changed: new Map(changed),
    apart: plan.transactions === "many",
  });
  return { plan, listed };
}
