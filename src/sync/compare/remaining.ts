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
} from "../stage/index.ts";
import type { ConflictRules } from "./conflicts.ts";
import { missingRows } from "./missing-rows.ts";
import { differs } from "./row-differs.ts";

/**
 * How far the live tables still are from what the run should have made of them. Each scalar is 0
 * after a right apply. Of the tables in `readBack`, whose cells are compared with the archive anyway,
 * the rows are only counted if there were none before.
 */
export function remainingScalars(
  staged: Staged,
  rules: ConflictRules,
  readBack: ReadonlySet<string>,
): Scalar[] {
  const counted = staged.tables.filter(({ table }) => readBack.has(table.name));
  const compared = staged.tables.filter((table) => !counted.includes(table));
  return [
    ...counted.map((table) => countOrCompare(table, rules)),
    ...wrongScalars({ ...staged, tables: compared }, rules),
    ...surplusScalars(staged, rules),
  ];
}

/** Incoming rows that the live tables lack, or hold with other values. */
export function wrongScalars(staged: Staged, rules: ConflictRules): Scalar[] {
  return staged.tables.flatMap((table) => {
    const wrong = wrongByShape(table, rules);
    return rules.onConflict === "skip" ? [exceptSkipped(table, wrong)] : wrong;
  });
}

function wrongByShape(table: StagedTable, rules: ConflictRules): Scalar[] {
  return incomingRows([table])
    .filter((rows) => hasKey(rows) || rows.shape.appends)
    .map((rows) => (params) => countWrong(rows, rules, params));
}

/** Opening every staged row again is what a guard costs, and a table that was empty can be wrong only in number. */
function countOrCompare(table: StagedTable, rules: ConflictRules): Scalar {
  const { name } = table.table;
  return (params) => {
    return `SELECT CASE WHEN ${wasEmpty(table, params.add(table.run))} THEN (SELECT abs(count(*) - ${table.rows}) FROM ${quote(name)})
      ELSE ${sumOf(wrongByShape(table, rules), params)} END`;
  };
}

/** True in SQL where the table had no row before the run's apply. `run` is the SQL of the run's key. */
export function wasEmpty({ table }: Pick<StagedTable, "table">, run: string): string {
  return `EXISTS (SELECT 1 ${countedBefore("live", table, run)} AND ${ENTRY.count} = 0)`;
}

/** In a mirror, rows too many. */
export function surplusScalars({ tables }: Staged, { mode }: ConflictRules): Scalar[] {
  if (mode !== "mirror") return [];
  return tables.map(
    ({ table, rows }) =>
      () =>
        `SELECT max(count(*) - ${rows}, 0) FROM ${quote(table.name)}`,
  );
}

function countWrong(rows: IncomingRows, { mode }: ConflictRules, params: Params): string {
  if (rows.shape.appends === true) return `SELECT count(*) FROM ${missingRows(rows, params).from}`;
  const { table } = rows.staged;
  const sql = shapeSql({ ...rows, absent: (column) => `live.${quote(column)}` }, params);
  const absent = `live.${quote(table.key.columns[0] as string)} IS NULL`;
  const different = mode === "insert" ? "0" : differs(rows, sql);
  return `SELECT count(*) FROM ${sql.from} LEFT JOIN ${liveRows(table)} AS live
    ON ${keyMatches("live", table, sql)} WHERE ${absent} OR ${different}`;
}

/**
 * A skipped row is never as the document has it, for its unique value is another's. Which rows were
 * skipped could not be asked behind the apply: displaced rows have moved. How many, the results say.
 */
function exceptSkipped(table: StagedTable, wrong: readonly Scalar[]): Scalar {
  return (params) => {
    const skipped = `SELECT ifnull(sum(${ENTRY.skipped}), 0) ${countedBefore("rows", table.table, params.add(table.run))}`;
    return `SELECT max(0, ${sumOf(wrong, params)} - (${skipped}))`;
  };
}

/** FROM and WHERE of what the run's results have of a table, counted before the apply: each is `entry`. */
function countedBefore(kind: CountEntry[0], table: Pick<LiveTable, "name">, run: string): string {
  return `FROM ${RESULT_ENTRIES}
    WHERE run.key = ${run} AND ${ENTRY.kind} = ${literal(kind)} AND ${ENTRY.table} = ${literal(table.name)}`;
}

function sumOf(scalars: readonly Scalar[], params: Params): string {
  return ["0", ...scalars.map((scalar) => `(${scalar(params)})`)].join(" + ");
}
