import type { Params } from "../../database/sql/params.ts";
import { quote } from "../../database/sql/syntax.ts";
import { type IncomingRows, type ShapeSql, shapeSql } from "../stage/index.ts";
import { contentOf } from "./content.ts";
import { defaultsOf } from "./defaults.ts";

/*
 * Of three equal rows that come in for a table without a key, one that has one of them lacks two. So the n-th of
 * equal incoming rows is missing where the table has fewer than n of them. That stays right from slice to slice, whatever
 * the run or the app has added since.
 */

/**
 * The incoming rows that the table lacks, as `shapeSql` has all: equal in all columns that they have. `s.seq`, `s.part` and
 * `s.n` are their order. Of a slice, `alone` counts none before it: what is written may be gone by the app's doing.
 */
export function missingRows(rows: IncomingRows, params: Params, { alone = false } = {}): ShapeSql {
  const { staged, shape } = rows;
  const { table } = staged;
  const { slice, ...others } = shape;
  // The rows before a slice count, those behind it do not.
  const before = slice && {
    slice: { from: alone ? slice.from : { seq: 0, part: 0 }, through: slice.through },
  };
  const absent = defaultsOf(table);
  const all = shapeSql({ staged, shape: { ...others, ...before }, absent, placed: true }, params);
  const content = contentOf(table, shape.columns);
  const live = `(SELECT min(${quote(table.key.columns[0] as string)}) AS r, count(*) AS times, ${content.columns}
    FROM ${quote(table.name)} GROUP BY ${content.terms.join(", ")}) AS live`;
  const from = `(SELECT s.v AS v, s.n AS n, s.run AS run, s.seq AS seq, s.part AS part FROM (
      SELECT s.v, s.n, s.run, s.seq, s.part, live.times AS times, row_number() OVER (PARTITION BY live.r ORDER BY s.seq, s.part, s.n) AS nth
      FROM ${all.from} LEFT JOIN ${live} ON ${content.equals("live", { shape, cell: all.cell })}) AS s
    WHERE (s.times IS NULL OR s.nth > s.times)${slice === undefined ? "" : ` AND (s.seq, s.part) >= (${slice.from.seq}, ${slice.from.part})`} LIMIT -1) AS s`;
  return { ...all, from };
}
