import { sqliteMessage } from "../../database/failure.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import { countScalars, isPartialOrExpression, remainingScalars } from "../compare/index.ts";
import type { RunContext } from "../run/index.ts";
import { changeOwnRun } from "../run/index.ts";
import {
  type ApplyRequest,
  canReturn,
  changeStatements,
  clearFullText,
  commitStatements,
  committedResults,
  deleteRows,
  guardOrphans,
  guardSchema,
  guardStatements,
  rebuildFullText,
  recordResults,
  suspendObjects,
  tablesOf,
  tablesReadBack,
} from "./statements/index.ts";

/** Runs the batch that `applyStatements` made. The results; null when the budget leaves no room for it. */
export async function applyAtOnce(
  { database, budget }: RunContext,
  request: ApplyRequest,
  batch: readonly Statement[],
): Promise<string | null> {
  if (!budget.allows(batch.length)) return null;
  try {
    return committedResults(await database.batch(batch));
  } catch (error) {
    const other = secondAttempt(request, sqliteMessage(error));
    if (other === null) throw error;
    return committedResults(await database.batch(applyStatements(other)));
  }
}

/**
 * A second way to settle unique values that move between rows, where the first one failed; null when
 * there is none. Which rows swap values under a partial or expression index cannot be asked: made again behind the
 * rows, the index judges the result. A displaced row may be given a value that its column does not take.
 */
function secondAttempt(request: ApplyRequest, message: string): ApplyRequest | null {
  const { displaced, target } = request;
  const { sites } = displaced;
  if (message.startsWith("UNIQUE constraint failed")) {
    const suspendedIndexes = partialOrExpressionIndexes(request);
    return suspendedIndexes.length === 0
      ? null
      : { ...request, displaced: { ...displaced, suspendedIndexes } };
  }
  const refusesValue = /^(CHECK|NOT NULL) constraint failed|^cannot store/.test(message);
  const returns = sites.length > 0 && sites.every((site) => canReturn(site, target.schema));
  return refusesValue && returns && !message.includes("ferry_")
    ? { ...request, displaced: { ...displaced, by: "deletion" } }
    : null;
}

function partialOrExpressionIndexes({ staged }: ApplyRequest): string[] {
  return staged.tables.flatMap(({ table }) =>
    table.uniqueIndexes.filter((index) => isPartialOrExpression(table, index)).map(({ name }) => name),
  );
}

/**
 * The whole sync as one transaction. Its order matters:
 *
 * 1. foreign keys wait for the commit, so rows may come in any order
 * 2. what is about to change is counted into the run's results
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
  const { staged, rules } = request;
  const { run } = staged;
  const { suspend, resume } = suspendObjects(request);
  return [
    { sql: "PRAGMA defer_foreign_keys = on" },
    {
      // Whoever goes on behind the commit, goes on with what was asked for here.
      sql: changeOwnRun("results = NULL, record = ?3"),
      params: [run, request.commit.driver, JSON.stringify(request.commit.record)],
    },
    ...request.target.create.before,
    ...withTerms(tablesOf(staged), [
      ...recordResults(run, countScalars(staged, rules)),
      ...suspend,
      ...clearFullText(request),
      ...changeStatements(request),
      ...deleteRows(request),
      ...rebuildFullText(request),
      ...resume,
      // Orphans first: a mirror may delete them again by a cascade.
      ...commitStatements(request, [
        ...guardOrphans(request),
        ...guardStatements(run, "remaining", remainingScalars(staged, rules, tablesReadBack(request))),
      ]),
    ]),
    ...guardSchema(request),
  ];
}
