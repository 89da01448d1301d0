import { encodeRow } from "../archive/cells.ts";
import type { Range } from "../archive/types.ts";
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
  const names = table.columns.map(({ name }) => name);
  const lines = rows.map((row) => {
    const flags = row.pop() as string;
    return encodeRow(names, readCells(row, flags));
  });
  return { lines };
}

/** Rows with their flags last. A table too wide for one result is read in slices, in one transaction. */
async function selectRange(
  database: Database,
  table: FrameTable,
  options: ReadRangeOptions & { reading: Reading },
): Promise<Value[][]> {
  const slices = sliceColumns(table.columns);
  const statements = slices.map((columns) => rangeStatement(table, columns, options));
  const [first, ...others] = await queryTable(database, table, statements);
  return (first as Value[][]).map((row, i) => others.reduce((joined, rows) => join(joined, rows[i]), row));
}

/** A row's slices put together, each with its flags last; flags count the columns of their own slice. */
function join(left: Value[], right: Value[] | undefined): Value[] {
  const flags = left.pop() as string;
  const offset = left.length;
  const rest = right as Value[];
  const moved = (rest.pop() as string).replace(
    /(^|,)(\d+)/g,
    (_, comma, n) => `${comma}${Number(n) + offset}`,
  );
  return [...left, ...rest, flags + moved];
}

function sliceColumns(columns: CellColumn[]): CellColumn[][] {
  const width = D1_LIMITS.columns - 1;
  const slices: CellColumn[][] = [];
  for (let i = 0; i < columns.length; i += width) slices.push(columns.slice(i, i + width));
  return slices;
}

function rangeStatement(
  table: FrameTable,
  columns: CellColumn[],
  { range, where, reading }: ReadRangeOptions & { reading: Reading },
): Statement {
  const careful = reading === "careful";
  const params = new Params();
  const conditions = [
    inRange(table.key.map(quote), range, params),
    ...(where === undefined ? [] : [where(params)]),
  ];
  const selected = columns.map((cell, i) => `${cellExpression(cell, careful)} AS c${i}`);
  return {
    sql: `SELECT ${selected.join(", ")}, ${flagsExpression(columns, careful)} AS flags FROM ${rowsOf(table, range, params)}
      WHERE ${conditions.join(" AND ")} ${keyOrder(table)}`,
    params: params.values,
  };
}
