import { liveRows } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import { Params } from "../../database/sql/params.ts";
import { rowSize } from "../../database/sql/row-size.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { callNested, joinBalanced, quote, tuple } from "../../database/sql/syntax.ts";
import { CHANGES, FRAMES, rowsEntry } from "../run/index.ts";
import {
  hasKey,
  type IncomingRows,
  incomingRows,
  keyMatches,
  liveKey,
  type ShapeSql,
  type StagedTable,
  selectStaged,
  shapeSql,
} from "../stage/index.ts";
import { type ConflictRules, withoutConflict } from "./conflicts.ts";
import { missingRows } from "./missing-rows.ts";
import { columnDiffers, differs } from "./row-differs.ts";

/*
 * The list of staged rows that a plan writes, made by SQL: a row of `_ferry_changes` for each staged part of
 * which some are written. It holds a copy of those rows, or none where they are all of the part.
 */

const COLUMNS = "run, list, seq, part, piece, tbl, shape, codes, row_count, updates, bytes, digest, rows";

/** Lists all rows of some shapes: those that meet nothing, because their tables are empty or not there yet. */
export function listAll(run: string, shapes: readonly IncomingRows[]): Statement[] {
  if (shapes.length === 0) return [];
  const wanted = shapes.map(({ staged, shape }) => [staged.table.name, shape.text]);
  return [
    {
      sql: `INSERT INTO ${CHANGES} (${COLUMNS})
        SELECT run, 'write', seq, part, 0, tbl, shape, codes, row_count, 0, bytes, 0, NULL FROM ${FRAMES}
        WHERE run = ?1 AND row_count > 0 AND (tbl, shape) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))`,
      params: [run, JSON.stringify(wanted)],
    },
  ];
}

/** A further condition in SQL on staged rows, as `s`, beside their live rows, as `live`. */
export type AlsoTrue = (sql: ShapeSql, params: Params) => string;

/** Lists the rows of a shape, or of a slice of it, that the run would write. */
export function listWrites(rows: IncomingRows, rules: ConflictRules, also?: AlsoTrue): Statement {
  const params = new Params();
  const { from, updates, order } = changedRows(rows, { ...rules, also }, params);
  // Two sums that other rows make other ones.
  const digest = "sum((s.n + 1) * (s.n + 7919) * (1 + 2 * s.updates))";
  const sql = `INSERT INTO ${CHANGES} (${COLUMNS})
    SELECT m.run, 'write', m.seq, m.part, 0, f.tbl, f.shape, f.codes, m.listed, m.updates, m.bytes, m.digest,
      iif(m.listed = f.row_count, NULL, m.rows)
    FROM (SELECT s.run AS run, s.seq AS seq, s.part AS part, count(*) AS listed, sum(s.updates) AS updates,
        sum(octet_length(s.v) + 1) AS bytes, ${digest} AS digest, '[' || group_concat(s.v, ','${order}) || ']' AS rows
      FROM (SELECT s.run AS run, s.seq AS seq, s.part AS part, s.n AS n, json(s.v) AS v, ${updates} AS updates FROM ${from} LIMIT -1) AS s
      GROUP BY s.run, s.seq, s.part) AS m
    CROSS JOIN ${FRAMES} AS f ON f.run = m.run AND f.seq = m.seq AND f.part = m.part`;
  return { sql, params: params.values };
}

interface ChangedRows {
  /** With its WHERE: each is `s`. */
  from: string;
  /** 1 for a row that has a live one. */
  updates: string;
  /** Of the rows in their part, where it matters. */
  order: string;
}

function changedRows(
  rows: IncomingRows,
  { also, ...rules }: ConflictRules & { also: AlsoTrue | undefined },
  params: Params,
): ChangedRows {
  const { table } = rows.staged;
  const free = rules.onConflict === "skip" ? ` AND ${withoutConflict(rows, rules, params)}` : "";
  if (rows.shape.appends === true) {
    const missing = missingRows(rows, params);
    return { from: `${missing.from} WHERE 1${free}`, updates: "0", order: " ORDER BY s.n" };
  }
  const sql = shapeSql({ ...rows, absent: (column) => `live.${quote(column)}`, placed: true }, params);
  if (!hasKey(rows)) return { from: `${sql.from} WHERE 1${free}`, updates: "0", order: " ORDER BY s.n" };
  const absent = `live.${quote(table.key.columns[0] as string)} IS NULL`;
  const listed = rules.mode === "insert" ? absent : `(${absent} OR ${differs(rows, sql)})`;
  return {
    from: `${sql.from} LEFT JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)} WHERE ${listed}${free}${also === undefined ? "" : ` AND ${also(sql, params)}`}`,
    updates: `NOT (${absent})`,
    order: "",
  };
}

