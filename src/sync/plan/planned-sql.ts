import { type Affinity, affinityOf } from "../../database/affinity.ts";
import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { quote } from "../../database/sql/syntax.ts";
import { signsDiffer } from "../compare/index.ts";
import { type IncomingRows, incomingRows, type StagedTable, shapeSql } from "../stage/index.ts";

/*
 * The SQL that sets the rows of a plan's lists beside each other: those it writes, as `s`, and the live ones that they
 * are written over, as `b`. Nothing here reads a live row: a plan tells what it saw, whatever has happened since.
 */

/** Columns that SQL compares: D1 takes 100 in a result. */
const MOST_COLUMNS = 95;

/** Rows that a plan writes, and those that are there before. */
export interface Written {
  rows: IncomingRows;
  befores: StagedTable;
}

/** The columns that are compared: the key, and what changes somewhere in the table. */
export function comparedColumns({ table, shapes }: StagedTable): string[] {
  const columns = shapes[0]?.columns ?? [];
  return [...new Set([...table.key.columns, ...columns])].slice(0, MOST_COLUMNS);
}

/** The row of `b` as it is staged. */
export const OLD_ROW = 'b."_ferry_row"';

/**
 * Rows of a "before" list to read FROM, as `b`. Its columns have the collations of the live table's, which the first
 * half lends, for it has no row.
 */
export function beforeRows(befores: StagedTable, params: Params): string {
  const { table } = befores;
  const columns = comparedColumns(befores);
  const halves = [
    `SELECT ${columns.map((name) => `${quote(name)} AS ${quote(name)}`).join(", ")}, NULL AS "_ferry_row" FROM ${quote(table.name)} WHERE 0`,
    ...incomingRows([befores]).map((rows) => {
      const sql = shapeSql(rows, params);
      return `SELECT ${columns.map(sql.cell).join(", ")}, json(s.v) FROM ${sql.from}`;
    }),
  ];
  return `(${halves.join(" UNION ALL ")} LIMIT -1) AS b`;
}

/** Columns of `s` that hold the cells to compare: `, … AS c0, … AS c1`. `cell` gives a cell's SQL. */
export function comparedCells({ rows, befores }: Written, cell: (column: string) => string): string {
  const own = comparedColumns(befores).map((name, i) =>
    rows.shape.columns.includes(name) ? `, ${cell(name)} AS c${i}` : "",
  );
  return own.join("");
}

/** Rows to read FROM, as `s`, with the cells to compare. */
export function comparedRows(written: Written, params: Params): string {
  const sql = shapeSql(written.rows, params);
  return `(SELECT s.v AS v, s.n AS n${comparedCells(written, sql.cell)} FROM ${sql.from} LIMIT -1) AS s`;
}

/** Joins `s` and `b` where they have the same key. */
export function sameKey({ befores }: Written): string {
  const { table } = befores;
  const columns = comparedColumns(befores);
  const parts = table.key.columns.map((name) => {
    const incoming = stored(`s.c${columns.indexOf(name)}`, affinityIn(table, name));
    return `b.${quote(name)} = ${incoming}`;
  });
  return parts.join(" AND ");
}

/** For each compared column whether `s` and `b` differ in it, in SQL. */
export function columnFlags({ rows, befores }: Written): string[] {
  return comparedColumns(befores).map((name, i) => {
    const at = rows.shape.columns.indexOf(name);
    if (at < 0) return "0";
    const affinity = affinityIn(befores.table, name);
    const live = `b.${quote(name)}`;
    const differs = `${live} COLLATE BINARY IS NOT ${stored(`s.c${i}`, affinity)}`;
    const typed =
      affinity === "none"
        ? `(${differs} OR typeof(${live}) IS NOT typeof(s.c${i}) OR ${signsDiffer(live, `s.c${i}`)})`
        : `(${differs})`;
    const mayLack = (rows.shape.codes.get(at) ?? "").includes("a");
    return mayLack ? `(${typed} AND (s.v ->> '$[${at}][0]') IS NOT 'a')` : typed;
  });
}

function affinityIn(table: LiveTable, name: string): Affinity {
  const column = table.columns.find((one) => one.name === name);
  return column === undefined ? "integer" : affinityOf(column.type, table);
}

/** A value as a column of that affinity would hold it. */
function stored(value: string, affinity: Affinity): string {
  if (affinity === "none") return value;
  if (affinity === "text")
    return `iif(typeof(${value}) IN ('integer', 'real'), CAST(${value} AS TEXT), ${value})`;
  const numeric = `typeof(${value}) = 'text' AND ${value} GLOB '*[0-9]*' AND ${value} NOT GLOB '*[^-0-9.eE+ ]*'`;
  return `iif(${numeric}, CAST(${value} AS NUMERIC), ${value})`;
}
