import { sqliteMessage } from "../../database/failure.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import { liveScalars, remainingScalars, type TableChange } from "../compare/index.ts";
import type { RunContext, TablePlan } from "../run/index.ts";
import { changeOwnRun } from "../run/index.ts";
import { secondAttempt } from "./second-attempt.ts";
import {
  type ApplyRequest,
  type Committed,
  changedObjects,
  changedTables,
  changeStatements,
  clearFullText,
  commitStatements,
  committedBy,
  deleteRows,
  guardIncoming,
  guardLeft,
  guardPlan,
  guardReached,
  guardSchema,
  guardStatements,
  objectsAsRead,
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
 * The whole sync as one transaction. Its order matters:
 *
 * 1. foreign keys wait for the commit, so rows may come in any order
 * 2. the guard of the plan: what is written over is as the plan saw it, or all is rolled back
 * 3. triggers go, if they are as they were read; they come back, as they were, behind the rows
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
      sql: changeOwnRun(`results = ?4, record = ?3, undeclared = ${changedObjects("?5")}`),
      params: [
        run,
        request.commit.driver,
        JSON.stringify(request.commit.record),
        JSON.stringify(plannedEntries(request)).slice(1, -1),
        objectsAsRead(request),
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
