import { literal, quote } from "../database/sql.ts";
import { differs } from "./compare.ts";
import { type ConflictRules, withoutConflict } from "./conflicts.ts";
import { replacedScalars } from "./holders.ts";
import type { Params } from "./params.ts";
import {
  hasKey,
  keyMatches,
  type Scalar,
  type Staged,
  type StagedShape,
  type StagedTable,
  shapeSql,
} from "./staged.ts";
import { liveRows } from "./terms.ts";
import type { Mode, TablePlan } from "./types.ts";

/**
 * What SQL counts before an apply: for each table its live rows and those that `replace` deletes, and
 * for each shape of incoming rows how many there are, have a live row of their key, differ from it,
 * and are skipped. The plan reads it ahead of the apply, the run's results are the same reading
 * inside the apply's transaction.
 */
export type CountEntry =
  | ["live", table: string, count: number]
  | ["replaced", table: string, count: number]
  | [
      "rows",
      table: string,
      attempted: number,
      matched: number | null,
      differing: number | null,
      skipped: number | null,
    ];

/** One scalar an entry, each the JSON of a `CountEntry`. */
export function countScalars(staged: Staged, rules: ConflictRules): Scalar[] {
  return [...liveScalars(staged), ...rowScalars(staged, rules), ...replacedCounts(staged, rules)];
}

/** The live rows of each table. */
export function liveScalars(staged: Staged): Scalar[] {
  return staged.tables.map(
    ({ table: { name } }) =>
      () =>
        `SELECT json_array('live', ${literal(name)}, count(*)) FROM ${quote(name)}`,
  );
}

/** What the incoming rows of each shape meet. */
export function rowScalars(staged: Staged, rules: ConflictRules): Scalar[] {
  return staged.tables.flatMap((table) =>
    table.shapes.map(
      (shape): Scalar =>
        (params) =>
          countShape(table, shape, rules, params),
    ),
  );
}

/** The live rows that `replace` deletes; nothing with other rules. */
export function replacedCounts(staged: Staged, rules: ConflictRules): Scalar[] {
  return rules.onConflict === "replace" ? replacedScalars(staged, rules) : [];
}

function countShape(staged: StagedTable, shape: StagedShape, rules: ConflictRules, params: Params): string {
  const sql = shapeSql(rules.run, staged, shape, params, (column) => `live.${quote(column)}`);
  const { table } = staged;
  const name = literal(table.name);
  const free = rules.onConflict === "skip" ? withoutConflict(staged, shape, rules, params) : "1";
  if (!hasKey(staged, shape)) {
    // Rows without a key (a table that has none, in a document by others) can only be added.
    return `SELECT json_array('rows', ${name}, count(*), 0, 0, sum(NOT (${free}))) FROM ${sql.from}`;
  }
  const matched = `live.${quote(table.key.columns[0] as string)} IS NOT NULL`;
  const different = differs(table, shape, (column) => `live.${column}`, sql);
  // LIMIT keeps SQLite from merging the two selects: D1 takes 100 terms in an aggregate. CASE spares
  // the comparison where there is nothing to compare with.
  const counts = `SELECT json_array('rows', ${name}, count(*), sum(matched AND free), sum(different AND free), sum(NOT free))
    FROM (SELECT ${matched} AS matched, CASE WHEN ${matched} THEN ${different} ELSE 0 END AS different, ${free} AS free
      FROM ${sql.from} LEFT JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)} LIMIT -1)`;
  // In an empty table there is nothing to meet, and no reason to open the rows.
  return `SELECT CASE WHEN EXISTS (SELECT 1 FROM ${quote(table.name)}) THEN (${counts})
    ELSE json_array('rows', ${name}, ${shape.rows}, 0, 0, 0) END`;
}

/** Each table's result, from the counts before the apply. */
export function readCounts(entries: readonly CountEntry[], mode: Mode): Record<string, TablePlan> {
  const tables: Record<string, TablePlan> = Object.create(null); // a table may be called "constructor"
  for (const [table, own] of Map.groupBy(entries, ([, name]) => name)) {
    const sum = (kind: CountEntry[0], i: number) =>
      own
        .filter((entry) => entry[0] === kind)
        .reduce((total, entry) => total + ((entry[i] as number | null) ?? 0), 0);
    const live = own.find(([kind]) => kind === "live")?.[2] ?? 0;
    const [attempted, matched, skipped] = [sum("rows", 2), sum("rows", 3), sum("rows", 5)];
    const updated = mode === "insert" ? 0 : sum("rows", 4);
    tables[table] = {
      attempted,
      inserted: attempted - matched - skipped,
      updated,
      unchanged: matched - updated,
      deleted: mode === "mirror" ? live - matched : sum("replaced", 2),
      skipped,
      live,
    };
  }
  return tables;
}
