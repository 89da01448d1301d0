import type { CountEntry } from "./count-entry.ts";
import { asOurs, changeOwnRun } from "./fence.ts";
import type { RunDetails, RunRecord } from "./record.ts";
import { readCounts } from "./results.ts";
import { planAnew, SET_PLANNABLE } from "./status.ts";
import type { OwnRun } from "./stored-runs.ts";

/**
 * Sets a run that was begun in many transactions back to where it is planned: rows that it has still to write have
 * moved. What it wrote stays, and is kept for its results.
 */
export async function setBackToPlan({ database, key, driver }: OwnRun, run: RunRecord): Promise<void> {
  const { details, results } = run;
  const counts = readCounts(JSON.parse(`[${results ?? ""}]`) as CountEntry[], details.request.mode);
  const earlier = new Map(details.earlier);
  for (const [table, { inserted, updated, deleted }] of Object.entries(counts)) {
    const before = earlier.get(table) ?? { inserted: 0, updated: 0, deleted: 0 };
    earlier.set(table, {
      inserted: before.inserted + inserted,
      updated: before.updated + updated,
      deleted: before.deleted + deleted,
    });
  }
  details.earlier = [...earlier];
  const sql = changeOwnRun(`${SET_PLANNABLE}, record = ?3`);
  await asOurs(key, database.query({ sql, params: [key, driver, JSON.stringify(details)] }));
  planAnew(run);
}

/** True where a plan that was given up had written some of its rows. */
export function hasWritten({ earlier = [] }: Pick<RunDetails, "earlier">): boolean {
  return earlier.some(([, { inserted, updated, deleted }]) => inserted + updated + deleted > 0);
}
