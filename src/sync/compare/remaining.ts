import { liveRows } from "../../database/fts5/contentless-rows.ts";
import type { Params } from "../../database/sql/params.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { literal, quote } from "../../database/sql/syntax.ts";
import type { CountEntry } from "../run/index.ts";
import { RUNS } from "../run/index.ts";
import {
  hasKey,
  keyMatches,
  type Staged,
  type StagedShape,
  type StagedTable,
  shapeSql,
} from "../stage/index.ts";
import type { ConflictRules } from "./conflicts.ts";
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
    return rules.onConflict === "skip" ? [exceptSkipped(table, wrong, rules)] : wrong;
  });
}

function wrongByShape(table: StagedTable, rules: ConflictRules): Scalar[] {
  return table.shapes
    .filter((shape) => hasKey(table, shape))
    .map((shape) => (params) => countWrong(table, shape, rules, params));
}

/** Opening every staged row again is what a guard costs, and a table that was empty can be wrong only in number. */
function countOrCompare(table: StagedTable, rules: ConflictRules): Scalar {
  const { name } = table.table;
  return (params) => {
    const wasEmpty = `SELECT 1 ${countedBefore("live", name, rules, params)} AND entry.value ->> 2 = 0`;
    return `SELECT CASE WHEN EXISTS (${wasEmpty}) THEN (SELECT abs(count(*) - ${table.rows}) FROM ${quote(name)})
      ELSE ${sumOf(wrongByShape(table, rules), params)} END`;
  };
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

function countWrong(
  table: StagedTable,
  shape: StagedShape,
  { run, mode }: ConflictRules,
  params: Params,
): string {
  const { key } = table.table;
  const sql = shapeSql(run, table, shape, params, (column) => `live.${quote(column)}`);
  const absent = `live.${quote(key.columns[0] as string)} IS NULL`;
  const different = mode === "insert" ? "0" : differs(table.table, shape, (column) => `live.${column}`, sql);
  return `SELECT count(*) FROM ${sql.from} LEFT JOIN ${liveRows(table.table)} AS live
    ON ${keyMatches("live", table.table, sql)} WHERE ${absent} OR ${different}`;
}

/**
 * A skipped row is never as the document has it, for its unique value is another's. Which rows were
 * skipped could not be asked behind the apply: displaced rows have moved. How many, the results say.
 */
function exceptSkipped({ table }: StagedTable, wrong: readonly Scalar[], rules: ConflictRules): Scalar {
  return (params) => {
    const skipped = `SELECT ifnull(sum(entry.value ->> 5), 0) ${countedBefore("rows", table.name, rules, params)}`;
    return `SELECT max(0, ${sumOf(wrong, params)} - (${skipped}))`;
  };
}

/** FROM and WHERE of what the run's results have of a table, counted before the apply: each is `entry`. */
function countedBefore(kind: CountEntry[0], table: string, { run }: ConflictRules, params: Params): string {
  return `FROM ${RUNS} AS run, json_each('[' || run.results || ']') AS entry
    WHERE run.key = ${params.add(run)} AND entry.value ->> 0 = ${literal(kind)} AND entry.value ->> 1 = ${literal(table)}`;
}

function sumOf(scalars: readonly Scalar[], params: Params): string {
  return ["0", ...scalars.map((scalar) => `(${scalar(params)})`)].join(" + ");
}
