import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import type { Scalar } from "../../../database/sql/scalars.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { constantDefault, contentOf, isKnownByContent, isListed } from "../../compare/index.ts";
import {
  type IncomingRows,
  keyMatches,
  keysOf,
  listKeys,
  type ShapeSql,
  type StagedShape,
  shapeSql,
} from "../../stage/index.ts";
import type { KeylessRows, UndoTable } from "./undo-table.ts";

/*
 * Rows that the run added and that got their rowids as they were written. They are what they hold, and how often: for each
 * one live row stands that is equal and newer than all that were there before, the newest first. Which these are is chosen
 * once. A plan that is made anew when the undo has taken some of them away chooses no others in their place, and takes none
 * that have got their rowids since.
 */

/** Chooses the live rows. Each shape's behind those of the ones before. */
export function listChosen(undo: UndoTable): Statement[] {
  return undo.keyless.map(({ shape, chosen }) => {
    const params = new Params();
    const { table } = undo.staged;
    const rowid = quote(table.key.columns[0] as string);
    const others = [{ ...undo.staged, shapes: [...undo.made] }, ...undo.keyless.map((one) => one.chosen)];
    const above = shape.keyless?.above ?? null;
    const candidates = [
      ...(above === null ? [] : [`${rowid} > ${above}`]),
      `(${isListed(others, quote(table.name), params)}) IS NOT 1`,
    ];
    const { sql, key } = pairedRows({ staged: undo.staged, shape }, candidates.join(" AND "), params);
    return listKeys(
      { to: chosen, rows: { staged: undo.staged, shape }, sql, which: "", key: [key], piece: 0 },
      params,
    );
  });
}

/** Lists among the edited ones what has no live row, and what is no longer equal to it. */
export function listLost(undo: UndoTable): Statement[] {
  return undo.keyless.map((own) => {
    const params = new Params();
    const { rows, sql, rowid, joined, isOther } = chosenRows(undo, own, params);
    const which = `${joined} WHERE ${sql.cell(rowid)} IS NULL OR ${isOther()}`;
    return listKeys({ to: undo.edited, rows, sql, which, piece: 0 }, params);
  });
}

/** How many of those that are to go are no longer what the run added: each is 0 where nobody has edited one. */
export function countLost(undo: UndoTable): Scalar[] {
  return undo.keyless.map((own) => (params) => {
    const { sql, rowid, joined, isOther } = chosenRows(undo, own, params);
    const goes = `${sql.cell(rowid)} IN (${keysOf(undo.gone, params)})`;
    return `SELECT count(*) FROM ${sql.from} ${joined} WHERE ${goes} AND ${isOther()}`;
  });
}

/** Lists those that go, of all that are there and not left. */
export function listGoing(undo: UndoTable): Statement[] {
  return undo.keyless.map((own) => {
    const params = new Params();
    const { rows, sql, joined, live } = chosenRows(undo, own, params);
    const left = isListed([undo.edited, undo.held], "live", params);
    const which = `${joined} WHERE ${live} IS NOT NULL AND (${left}) IS NOT 1`;
    return listKeys({ to: undo.gone, rows, sql, which, piece: 0 }, params);
  });
}

/** Chosen rows, as `s`, beside what is there now. */
interface ChosenRows {
  rows: IncomingRows;
  sql: ShapeSql;
  /** The name of the key. */
  rowid: string;
  /** Joins the live row, as `live`, which may be gone, or have been taken away. */
  joined: string;
  /** Its key. */
  live: string;
  /** True in SQL where it is there and not equal to what it stands for. */
  isOther(): string;
}

function chosenRows(
  { staged, taken }: UndoTable,
  { shape, chosen }: KeylessRows,
  params: Params,
): ChosenRows {
  const { table } = staged;
  const rows = { staged: chosen, shape: chosen.shapes[0] as StagedShape };
  const sql = shapeSql({ ...rows, placed: true }, params);
  const rowid = table.key.columns[0] as string;
  const live = `live.${quote(rowid)}`;
  const isLeft = (alias: string) => `(${isListed([taken], alias, params)}) IS NOT 1`;
  return {
    ...{ rows, sql, rowid, live },
    joined: `LEFT JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)} AND ${isLeft("live")}`,
    isOther() {
      const own = quote(table.name);
      const candidates = `(${isListed([chosen], own, params)}) AND ${isLeft(own)}`;
      const paired = pairedRows({ staged, shape }, candidates, params);
      return `(${live} IS NOT NULL AND (${live} IN (SELECT ${paired.key} FROM ${paired.sql.from})) IS NOT 1)`;
    },
  };
}

/**
 * Rows that the run added, as `s` with their places, each beside a live row of its own that is equal: the n-th of equal ones
 * beside the n-th newest of the candidates. `key` is NULL where there are fewer.
 */
function pairedRows(rows: IncomingRows, candidates: string, params: Params): { sql: ShapeSql; key: string } {
  const { table } = rows.staged;
  const { shape } = rows;
  const written = shape.ragged ? [] : shape.columns;
  // Another column may have come since.
  const which = isKnownByContent(table, written) ? candidates : `0 AND ${candidates}`;
  const absent = (column: string) => constantDefault(table, column) ?? "NULL";
  const all = shapeSql({ ...rows, absent, placed: true }, params);
  const stored = table.columns.filter(({ generated }) => generated === null).map(({ name }) => name);
  const content = contentOf(table, stored);
  const cell = (column: string) => (all.has(column) ? all.cell(column) : absent(column));
  const rowid = quote(table.key.columns[0] as string);
  const own = `PARTITION BY ${content.terms.join(", ")} ORDER BY ${rowid} DESC`;
  const from = `(SELECT s.v AS v, s.n AS n, s.run AS run, s.seq AS seq, s.part AS part, equal.r AS r,
        row_number() OVER (PARTITION BY equal.r ORDER BY s.seq, s.part, s.n) AS nth
      FROM ${all.from} LEFT JOIN (SELECT max(${rowid}) AS r, ${content.columns} FROM ${quote(table.name)} WHERE ${which}
        GROUP BY ${content.terms.join(", ")}) AS equal ON ${content.equals("equal", { shape, cell })} LIMIT -1) AS s
    LEFT JOIN (SELECT ${rowid} AS k, max(${rowid}) OVER own AS r, row_number() OVER own AS nth FROM ${quote(table.name)} WHERE ${which}
      WINDOW own AS (${own})) AS paired ON paired.r = s.r AND paired.nth = s.nth`;
  return { sql: { ...all, from }, key: "paired.k" };
}
