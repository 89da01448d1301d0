import { sqliteMessage } from "../../database/failure.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import { isPartialOrExpression, liveScalars, remainingScalars, type TableChange } from "../compare/index.ts";
import type { RunContext, TablePlan } from "../run/index.ts";
import { changeOwnRun } from "../run/index.ts";
import {
  type ApplyRequest,
  type Committed,
  canReturn,
  changedTables,
  changeStatements,
  clearFullText,
  commitStatements,
  committedBy,
  type DisplacedRows,
  deleteRows,
  guardIncoming,
  guardLeft,
  guardPlan,
  guardReached,
  guardSchema,
  guardStatements,
  plannedEntries,
  rebuildFullText,
  recordResults,
  suspendObjects,
  tablesReadBack,
  updatesOf,
} from "./statements/index.ts";

/** Runs the batch that `applyStatements` made. What it came to; null when the budget leaves no room for it. */
export async function applyAtOnce(
  { database, budget }: RunContext,
  request: ApplyRequest,
  batch: readonly Statement[],
): Promise<Committed | null> {
  if (!budget.allows(batch.length)) return null;
  try {
    return committedBy(await database.batch(batch));
  } catch (error) {
    const other = secondAttempt(request, sqliteMessage(error));
    if (other === null) throw error;
    return committedBy(await database.batch(applyStatements(other)));
  }
}

/**
 * A second way to settle unique values that move between rows, where the first one failed; null when
 * there is none. Which rows swap values under a partial or expression index cannot be asked: made again behind the
 * rows, the index judges the result. One that belongs to the table stays, and the rows are taken away in its place.
 * A displaced row may be given a value that its column does not take.
 */
function secondAttempt(request: ApplyRequest, message: string): ApplyRequest | null {
  const { displaced, target } = request;
  const { sites } = displaced;
  if (message.startsWith("UNIQUE constraint failed")) {
    const { suspendedIndexes, rewritten } = settledLater(request);
    return suspendedIndexes.length + rewritten.length === 0
      ? null
      : { ...request, displaced: { ...displaced, suspendedIndexes, rewritten } };
  }
  const refusesValue = /^(CHECK|NOT NULL) constraint failed|^cannot store/.test(message);
  const returns = sites.length > 0 && sites.every(({ staged }) => canReturn(staged, target.schema));
  return refusesValue && returns && !message.includes("ferry_")
    ? { ...request, displaced: { ...displaced, by: "deletion" } }
    : null;
}

/** Of indexes that no value can be asked of: those that can be made again, and the tables of the others. */
function settledLater({
  listed: { writes },
  target: { schema },
}: ApplyRequest): Required<Pick<DisplacedRows, "suspendedIndexes" | "rewritten">> {
  const made = new Set(schema.others.flatMap(({ type, name }) => (type === "index" ? [name] : [])));
  const indexes = writes.tables.flatMap((staged) =>
    staged.table.uniqueIndexes
      .filter((index) => isPartialOrExpression(staged.table, index))
      .map(({ name }) => ({ name, staged })),
  );
  const own = indexes.filter(({ name }) => !made.has(name)).map(({ staged }) => staged);
  return {
    suspendedIndexes: indexes.map(({ name }) => name).filter((name) => made.has(name)),
    rewritten: own.filter((staged) => canReturn(staged, schema)).map(({ table }) => table.name),
  };
}

/**
 * The whole sync as one transaction. Its order matters:
 *
 * 1. foreign keys wait for the commit, so rows may come in any order
 * 2. the guard of the plan: what is written over is as the plan saw it, or all is rolled back
 * 3. triggers go; they come back, as they were, behind the rows
 * 4. rows in the way of unique values are displaced or replaced, rows are upserted, and only then is
 *    anything deleted, children first: no cascade meets a row that stays
 * 5. the run is marked applied, at which a second driver's batch fails
 * 6. the guards: rows that still differ, or point to nothing, roll everything back
 * 7. the history, and the guard of the schema behind all that makes objects
 *
 * Readers see the database before or after. A crash leaves one of the two.
 */
export function applyStatements(request: ApplyRequest): Statement[] {
  const { staged, listed } = request;
  const { run } = staged;
  const { suspend, resume } = suspendObjects(request);
  const changed = changedTables(request);
  const { writes } = listed;
  return [
    { sql: "PRAGMA defer_foreign_keys = on" },
    {
      // Whoever goes on behind the commit, goes on with what was asked for here.
      sql: changeOwnRun("results = ?4, record = ?3"),
      params: [
        run,
        request.commit.driver,
        JSON.stringify(request.commit.record),
        JSON.stringify(plannedEntries(request)).slice(1, -1),
      ],
    },
    ...request.target.create.before,
    ...withTerms(changed, [
      ...recordResults(run, liveScalars(changed)),
      ...guardPlan(request),
      ...suspend,
      ...clearFullText(request),
      ...changeStatements(request),
      // Orphans first: a mirror may delete them again by a cascade.
      ...guardIncoming(request),
      ...guardReached(request),
      ...deleteRows(request),
      ...guardLeft(request),
      ...rebuildFullText(request),
      ...resume,
      ...commitStatements(request, [
        ...guardStatements(
          run,
          "remaining",
          remainingScalars(
            { staged, writes: writes.tables, rules: request.rules, updates: updatesOf(request) },
            changesOf(request),
            tablesReadBack(request),
          ),
        ),
      ]),
    ]),
    ...guardSchema(request),
  ];
}

/** By how much the number of rows changes in each table. */
function changesOf(request: ApplyRequest): TableChange[] {
  return changedTables(request).map((table) => {
    const { inserted, deleted } = request.plan[table.name] as TablePlan;
    return { table, by: inserted - deleted };
  });
}
