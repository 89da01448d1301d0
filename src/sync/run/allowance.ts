import { type Budget, CALLS_BEYOND_SMALLEST, SAFE_CALLS, watchedDatabase } from "../../budget.ts";
import type { Database } from "../../database/port.ts";
import { RUNS } from "./control-tables.ts";
import type { RunRecord } from "./record.ts";

/*
 * An app does not always say where it runs, and cannot see how many calls its plan lets it make. Where it
 * does not say it, a request may take more than it has; then every later call fails as well, and nothing
 * can be written down any more. So it is written down before: the run's record says that a request goes
 * beyond what the smallest plan allows, and no longer says so once that request has ended well. Whoever
 * finds it takes no more than the smallest plan allows, in this run and in those that come.
 */

/** Takes fewer calls where an earlier request was lost beyond those that are safe. */
export function settleAllowance({ details }: RunRecord, budget: Budget): void {
  if (!budget.mayFallBack) return;
  if (details.reaching) details.fewCalls = true;
  details.reaching = false;
  if (details.fewCalls) budget.fallBack();
}

export interface WatchedDatabase {
  database: Database;
  /** From now on the run's record says it first where calls go beyond those that are safe. */
  watch(run: RunRecord, driver: string): void;
}

/** The database; `counted` counts its calls. */
export function watchCalls(counted: Database, budget: Budget): WatchedDatabase {
  let mark: (() => Promise<void>) | null = null;
  const before = async (calls: number) => {
    if (mark === null || budget.spent + calls <= SAFE_CALLS) return;
    const writeDown = mark;
    mark = null;
    await writeDown();
  };
  return {
    database: watchedDatabase(counted, before),
    watch({ key, details }, driver) {
      if (!budget.mayFallBack || details.fewCalls || details.manyCalls) return;
      mark = async () => {
        details.reaching = true;
        await counted.query({
          sql: `UPDATE ${RUNS} SET record = json_set(record, '$.reaching', json('true')) WHERE key = ?1 AND driver = ?2`,
          params: [key, driver],
        });
      };
    },
  };
}

/** The request ends well, with all the calls that it took. */
export function endWell({ details }: RunRecord, budget: Budget): void {
  if (details.reaching && budget.spent > CALLS_BEYOND_SMALLEST) details.manyCalls = true;
  details.reaching = false;
}
