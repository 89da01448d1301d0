import { sqliteMessage } from "../../database/failure.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import { refused } from "../../refusals.ts";
import { liveScalars, refuseLargeUnits } from "../compare/index.ts";
import type { CountEntry, RunContext, RunDetails } from "../run/index.ts";
import {
  changeOwnRun,
  fenceStatement,
  GUARD_FRAME,
  MOVED,
  RUNS,
  refuseUnordered,
  takenOver,
} from "../run/index.ts";
import { readListedParts, type StagedTable } from "../stage/index.ts";
import { inParts, refuseHeldExchanges } from "./exchanges.ts";
import {
  type ApplyRequest,
  type Committed,
  changedObjects,
  changedTables,
  clearedTables,
  clearFullText,
  commitStatements,
  committedBy,
  guardPlan,
  guardSchema,
  objectsAsRead,
  plannedEntries,
  rebuildFullText,
  recordResults,
} from "./statements/index.ts";
import { type FrameStep, frameSteps } from "./transaction-steps.ts";

/**
 * For what one transaction should not carry: a few frames in a transaction of their own,
 * which also moves the run's mark, parents before children, then the deletes, then the guard and the
 * history. Exactly once, like one transaction, but readers see it in between. Answers what it came to;
 * null when the budget ends first.
 */
export async function applyByFrames(
  context: RunContext,
  request: ApplyRequest,
  details: RunDetails,
): Promise<Committed | null> {
  const { database, key } = context;
  const { listed, target } = request;
  const writes = await readListedParts(database, key, "write");
  const deletes = listed.deletes.length === 0 ? [] : await readListedParts(database, key, "delete");
  // Behind the parts: while the run is ours, nobody completes it and takes them away.
  const { begun, through } = await readMark(context);
  const stepsBehind = (through: string | null) => frameSteps(request, { writes, deletes }, through);
  const place = { through, asRead: objectsAsRead(request) };
  const finishing = finishingSteps(request);
  // All of them once, and then those that the request comes to.
  const ahead = begun ? stepsBehind(through).slice(0, 1) : stepsBehind(through);
  const batches = [...ahead.map((step) => stepBatch(context, place, step)), ...finishing];
  refuseOversized(batches, context, begun);
  if (!begun) {
    refuseUnordered(details.unordered ?? []);
    refuseLargeUnits(inParts(request), database.capabilities);
    await refuseHeldExchanges(database, request);
    await begin(context, request, details);
    // The next invocation sees what the new tables are.
    if (target.create.before.length > 0) return null;
  }
  if (!(await applySteps(context, place, stepsBehind))) return null;
  return applyFinishingSteps(context, finishing);
}

/** Where the steps have come to. */
interface Place {
  /** The mark of the last step that is applied; null before the first. */
  through: string | null;
  /** See `changedObjects`. */
  asRead: string;
}

function stepBatch(
  { key, driver }: Pick<RunContext, "key" | "driver">,
  { through, asRead }: Place,
  { mark, statements }: Pick<FrameStep, "mark" | "statements">,
): Statement[] {
  return [
    { sql: "PRAGMA defer_foreign_keys = on" },
    // The mark moves on, and fails the batch where it is no longer where this driver saw it.
    {
      sql: changeOwnRun(
        `frames_through = iif(frames_through IS ?3, ?4, '${MOVED}'), undeclared = ${changedObjects("?5")}`,
      ),
      params: [key, driver, through, mark, asRead],
    },
    ...statements(),
  ];
}

/** True when all steps are applied, by whichever driver. */
async function applySteps(
  context: RunContext,
  place: Place,
  stepsBehind: (through: string | null) => FrameStep[],
): Promise<boolean> {
  const { database, budget, beat } = context;
  let mark = place.through;
  let steps = stepsBehind(mark);
  while (steps[0] !== undefined) {
    const [step] = steps;
    const at = { ...place, through: mark };
    const batch = stepBatch(context, at, step);
    if (!budget.allows(batch.length)) return false;
    try {
      await database.batch(batch).catch((error: unknown) => {
        const other = step.otherwise(sqliteMessage(error));
        if (other === null) throw error;
        return database.batch(stepBatch(context, at, { ...step, statements: () => other }));
      });
      [mark, steps] = [step.mark, steps.slice(1)];
    } catch (error) {
      if (!sqliteMessage(error).includes(GUARD_FRAME)) throw error;
      // Another driver moved it in the meantime.
      mark = (await readMark(context)).through;
      steps = stepsBehind(mark);
    }
    await beat();
  }
  return true;
}

/** What comes once all rows are in: full-text indexes, objects of new tables, the history. */
function finishingSteps(request: ApplyRequest): Statement[][] {
  const { staged, target, commit } = request;
  const { create } = target;
  const last = commitStatements({ ...request, target: { ...target, create: { ...create, after: [] } } }, []);
  return [
    ...rebuildFullText(request).map((statement) => [fenceStatement(staged.run, commit.driver), statement]),
    ...create.after.map((statement) => [
      fenceStatement(staged.run, commit.driver),
      statement,
      ...guardSchema(request),
    ]),
    last,
  ];
}

