import { encodeRow } from "../archive/cells.ts";
import type { Range, Rowid } from "../archive/types.ts";
import {
  type CellColumn,
  cellExpression,
  firstReading,
  flagsExpression,
  needsCare,
  type Reading,
  readCells,
} from "../database/cells.ts";
import { D1_LIMITS } from "../database/limits.ts";
import type { Database, Statement, Value } from "../database/port.ts";
import { inRange } from "../database/sql/key-range.ts";
import { Params } from "../database/sql/params.ts";
import { quote } from "../database/sql/syntax.ts";
import type { FrameTable } from "./frame-table.ts";
import { keyOrder, queryTable, rowsOf } from "./query-frames.ts";

export interface ReadRangeOptions {
  range: Range;
  /** A further condition on the rows, its parameters added to `params`. @default none */
  where?: ((params: Params) => string) | undefined;
}

export interface RangeRows {
  /** The rows, one line of JSON each; a frame's text joins them by ",\n". */
  lines: string[];
  /** Where the table has rowids that travel beside its rows: theirs. */
  rowids: Rowid[] | null;
}

/** Length of rows as a frame's text, about bytes. */
export function textLength(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 2, 0);
}

/** Reads the rows of a range as a frame's lines. One statement; two when a text may be invalid UTF-8. */
export async function readRange(
  database: Database,
  table: FrameTable,
  options: ReadRangeOptions,
): Promise<RangeRows> {
  const select = (reading: Reading) => selectRange(database, table, { ...options, reading });
  let rows = await select(firstReading(database));
  if (rows.some(needsCare)) rows = await select("careful");
  return toLines(table, rows);
}

/** A range of a table. Not of one whose rows are made from its index. */
export interface TableRange {
  table: FrameTable;
  range: Range;
}

/** What `readRanges` reads, and what it reads beside. */
export interface ManyRanges {
  ranges: readonly TableRange[];
  /** Another statement of the same transaction. */
  beside: Statement;
}

/** Reads many ranges in one transaction; in a second one, all of them, when a text may be invalid UTF-8. */
export async function readRanges(
  database: Database,
  { ranges, beside }: ManyRanges,
): Promise<{ ranges: RangeRows[]; beside: Value[][] }> {
  const select = async (reading: Reading) => {
    const parts = ranges.map(({ table, range }) => rangeStatements(table, { range, reading }));
    const results = await database.batch([beside, ...parts.flat()]);
    const rows = results.map((result) => result.rows);
    let at = 1;
    const joined = ranges.map(({ table }, i) => {
      const count = (parts[i] as Statement[]).length;
      at += count;
      return joinSlices(table, rows.slice(at - count, at));
    });
    return { beside: rows[0] as Value[][], joined };
  };
  let found = await select(firstReading(database));
  if (found.joined.some((rows) => rows.some(needsCare))) found = await select("careful");
  const read = found.joined.map((rows, i) => toLines((ranges[i] as TableRange).table, rows));
  return { ranges: read, beside: found.beside };
}

function toLines(table: FrameTable, rows: Value[][]): RangeRows {
  const rowids = table.rowid === undefined ? null : rows.map((row) => exactInteger(row.shift() as string));
  const names = table.columns.map(({ name }) => name);
  const lines = rows.map((row) => {
    const flags = row.pop() as string;
    return encodeRow(names, readCells(row, flags));
  });
  return { lines, rowids };
}

/** From its digits: D1 gives a large integer as the number next to it. */
function exactInteger(digits: string): Rowid {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

/** Rows with their rowid first, where it travels, and their flags last. */
async function selectRange(
  database: Database,
  table: FrameTable,
  options: ReadRangeOptions & { reading: Reading },
): Promise<Value[][]> {
  return joinSlices(table, await queryTable(database, table, rangeStatements(table, options)));
}

/** A table too wide for one result is read in slices, in one transaction. */
function rangeStatements(table: FrameTable, options: ReadRangeOptions & { reading: Reading }): Statement[] {
  return sliceColumns(table.columns).map((columns, i) =>
    rangeStatement(table, { columns, rowid: i === 0 ? table.rowid : undefined }, options),
  );
}

function joinSlices(table: FrameTable, slices: readonly Value[][][]): Value[][] {
  const [first, ...others] = slices;
  const before = table.rowid === undefined ? 0 : 1;
  return (first as Value[][]).map((row, i) =>
    others.reduce((joined, rows) => join(joined, rows[i], before), row),
  );
}

/** A row's slices put together, each with its flags last; flags count the columns of their own slice. */
function join(left: Value[], right: Value[] | undefined, before: number): Value[] {
  const flags = left.pop() as string;
  const offset = left.length - before;
  const rest = right as Value[];
  const moved = (rest.pop() as string).replace(
    /(^|,)(\d+)/g,
    (_, comma, n) => `${comma}${Number(n) + offset}`,
  );
  return [...left, ...rest, flags + moved];
}

function sliceColumns(columns: CellColumn[]): CellColumn[][] {
  // Beside them are the flags and perhaps the rowid.
  const width = D1_LIMITS.columns - 2;
  const slices: CellColumn[][] = [];
  for (let i = 0; i < columns.length; i += width) slices.push(columns.slice(i, i + width));
  return slices;
}

function rangeStatement(
  table: FrameTable,
  { columns, rowid }: { columns: CellColumn[]; rowid: string | undefined },
  { range, where, reading }: ReadRangeOptions & { reading: Reading },
): Statement {
  const careful = reading === "careful";
  const params = new Params();
  const conditions = [
    inRange(table.key.map(quote), range, params),
    ...(where === undefined ? [] : [where(params)]),
  ];
  const first = rowid === undefined ? [] : [`CAST(${quote(rowid)} AS TEXT) AS r`];
  const selected = [...first, ...columns.map((cell, i) => `${cellExpression(cell, careful)} AS c${i}`)];
  return {
    sql: `SELECT ${selected.join(", ")}, ${flagsExpression(columns, careful)} AS flags FROM ${rowsOf(table, range, params)}
      WHERE ${conditions.join(" AND ")} ${keyOrder(table)}`,
    params: params.values,
  };
}
