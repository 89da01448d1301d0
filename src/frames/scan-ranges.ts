import type { Cell, Key, Range } from "../archive/types.ts";
import {
  type CellColumn,
  cellExpression,
  firstReading,
  flagsExpression,
  needsCare,
  type Reading,
  readCells,
} from "../database/cells.ts";
import type { Database, Statement, Value } from "../database/port.ts";
import { inRange } from "../database/sql/key-range.ts";
import { Params } from "../database/sql/params.ts";
import { quote } from "../database/sql/syntax.ts";
import { affinityIn, type FrameTable, lineSize } from "./frame-table.ts";
import { keyOrder, queryTable, rowsOf } from "./query-frames.ts";

const ROWS_PER_SCAN = 100_000;

export interface ScanOptions {
  /** The key behind which the scan begins. */
  after: Key;
  /** Bytes of row text that fill a frame. */
  frameBytes: number;
  /** A further condition on the rows, its parameters added to `params`. @default none */
  where?: ((params: Params) => string) | undefined;
}

/**
 * Where the frames of a table end: one statement reads no content, only sizes (SQLite knows them
 * from a row's header), and names the key of every row with which `frameBytes` of row text are full.
 * Covers the next 100,000 rows behind `after`; `more` says that there are others.
 */
export async function scanRanges(
  database: Database,
  table: FrameTable,
  options: ScanOptions,
): Promise<{ ranges: Range[]; more: boolean }> {
  const scan = async (reading: Reading): Promise<Value[][]> => {
    const [rows] = await queryTable(database, table, [scanStatement(table, options, reading)]);
    return rows as Value[][];
  };
  let rows = await scan(firstReading(database));
  if (rows.some(needsCare)) rows = await scan("careful");
  const ends = rows.map(readEnd);
  const more = ends.at(-1)?.rows === ROWS_PER_SCAN;
  const { after } = options;
  const ranges = ends.map(({ key }, i): Range => ({ after: ends[i - 1]?.key ?? after, through: key }));
  if (!more) ranges.push({ after: ends.at(-1)?.key ?? after, through: null });
  return { ranges, more };
}

function scanStatement(
  table: FrameTable,
  { after, frameBytes, where }: ScanOptions,
  reading: Reading,
): Statement {
  const careful = reading === "careful";
  const keys = table.key.map(
    (name, i): CellColumn => ({ name: `#k${i}`, affinity: affinityIn(table, name) }),
  );
  const range = { after, through: null };
  const selected = keys.map((cell) => `${cellExpression(cell, careful)} AS ${quote(cell.name)}`);
  const params = new Params();
  const sql = `WITH sized AS MATERIALIZED (
    SELECT ${table.key.map((name, i) => `${quote(name)} AS "#k${i}"`).join(", ")}, ${lineSize(table)} AS "#size"
    FROM ${rowsOf(table, range, params)} WHERE ${inRange(table.key.map(quote), range, params)}${where === undefined ? "" : ` AND ${where(params)}`} ${keyOrder(table)} LIMIT ${ROWS_PER_SCAN}),
  framed AS (SELECT *, row_number() OVER w AS "#n", sum("#size") OVER w AS "#sum" FROM sized
    WINDOW w AS (ROWS UNBOUNDED PRECEDING))
  SELECT "#n", ${flagsExpression(keys, careful)} AS "#flags", ${selected.join(", ")}
  FROM framed WHERE "#sum" / ${frameBytes} <> ("#sum" - "#size") / ${frameBytes} OR "#n" = ${ROWS_PER_SCAN}`;
  return { sql, params: params.values };
}

/** The last row of a frame, as the statement above selects it. */
interface FrameEnd {
  /** Rows of the scan up to it. */
  rows: number;
  key: Cell[];
}

function readEnd([rows, flags, ...key]: Value[]): FrameEnd {
  return { rows: rows as number, key: readCells(key, flags as string) };
}
