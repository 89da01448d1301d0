import { encodeRow } from "../archive/cells.ts";
import type { Cell, Key, Range, Rowid } from "../archive/types.ts";
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
import { cellSql } from "../database/sql/cell-parameter.ts";
import { inRange } from "../database/sql/key-range.ts";
import { selectRanges } from "../database/sql/many-ranges.ts";
import { Params } from "../database/sql/params.ts";
import { quote, tuple } from "../database/sql/syntax.ts";
import type { FrameTable } from "./frame-table.ts";
import { keyOrder, queryTable, rowsOf } from "./query-frames.ts";

export interface ReadRangeOptions {
  range: Range;
  /** A further condition on the rows, its parameters added to `params`. @default none */
  where?: ((params: Params) => string) | undefined;
  /** Keys within the range, in order: what parts it. @default none */
  marks?: readonly NonNullable<Key>[] | undefined;
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
  options: Omit<ReadRangeOptions, "marks">,
): Promise<RangeRows> {
  return toLines(table, await selectWhole(database, table, options));
}

/** Reads the cells of a range without rowids, parted by the marks. Statements as `readRange`. */
export async function readParts(
  database: Database,
  table: FrameTable,
  options: ReadRangeOptions & { marks: readonly NonNullable<Key>[] },
): Promise<Cell[][][]> {
  const parts: Cell[][][] = Array.from({ length: options.marks.length + 1 }, () => []);
  for (const row of await selectWhole(database, table, options)) {
    const part = row.shift() as number;
    (parts[part] as Cell[][]).push(cellsOf(row));
  }
  return parts;
}

/** The same of ranges that stand anywhere: one statement, or where that does not do one transaction. */
export async function readCellsOf(
  database: Database,
  table: FrameTable,
  ranges: readonly Range[],
): Promise<Cell[][][]> {
  const statement = firstReading(database) === "plain" ? togetherStatement(table, ranges) : null;
  if (statement === null) return readEachOf(database, table, ranges);
  const rows = await database.query(statement);
  if (rows.some(needsCare)) return readEachOf(database, table, ranges);
  const found: Cell[][][] = ranges.map(() => []);
  for (const row of rows) (found[row.shift() as number] as Cell[][]).push(cellsOf(row));
  return found;
}

/** Rows with the number of their range first, and their flags last; null where a statement for each range is the better way. */
function togetherStatement(table: FrameTable, ranges: readonly Range[]): Statement | null {
  const { columns, key, name, terms } = table;
  if (terms !== undefined || sliceColumns(columns).length > 1) return null;
  const params = new Params();
  const cells = columns.map((cell, i) => `${cellExpression(cell)} AS c${i}`);
  const sql = selectRanges(key.map(quote), ranges, {
    params,
    select: ({ number, from, where }) =>
      `SELECT ${number} AS part, ${cells.join(", ")}, ${flagsExpression(columns)} AS flags FROM ${from === null ? "" : `${from} CROSS JOIN `}${quote(name)} WHERE ${where}`,
  });
  if (sql === null) return null;
  const order = key.map((column) => `c${columns.findIndex((one) => one.name === column)}`);
  return { sql: `SELECT * FROM (${sql}) ORDER BY part, ${order.join(", ")}`, params: params.values };
}

async function readEachOf(
  database: Database,
  table: FrameTable,
  ranges: readonly Range[],
): Promise<Cell[][][]> {
  const select = async (reading: Reading) => {
    const parts = ranges.map((range) => rangeStatements(table, { range, reading }));
    const results = await database.batch(parts.flat());
    return joinParts(
      parts,
      results.map(({ rows }) => rows),
    );
  };
  let found = await select(firstReading(database));
  if (found.some((rows) => rows.some(needsCare))) found = await select("careful");
  return found.map((rows) => rows.map(cellsOf));
}

