import { liveRows } from "../../database/fts5/contentless-rows.ts";
import type { Params } from "../../database/sql/params.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { literal, quote } from "../../database/sql/syntax.ts";
import {
  hasKey,
  keyMatches,
  type Staged,
  type StagedShape,
  type StagedTable,
  shapeSql,
} from "../stage/index.ts";
import { type ConflictRules, replacedScalars, withoutConflict } from "./conflicts.ts";
import { differs } from "./row-differs.ts";

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
