import { liveRows } from "../../database/fts5/contentless-rows.ts";
import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { literal, quote } from "../../database/sql/syntax.ts";
import { type CountEntry, ENTRY, RESULT_ENTRIES } from "../run/index.ts";
import {
  hasKey,
  type IncomingRows,
  incomingRows,
  keyMatches,
  type Staged,
  type StagedTable,
  shapeSql,
  withColumns,
} from "../stage/index.ts";
import type { ConflictRules } from "./conflicts.ts";
import { isListed } from "./list-changes.ts";
import { missingOf } from "./missing-of.ts";
import { missingRows } from "./missing-rows.ts";
import { differs } from "./row-differs.ts";

/** What has to be true of the tables once a run has written them. */
export interface Expected {
  /** All that is staged. */
  staged: Staged;
  /** What is written of it. */
  writes: readonly StagedTable[];
  rules: ConflictRules;
  /** Which of them are updates, and in which columns. @default none: all are as they are staged */
  updates?: Updates | undefined;
}

/** What is nobody's business in a row that was there: what else an app has changed in it since the plan. */
interface Updates {
  befores: readonly StagedTable[];
  changed: ReadonlyMap<string, readonly string[]>;
}

/**
 * How far the live tables still are from what the run should have made of them. Each scalar is 0
 * after a right apply. Of the tables in `readBack`, whose cells are compared with the archive anyway,
 * the rows are only counted if there were none before.
 */
export function remainingScalars(
  expected: Expected,
  changes: readonly TableChange[],
  readBack: ReadonlySet<string>,
): Scalar[] {
  const { writes } = expected;
  const counted = writes.filter(({ table }) => readBack.has(table.name));
  const compared = writes.filter((table) => !counted.includes(table));
  return [
    ...counted.map((table) => unlessEmpty(table, wrongScalars({ ...expected, writes: [table] }))),
    ...wrongScalars({ ...expected, writes: compared }),
    ...changes.map((change) => wrongNumber(change, expected.staged.run)),
  ];
}

/** Written rows that the live tables lack, or hold with other values. */
export function wrongScalars({ writes, staged, rules, updates }: Expected): Scalar[] {
  const unadded = (rows: IncomingRows, params: Params) =>
    rows.shape.slice === undefined
      ? missingOf(rows, { staged, rules, params })
      : missingRows(rows, params, { alone: true }).from;
  return incomingRows(writes).flatMap((rows): Scalar[] => {
    if (rows.shape.appends === true) return [(params) => `SELECT count(*) FROM ${unadded(rows, params)}`];
    return hasKey(rows) ? [(params) => countWrong(rows, updates, params)] : [];
  });
}

/** Opening every staged row again is what a guard costs, and a table that was empty can be wrong only in number. */
function unlessEmpty(table: StagedTable, wrong: readonly Scalar[]): Scalar {
  return (params) =>
    `SELECT CASE WHEN ${wasEmpty(table, params.add(table.run))} THEN 0 ELSE ${sumOf(wrong, params)} END`;
}

/** By how many rows a table's number changes. */
export interface TableChange {
  table: Pick<LiveTable, "name">;
  by: number;
}

/** Another number of rows than there were, with those inserted and without those deleted. */
function wrongNumber({ table, by }: TableChange, run: string): Scalar {
  return (params) => {
    const before = `SELECT ${ENTRY.count} ${countedBefore("live", table, params.add(run))}`;
    return `SELECT abs(count(*) - (${before}) - (${by})) FROM ${quote(table.name)}`;
  };
}

/** True in SQL where the table had no row before the run's apply. `run` is the SQL of the run's key. */
export function wasEmpty({ table }: Pick<StagedTable, "table">, run: string): string {
  return `EXISTS (SELECT 1 ${countedBefore("live", table, run)} AND ${ENTRY.count} = 0)`;
}

function countWrong(rows: IncomingRows, updates: Updates | undefined, params: Params): string {
  const { table } = rows.staged;
  const sql = shapeSql({ ...rows, absent: (column) => `live.${quote(column)}` }, params);
  const absent = `live.${quote(table.key.columns[0] as string)} IS NULL`;
  const lists = updates?.befores.filter((list) => list.table.name === table.name) ?? [];
  // A full-text table's rows are written whole.
  const different =
    lists.length === 0 || table.fts5
      ? differs(rows, sql)
      : `${differs(rows, sql)} AND (${differs(narrowed(rows, updates), sql)} OR NOT (${isListed(lists, "live", params)}))`;
  return `SELECT count(*) FROM ${sql.from} LEFT JOIN ${liveRows(table)} AS live
    ON ${keyMatches("live", table, sql)} WHERE ${absent} OR ${different}`;
}

/** The same rows with nothing but the columns that updates write. */
function narrowed({ staged, shape }: IncomingRows, updates: Updates | undefined): IncomingRows {
  const written = updates?.changed.get(staged.table.name) ?? [];
  const columns = shape.columns.filter((name) => written.includes(name));
  return { staged, shape: withColumns(columns, shape) };
}

/** FROM and WHERE of what the run's results have of a table, counted before the apply: each is `entry`. */
function countedBefore(kind: CountEntry[0], table: Pick<LiveTable, "name">, run: string): string {
  return `FROM ${RESULT_ENTRIES}
    WHERE run.key = ${run} AND ${ENTRY.kind} = ${literal(kind)} AND ${ENTRY.table} = ${literal(table.name)}`;
}

function sumOf(scalars: readonly Scalar[], params: Params): string {
  return ["0", ...scalars.map((scalar) => `(${scalar(params)})`)].join(" + ");
}
