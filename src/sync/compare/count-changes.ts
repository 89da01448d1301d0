import { liveRows } from "../../database/fts5/contentless-rows.ts";
import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import { liveEntry, rowsEntry } from "../run/index.ts";
import {
  hasKey,
  type IncomingRows,
  incomingRows,
  keyMatches,
  type Staged,
  shapeSql,
} from "../stage/index.ts";
import { type ConflictRules, withoutConflict } from "./conflicts.ts";
import { missingRows } from "./missing-rows.ts";
import { differs } from "./row-differs.ts";

/** The live rows of each table: one scalar an entry, each the JSON of a `CountEntry`. */
export function liveScalars(tables: readonly Pick<LiveTable, "name">[]): Scalar[] {
  return tables.map(
    ({ name }) =>
      () =>
        `SELECT ${liveEntry(name, "count(*)")} FROM ${quote(name)}`,
  );
}

/** What the incoming rows of each shape meet. */
export function rowScalars(staged: Staged, rules: ConflictRules): Scalar[] {
  return incomingRows(staged.tables).map((rows) => (params) => countShape(rows, rules, params));
}

function countShape(rows: IncomingRows, rules: ConflictRules, params: Params): string {
  const sql = shapeSql({ ...rows, absent: (column) => `live.${quote(column)}` }, params);
  const { table } = rows.staged;
  const free = rules.onConflict === "skip" ? withoutConflict(rows, rules, params) : "1";
  if (rows.shape.appends === true) {
    const missing = missingRows(rows, params);
    const attempted = `${rows.shape.rows}`;
    const skipped = free === "1" ? "0" : `ifnull(sum(NOT (${free})), 0)`;
    const added = { attempted, matched: `${attempted} - count(*)`, differing: "0", skipped };
    return `SELECT ${rowsEntry(table.name, added)} FROM ${missing.from}`;
  }
  if (!hasKey(rows)) {
    // Rows without a key (a table that has none, in a document by others) can only be added.
    const added = { attempted: "count(*)", matched: "0", differing: "0", skipped: `sum(NOT (${free}))` };
    return `SELECT ${rowsEntry(table.name, added)} FROM ${sql.from}`;
  }
  const matched = `live.${quote(table.key.columns[0] as string)} IS NOT NULL`;
  const different = differs(rows, sql);
  // LIMIT keeps SQLite from merging the two selects: D1 takes 100 terms in an aggregate. CASE spares
  // the comparison where there is nothing to compare with.
  const counted = {
    attempted: "count(*)",
    matched: "sum(matched AND free)",
    differing: "sum(different AND free)",
    skipped: "sum(NOT free)",
  };
  const counts = `SELECT ${rowsEntry(table.name, counted)}
    FROM (SELECT ${matched} AS matched, CASE WHEN ${matched} THEN ${different} ELSE 0 END AS different, ${free} AS free
      FROM ${sql.from} LEFT JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)} LIMIT -1)`;
  // In an empty table there is nothing to meet, and no reason to open the rows.
  const inserted = { attempted: `${rows.shape.rows}`, matched: "0", differing: "0", skipped: "0" };
  return `SELECT CASE WHEN EXISTS (SELECT 1 FROM ${quote(table.name)}) THEN (${counts})
    ELSE ${rowsEntry(table.name, inserted)} END`;
}
