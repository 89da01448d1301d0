import { liveRows } from "../../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../../database/port.ts";
import type { LiveTable } from "../../../database/schema.ts";
import { Params } from "../../../database/sql/params.ts";
import type { Scalar } from "../../../database/sql/scalars.ts";
import { quote, tuple } from "../../../database/sql/syntax.ts";
import { constantDefault, differs, isListed, listWrites } from "../../compare/index.ts";
import { CHANGES } from "../../run/index.ts";
import {
  type IncomingRows,
  keyMatches,
  keysOf,
  listKeys,
  liveKey,
  type ShapeSql,
  type StagedShape,
  shapeSql,
  stagedCell,
  withColumns,
} from "../../stage/index.ts";
import { listGoing } from "./keyless-rows.ts";
import type { UndoTable } from "./undo-table.ts";

/*
 * What an undo does, row by row. Staged are, of each row that the run changed, the row as it was and what the run made
 * of it: of one that it inserted the latter alone, of one that it deleted the former. Both together say how the run
 * left the row, its base. A row that is otherwise now was edited since, and is left alone.
 */

/** Lists what somebody has edited since the run. */
export function listEdited(undo: UndoTable): Statement[] {
  return editedRows(undo).map(({ rows, which }, piece) => {
    const params = new Params();
    return listKeys({ to: undo.edited, rows, piece, ...which(params) }, params);
  });
}

/** How much of what is taken back somebody has edited by now: each is 0 where nobody has. */
export function countEdited(undo: UndoTable): Scalar[] {
  return editedRows(undo).map(({ which }) => (params) => {
    const { sql, which: edited } = which(params);
    return `SELECT count(*) FROM ${sql.from} ${edited} AND ${isTaken(undo, sql, params)}`;
  });
}

/** True in SQL for staged rows, as `s` beside their live rows, that are not among those which are left. */
function isTaken(undo: UndoTable, sql: ShapeSql, params: Params): string {
  const left = [undo.edited, undo.held];
  const key = tuple(undo.staged.table.key.columns.map(sql.cell));
  // As they stand there, for the live row may be gone, and as the live row has them, by its collations.
  const asItStands = left.map((list) => `${key} IN (${keysOf(list, params)})`);
  return `(${[...asItStands, isListed(left, "live", params)].join(" OR ")}) IS NOT 1`;
}

interface EditedRows {
  rows: IncomingRows;
  /** FROM and WHERE behind the rows, which `sql` is over. */
  which(params: Params): { sql: ShapeSql; which: string };
}

/** Rows that are no longer as the run left them, nor as they were before it. */
function editedRows(undo: UndoTable): EditedRows[] {
  const { staged, before, deleted, made } = undo;
  const { table } = staged;
  const own = (shape: StagedShape | null, which: (rows: IncomingRows, sql: ShapeSql) => string) => {
    if (shape === null) return [];
    const rows = { staged, shape };
    return [
      {
        rows,
        which(params: Params) {
          const sql = shapeSql({ ...rows, placed: true }, params);
          return { sql, which: which(rows, sql) };
        },
      },
    ];
  };
  return [
    ...made.map((shape) => ({
      rows: { staged, shape },
      which(params: Params) {
        const base = baseRows(undo, shape, params);
        const edited =
          base.before === null ? base.differs : `${base.differs} AND (b.v IS NULL OR ${base.before})`;
        return { sql: base.sql, which: `${base.joins} WHERE (${edited})` };
      },
    })),
    ...own(before, (_, sql) => {
      const absent = `live.${quote(table.key.columns[0] as string)} IS NULL`;
      return `LEFT JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)} WHERE ${absent}`;
    }),
    ...own(
      deleted,
      (rows, sql) =>
        `CROSS JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)} WHERE (${differs(rows, sql)})`,
    ),
  ];
}