/** Removes the list of a slice, which an earlier driver may have begun. */
export function forgetWrites({ staged, shape }: IncomingRows): Statement {
  const { run, table } = staged;
  const params = new Params();
  return {
    sql: `DELETE FROM ${CHANGES} WHERE ${ofShape({ run, table: table.name, shape }, params)}`,
    params: params.values,
  };
}

function ofShape(
  { run, table, shape }: { run: string; table: string; shape: IncomingRows["shape"] },
  params: Params,
): string {
  const { slice } = shape;
  const some =
    slice === undefined
      ? ""
      : ` AND (seq, part) >= (${slice.from.seq}, ${slice.from.part}) AND (seq, part) <= (${slice.through.seq}, ${slice.through.part})`;
  return `run = ${params.add(run)} AND list = 'write'${some} AND tbl = ${params.add(table)} AND shape = ${params.add(shape.text)}`;
}

/** The JSON of a `CountEntry`: what becomes of the rows of a shape by its list, none of them being skipped. */
export function listedEntry({ staged, shape }: IncomingRows): Scalar {
  return (params) => {
    const { run, table } = staged;
    const counts = {
      attempted: `${shape.rows}`,
      matched: `${shape.rows} - ifnull(sum(row_count - updates), 0)`,
      differing: "ifnull(sum(updates), 0)",
      skipped: "0",
    };
    return `SELECT ${rowsEntry(table.name, counts)} FROM ${CHANGES} WHERE ${ofShape({ run, table: table.name, shape }, params)}`;
  };
}

/** Columns that one scalar looks at: D1 takes 100 terms in an aggregate. */
const COLUMNS_AT_ONCE = 90;

/**
 * Of listed rows with a live row: the bytes of the live ones, and for each column whether it differs
 * somewhere, as in "1024,0110". One scalar for each 90 columns.
 */
export function updateScalars(rows: IncomingRows): Scalar[] {
  const { columns } = rows.shape;
  const groups: string[][] = [];
  for (let i = 0; i < columns.length; i += COLUMNS_AT_ONCE)
    groups.push(columns.slice(i, i + COLUMNS_AT_ONCE));
  return groups.map((group) => (params) => {
    const { table } = rows.staged;
    const sql = shapeSql({ ...rows, absent: (column) => `live.${quote(column)}` }, params);
    const found = group.map((name) => {
      const conditions = columnDiffers(rows, name, { incoming: sql });
      return conditions.length === 0 ? "0" : joinBalanced(conditions, "OR");
    });
    return `SELECT ${callNested("concat", ["ifnull(sum(bytes), 0)", "','", ...group.map((_, i) => `max(d${i})`)])}
      FROM (SELECT ${rowSize(table.columns, "live")} AS bytes, ${found.map((one, i) => `${one} AS d${i}`).join(", ")}
        FROM ${sql.from} CROSS JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)} LIMIT -1)`;
  });
}

/**
 * True in SQL for the rows of a table, as `alias`, whose keys are among those of some lists; with `columns`, whose
 * cells in these are there with them.
 */
export function isListed(
  lists: readonly StagedTable[],
  alias: string,
  params: Params,
  columns: readonly string[] = [],
): string {
  const conditions = incomingRows(lists)
    .filter((rows) => hasKey(rows) && columns.every((name) => rows.shape.columns.includes(name)))
    .map((rows) => {
      const own = [...rows.staged.table.key.columns, ...columns];
      const live = [
        ...liveKey(rows.staged.table, alias),
        ...columns.map((name) => `${alias}.${quote(name)}`),
      ];
      return `${tuple(live)} IN (${selectStaged(rows, own, params)})`;
    });
  return conditions.length === 0 ? "0" : joinBalanced(conditions, "OR");
}
