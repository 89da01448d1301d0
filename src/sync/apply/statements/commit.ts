import type { Statement, StatementResult } from "../../../database/port.ts";
import { packScalars, type Scalar } from "../../../database/sql/scalars.ts";
import { callNested } from "../../../database/sql/syntax.ts";
import {
  type CountEntry,
  changeOwnRun,
  historyStatements,
  RUNS,
  SET_APPLIED,
  TAKE_NEXT_VERSION,
  undoneStatements,
} from "../../run/index.ts";
import { type ApplyRequest, changedTables } from "./request.ts";

/**
 * Marks the run applied, which answers its results and its version, taken now where the history counts; then the guards, the
 * schema's rest and the history.
 */
export function commitStatements(request: ApplyRequest, guards: readonly Statement[]): Statement[] {
  const { staged, target } = request;
  const { driver, history, version, sequences, now, undone } = request.commit;
  const { run } = staged;
  const taking = version === null && history !== null ? [TAKE_NEXT_VERSION] : [];
  const mark = {
    sql: `${changeOwnRun([SET_APPLIED, "updated_at = ?3", ...taking].join(", "))} RETURNING results, record ->> '$.version'`,
    params: [run, driver, now],
  };
  return [
    ...sequences,
    mark,
    ...guards,
    ...target.create.after,
    ...(undone !== undefined
      ? undoneStatements({ run, undone, now, history: history !== null })
      : history === null
        ? []
        : historyStatements({ run, version, now, ...history })),
  ];
}

/** What a run came to in the transaction that marked it applied. */
export interface Committed {
  /** As the run keeps them. */
  results: string;
  version: number | null;
}

/** What the answer to a batch that ends with `commitStatements` says. */
export function committedBy(answers: readonly StatementResult[]): Committed {
  const row = answers.findLast(({ rows }) => rows.length > 0)?.rows[0];
  const [results = null, version = null] = (row ?? []) as [string | null, number | null];
  return { results: results ?? "", version };
}

/**
 * What the plan counted, as the results have it. How many rows there are in the tables that change, the
 * transaction counts itself.
 */
export function plannedEntries(request: ApplyRequest): CountEntry[] {
  const changing = new Set(changedTables(request).map(({ name }) => name));
  return Object.entries(request.plan).flatMap(([table, own]): CountEntry[] => {
    const { attempted, inserted, updated, deleted, skipped, live } = own;
    return [
      ["rows", table, attempted, attempted - inserted - skipped, updated, skipped],
      ...(deleted > 0 ? [["deleted", table, deleted] satisfies CountEntry] : []),
      ...(changing.has(table) ? [] : [["live", table, live] satisfies CountEntry]),
    ];
  });
}

/** Adds counts, made here and now, to the run's results. */
export function recordResults(run: string, scalars: readonly Scalar[]): Statement[] {
  return packScalars(scalars).map(({ expressions, params }) => ({
    sql: `UPDATE ${RUNS} SET results = ${callNested("concat_ws", ["nullif(results, '')", ...expressions], ["','"])} WHERE key = ${params.add(run)}`,
    params: params.values,
  }));
}
