import type { Cell, Key, Range } from "../archive/types.ts";
import { type CellColumn, cellExpression, flagsExpression, needsCare, readCells } from "../database/cells.ts";
import type { Database, Statement, Value } from "../database/port.ts";
import { inRange } from "../database/sql/key-range.ts";
import { Params } from "../database/sql/params.ts";
import { joinBalanced, quote } from "../database/sql/syntax.ts";
import { affinityIn, type FrameTable } from "./frame-table.ts";
import { keyOrder, queryTable, rowsOf } from "./query-frames.ts";

const ROWS_PER_SCAN = 100_000;

/**
 * Where the frames of a table end: one statement reads no content, only sizes (SQLite knows them
 * from a row's header), and names the key of every row with which `frameBytes` of row text are full.
 * Covers the next 100,000 rows behind `after`; `more` says that there are others.
 */
export async function scanRanges(
  database: Database,
  table: FrameTable,
  after: Key,
  frameBytes: number,
): Promise<{ ranges: Range[]; more: boolean }> {
  const scan = async (careful: boolean) =>
    (await queryTable(database, table, [scanStatement(table, after, frameBytes, careful)]))[0] as Value[][];
  let rows = await scan(false);
  if (rows.some(needsCare)) rows = await scan(true);
  const more = rows.at(-1)?.[0] === ROWS_PER_SCAN;
  const ends = rows.map(([, flags, ...key]) => readCells(key, flags as string));
  return { ranges: toRanges(after, ends, more), more };
}

function scanStatement(table: FrameTable, after: Key, frameBytes: number, careful: boolean): Statement {
  const keys = table.key.map(
    (name, i): CellColumn => ({ name: `#k${i}`, affinity: affinityIn(table, name) }),
  );
  const names = table.columns.reduce((sum, { name }) => sum + name.length + 8, 4);
  const range = { after, through: null };
  const sizes = table.columns.map(({ name }) => `ifnull(octet_length(${quote(name)}), 4)`);
  const params = new Params();
  const sql = `WITH sized AS (
    SELECT ${table.key.map((name, i) => `${quote(name)} AS "#k${i}"`).join(", ")}, ${names} + ${joinBalanced(sizes, "+")} AS "#size"
    FROM ${rowsOf(table, range, params)} WHERE ${inRange(table.key.map(quote), range, params)} ${keyOrder(table)} LIMIT ${ROWS_PER_SCAN}),
  framed AS (SELECT *, row_number() OVER w AS "#n", sum("#size") OVER w AS "#sum" FROM sized
    WINDOW w AS (ROWS UNBOUNDED PRECEDING))
  SELECT "#n", ${flagsExpression(keys, careful)} AS "#flags", ${keys.map((key) => cellAs(key, careful)).join(", ")}
  FROM framed WHERE "#sum" / ${frameBytes} <> ("#sum" - "#size") / ${frameBytes} OR "#n" = ${ROWS_PER_SCAN}`;
  return { sql, params: params.values };
}

function cellAs(cell: CellColumn, careful: boolean): string {
  return `${cellExpression(cell, careful)} AS ${quote(cell.name)}`;
}

function toRanges(after: Key, ends: Cell[][], more: boolean): Range[] {
  const ranges = ends.map((through, i): Range => ({ after: ends[i - 1] ?? after, through }));
  return more ? ranges : [...ranges, { after: ends.at(-1) ?? after, through: null }];
}