async function selectWhole(
  database: Database,
  table: FrameTable,
  options: ReadRangeOptions,
): Promise<Value[][]> {
  const select = (reading: Reading) => selectRange(database, table, { ...options, reading });
  const rows = await select(firstReading(database));
  return rows.some(needsCare) ? select("careful") : rows;
}

/** Each range's slices put together. */
function joinParts(parts: readonly (readonly Statement[])[], rows: readonly Value[][][]): Value[][][] {
  let at = 0;
  return parts.map(({ length }) => {
    at += length;
    return joinSlices(0, rows.slice(at - length, at));
  });
}

function cellsOf(row: Value[]): Cell[] {
  const flags = row.pop() as string;
  return readCells(row, flags);
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
      return joinSlices(table.rowid === undefined ? 0 : 1, rows.slice(at - count, at));
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
  const lines = rows.map((row) => encodeRow(names, cellsOf(row)));
  return { lines, rowids };
}

/** From its digits: D1 gives a large integer as the number next to it. */
export function exactInteger(digits: string): Rowid {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

/** Rows with their rowid first, where it travels, and their flags last. */
async function selectRange(
  database: Database,
  table: FrameTable,
  options: ReadRangeOptions & { reading: Reading },
): Promise<Value[][]> {
  const before = (table.rowid === undefined ? 0 : 1) + (options.marks === undefined ? 0 : 1);
  return joinSlices(before, await queryTable(database, table, rangeStatements(table, options)));
}

/** A table too wide for one result is read in slices, in one transaction. */
function rangeStatements(table: FrameTable, options: ReadRangeOptions & { reading: Reading }): Statement[] {
  const { marks: _, ...others } = options;
  return sliceColumns(table.columns).map((columns, i) =>
    i === 0
      ? rangeStatement(table, { columns, rowid: table.rowid }, options)
      : rangeStatement(table, { columns, rowid: undefined }, others),
  );
}

/** `before`: values of a row ahead of its cells. */
function joinSlices(before: number, slices: readonly Value[][][]): Value[][] {
  const [first, ...others] = slices;
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
  // Beside them are the flags, and perhaps the rowid and a part.
  const width = D1_LIMITS.columns - 3;
  const slices: CellColumn[][] = [];
  for (let i = 0; i < columns.length; i += width) slices.push(columns.slice(i, i + width));
  return slices;
}

function rangeStatement(
  table: FrameTable,
  { columns, rowid }: { columns: CellColumn[]; rowid: string | undefined },
  { range, where, marks, reading }: ReadRangeOptions & { reading: Reading },
): Statement {
  const careful = reading === "careful";
  const params = new Params();
  const part = marks === undefined ? [] : [`${partOf(table, marks, params)} AS part`];
  const conditions = [
    inRange(table.key.map(quote), range, params),
    ...(where === undefined ? [] : [where(params)]),
  ];
  const first = rowid === undefined ? [] : [`CAST(${quote(rowid)} AS TEXT) AS r`];
  const selected = [
    ...part,
    ...first,
    ...columns.map((cell, i) => `${cellExpression(cell, careful)} AS c${i}`),
  ];
  return {
    sql: `SELECT ${selected.join(", ")}, ${flagsExpression(columns, careful)} AS flags FROM ${rowsOf(table, range, params)}
      WHERE ${conditions.join(" AND ")} ${keyOrder(table)}`,
    params: params.values,
  };
}

/** How many of the marks are below a row's key, in SQL. Within CASE only a subquery's value is made once for all rows. */
function partOf({ key }: FrameTable, marks: readonly NonNullable<Key>[], params: Params): string {
  const within = marks.map((mark, i) => {
    const cells = mark.map((cell) => `(SELECT ${cellSql(cell, params)})`);
    return `WHEN ${tuple(key.map(quote))} <= ${tuple(cells)} THEN ${i}`;
  });
  return within.length === 0 ? "0" : `CASE ${within.join(" ")} ELSE ${marks.length} END`;
}