async function applyFinishingSteps(
  { database, budget, beat }: RunContext,
  steps: readonly Statement[][],
): Promise<Committed | null> {
  let committed: Committed = { results: "", version: null };
  for (const step of steps) {
    if (!budget.allows(step.length)) return null;
    committed = committedBy(await database.batch(step));
    await beat();
  }
  return committed;
}

/** A step that no invocation has room for would be tried for ever. */
function refuseOversized(steps: readonly Statement[][], { budget }: RunContext, begun: boolean): void {
  const calls = budget.countWithStep(Math.max(0, ...steps.map(({ length }) => length)));
  if (calls <= budget.limit) return;
  throw refused(
    "step-too-large",
    `A step of this sync takes ${calls} database calls in one request, and the app's platform leaves it ${budget.limit}. ${begun ? "What was applied stays; the rest is not." : "No table was changed."}`,
    { details: { calls, limit: budget.limit } },
  );
}

/**
 * Makes what is missing and counts what is there, once. More tables than fit are made one by one, and
 * the next invocations, which see those as there, make the rest and then count.
 */
async function begin(
  { database, budget, key }: RunContext,
  request: ApplyRequest,
  details: RunDetails,
): Promise<void> {
  const statements = beginStatements(request, details);
  const { before } = request.target.create;
  if (before.length === 0 || budget.allows(statements.length)) {
    await database.batch(statements);
    return;
  }
  // Which tables the run makes has to be known, also if this driver dies among them.
  await database.query({
    sql: changeOwnRun("record = ?3"),
    params: [key, request.commit.driver, JSON.stringify(details)],
  });
  for (const statement of before) {
    const batch = [fenceStatement(key, request.commit.driver), statement, ...guardSchema(request)];
    if (!budget.allows(batch.length)) return;
    await database.batch(batch);
  }
}

/** The record is kept with it: whoever goes on has to go by this plan, also if this driver dies before it gives the lock back. */
function beginStatements(request: ApplyRequest, details: RunDetails): Statement[] {
  const { staged, target, commit } = request;
  const { run } = staged;
  const cleared = clearedTables(request);
  return [
    {
      sql: changeOwnRun("results = ?4, record = ?3"),
      params: [
        run,
        commit.driver,
        JSON.stringify(details),
        JSON.stringify(entriesAhead(request)).slice(1, -1),
      ],
    },
    ...target.create.before,
    ...withTerms(
      cleared.map(({ table }) => table),
      [
        ...recordResults(run, liveScalars(changedTables(request))),
        ...(cleared.length === 0 ? [] : guardPlan(onlyTables(request, cleared))),
        ...clearFullText(request),
      ],
    ),
    ...guardSchema(request),
  ];
}

/** What the results have before a row is written: the rows that none will be. */
function entriesAhead(request: ApplyRequest): CountEntry[] {
  const listed = new Map(request.listed.writes.tables.map(({ table, rows }) => [table.name, rows]));
  const cleared = new Set(clearedTables(request).map(({ table }) => table.name));
  return plannedEntries(request).flatMap((entry): CountEntry[] => {
    if (entry[0] === "deleted") return cleared.has(entry[1]) ? [entry] : [];
    if (entry[0] === "live") return [entry];
    const [kind, table, attempted, , , skipped] = entry;
    const left = attempted - (listed.get(table) ?? 0);
    return [[kind, table, left, left - (skipped ?? 0), 0, skipped]];
  });
}

function onlyTables(request: ApplyRequest, tables: readonly StagedTable[]): ApplyRequest {
  const names = tables.map(({ table }) => table.name);
  const { listed } = request;
  const befores = listed.befores.filter(({ table }) => names.includes(table.name));
  return {
    ...request,
    listed: {
      ...listed,
      writes: { ...listed.writes, tables: listed.writes.tables.filter((list) => tables.includes(list)) },
      befores,
      deletes: listed.deletes.filter((list) => tables.includes(list)),
    },
  };
}

interface Mark {
  begun: boolean;
  /** The mark of the last step that is applied; null before the first. */
  through: string | null;
}

/** Rejects with `RUN_LOCKED` where another driver has the run: its plan knows places that ours does not. */
async function readMark({ database, key, driver }: RunContext): Promise<Mark> {
  const [row] = await database.query({
    sql: `SELECT results IS NOT NULL, frames_through FROM ${RUNS} WHERE key = ?1 AND driver IS ?2`,
    params: [key, driver],
  });
  if (row === undefined) throw takenOver(key);
  return { begun: row[0] === 1, through: row[1] as string | null };
}