/** Lists the rows that are written as they were, and the keys of those that go. */
export function listRestored(undo: UndoTable): Statement[] {
  const { staged, before, deleted, made } = undo;
  const restored = [before, deleted].flatMap((shape) => {
    if (shape === null) return [];
    const rows = { staged, shape };
    return [
      listWrites(rows, { mode: "merge", onConflict: "fail" }, (sql, params) => isTaken(undo, sql, params)),
    ];
  });
  const going = made.map((shape, piece) => {
    const params = new Params();
    const base = baseRows(undo, shape, params);
    const left = isListed([undo.edited, undo.held], "live", params);
    const inserted = base.before === null ? "1" : "b.v IS NULL";
    const which = `${base.joins} WHERE ${inserted} AND (${left}) IS NOT 1`;
    return listKeys({ to: undo.gone, rows: base.rows, sql: base.sql, which, piece }, params);
  });
  return [...restored, ...going, ...listGoing(undo)];
}

/** Removes what `listRestored` has listed of a table. */
export function forgetRestored({ staged: { run, table } }: UndoTable): Statement {
  return {
    sql: `DELETE FROM ${CHANGES} WHERE run = ?1 AND tbl = ?2 AND list IN ('write', 'gone')`,
    params: [run, table.name],
  };
}

interface BaseRows {
  rows: IncomingRows;
  sql: ShapeSql;
  /** Behind the rows that the run made: their live rows, as `live`, and as they were, as `b`. */
  joins: string;
  /** True in SQL where the live row is no longer as the run left it. */
  differs: string;
  /** True in SQL where it is not as it was before the run; null where the run inserted all. */
  before: string | null;
}

/** The rows that a run made in one shape, beside what is there now. */
function baseRows({ staged, before }: UndoTable, shape: StagedShape, params: Params): BaseRows {
  const { table } = staged;
  const rows = { staged, shape };
  const stored = table.columns.filter(({ generated }) => generated === null).map(({ name }) => name);
  const whole = { staged, shape: withColumns(stored, shape, ...(before === null ? [] : [before])) };
  const inserted = (column: string) => constantDefault(table, column) ?? `live.${quote(column)}`;
  const unwritten = (column: string) =>
    before === null ? inserted(column) : `iif(b.v IS NULL, ${inserted(column)}, ${wasCell(before, column)})`;
  const sql = shapeSql({ ...rows, absent: unwritten, placed: true }, params);
  const cell = (column: string) => (sql.has(column) ? sql.cell(column) : unwritten(column));
  const live = `CROSS JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)}`;
  if (before === null) return { rows, sql, joins: live, differs: differs(whole, { cell }), before: null };
  return {
    rows,
    sql,
    joins: `${live} LEFT JOIN ${rowsAsTheyWere({ staged, shape: before }, params)} ON ${wasSameKey(table)}`,
    differs: differs(whole, { cell }),
    before: differs(
      { staged, shape: withColumns(stored, before) },
      { cell: (name) => wasCell(before, name) },
    ),
  };
}

/** Rows as they were to read FROM, as `b`, with their keys as columns, by which SQLite makes an index. */
function rowsAsTheyWere(rows: IncomingRows, params: Params): string {
  const sql = shapeSql(rows, params);
  const keys = rows.staged.table.key.columns.map((name, i) => `${sql.cell(name)} AS "#k${i}"`);
  return `(SELECT ${keys.join(", ")}, s.v AS v, s.run AS run FROM ${sql.from} LIMIT -1) AS b`;
}

/** The plus takes the column's affinity away, with which SQLite would make no index of the rows. */
function wasSameKey(table: LiveTable): string {
  return liveKey(table, "live")
    .map((cell, i) => `+${cell} = b."#k${i}"`)
    .join(" AND ");
}

/** Of a column that came behind the run, what is there now. */
function wasCell(before: StagedShape, column: string): string {
  if (!before.columns.includes(column)) return `live.${quote(column)}`;
  return stagedCell(before, column, { row: "b", absent: () => "NULL" });
}
