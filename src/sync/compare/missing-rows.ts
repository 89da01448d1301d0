import { affinityOf } from "../../database/affinity.ts";
import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { joinBalanced, quote } from "../../database/sql/syntax.ts";
import { type IncomingRows, type ShapeSql, shapeSql } from "../stage/index.ts";

/*
 * Rows of a table without a key are what they hold, and how often: of three equal rows that come in, a table
 * that has one lacks two. So the n-th of equal incoming rows is missing where the table has fewer than n of
 * them. That stays right from slice to slice, whatever the run or the app has added since.
 */

/** The incoming rows that the table lacks, as `shapeSql` has all: equal in all columns that they have, byte for byte. `s.seq`, `s.part` and `s.n` are their order. */
export function missingRows(rows: IncomingRows, params: Params): ShapeSql {
  const { staged, shape } = rows;
  const { table } = staged;
  const { slice, ...others } = shape;
  // The rows before a slice count, those behind it do not.
  const before = slice && { slice: { from: { seq: 0, part: 0 }, through: slice.through } };
  const absent = defaultsOf(table);
  const all = shapeSql({ staged, shape: { ...others, ...before }, absent, placed: true }, params);
  const columns = comparedColumns(table, shape.columns);
  const groups = columns.flatMap(({ name, keepsBoth }) => [
    `${quote(name)} COLLATE BINARY`,
    ...(keepsBoth ? [`typeof(${quote(name)})`] : []),
  ]);
  const equal = columns.flatMap(({ name, keepsBoth }, i) => [
    `live.c${i} COLLATE BINARY IS ${all.cell(name)}`,
    ...(keepsBoth ? [`typeof(live.c${i}) IS typeof(${all.cell(name)})`] : []),
  ]);
  const live = `(SELECT min(${quote(table.key.columns[0] as string)}) AS r, count(*) AS times, ${columns.map(({ name }, i) => `${quote(name)} AS c${i}`).join(", ")}
    FROM ${quote(table.name)} GROUP BY ${groups.join(", ")}) AS live`;
  const from = `(SELECT s.v AS v, s.n AS n, s.run AS run, s.seq AS seq, s.part AS part FROM (
      SELECT s.v, s.n, s.run, s.seq, s.part, live.times AS times, row_number() OVER (PARTITION BY live.r ORDER BY s.seq, s.part, s.n) AS nth
      FROM ${all.from} LEFT JOIN ${live} ON ${joinBalanced(equal, "AND")}) AS s
    WHERE (s.times IS NULL OR s.nth > s.times)${slice === undefined ? "" : ` AND (s.seq, s.part) >= (${slice.from.seq}, ${slice.from.part})`} LIMIT -1) AS s`;
  return { ...all, from };
}

/** What a row gets in a column that its document does not give. */
export function defaultsOf({ columns }: LiveTable): (name: string) => string {
  return (name) => `(${columns.find((column) => column.name === name)?.default ?? "NULL"})`;
}

function comparedColumns(table: LiveTable, names: readonly string[]) {
  return names.flatMap((name) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    // A rowid that is no column says nothing of the row.
    if (column === undefined) return [];
    return [{ name, keepsBoth: affinityOf(column.type, table) === "none" }];
  });
}
