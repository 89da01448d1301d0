import type { Range, Rowid } from "../archive/types.ts";
import { isUtf8 } from "../archive/utf8.ts";
import type { Bytes } from "../bytes.ts";
import type { Database } from "../database/port.ts";
import { inRange } from "../database/sql/key-range.ts";
import { Params } from "../database/sql/params.ts";
import { joinBalanced, literal, quote } from "../database/sql/syntax.ts";
import type { FrameTable } from "./frame-table.ts";
import { keyOrder } from "./query-frames.ts";
import { exactInteger, readRange } from "./read-range.ts";

/*
 * A frame's text as SQLite itself writes it. Its JSON functions write texts, integers and NULL as
 * `encodeRow` does; of a range that holds anything else its rows are read cell by cell.
 */

/** A range's rows as a frame has them. */
export interface RangeText {
  rows: number;
  text: string | Bytes;
  /** Where the table has rowids that travel beside its rows: theirs. */
  rowids: Rowid[] | null;
}

/** Arguments of a function that every SQLite takes, two for each column (sqlite.org/limits.html, 6). */
const MOST_COLUMNS = 63;

/** Integers beyond it have a tag (archive/cells.ts). */
const SAFE = Number.MAX_SAFE_INTEGER;

/** Whether it is worth asking SQLite for a table's text. */
export function writesText({ capabilities }: Database, { columns, terms }: FrameTable): boolean {
  if (!capabilities.directBlobs || terms !== undefined) return false;
  return columns.length <= MOST_COLUMNS && !columns.some(({ affinity }) => affinity === "real");
}

/** The text of a range, written by SQLite in one statement; null where a cell in it is one that it writes otherwise. */
export async function writtenText(
  database: Database,
  table: FrameTable,
  range: Range,
): Promise<RangeText | null> {
  const params = new Params();
  const pairs = table.columns.map(({ name }) => `${literal(name)}, ${quote(name)}`);
  const [inner, outer] =
    table.rowid === undefined ? ["", ""] : [`, ${quote(table.rowid)} AS r`, ", group_concat(r) AS rowids"];
  // Concatenated in the order of the rows: SQLite keeps that of a subquery for such aggregates.
  const sql = `SELECT count(*) AS n, count(line) AS lines, CAST(group_concat(line, ',' || char(10)) AS BLOB) AS text${outer}
    FROM (SELECT ${plainLine(table, `json_object(${pairs.join(", ")})`)} AS line${inner} FROM ${rowsInOrder(table, range, params)})`;
  const [found] = await database.query({ sql, params: params.values });
  const [rows, lines, text, rowids] = found as [number, number, Bytes | null, string | null];
  if (rows !== lines || (text !== null && !isUtf8(text))) return null;
  const beside =
    table.rowid === undefined ? null : (rowids ?? "").split(",").filter(Boolean).map(exactInteger);
  return { rows, text: text ?? "", rowids: beside };
}

/** NULL for a row that has a cell which SQLite writes otherwise. */
const plainLine = ({ columns }: FrameTable, line: string): string =>
  `CASE WHEN ${joinBalanced(
    columns.map(({ name }) => isPlain(name)),
    "AND",
  )} THEN ${line} END`;

const rowsInOrder = (table: FrameTable, range: Range, params: Params): string =>
  `${quote(table.name)} WHERE ${inRange(table.key.map(quote), range, params)} ${keyOrder(table)}`;

/** The same of any range, from its rows. Statements as `readRange`. */
export async function joinedText(database: Database, table: FrameTable, range: Range): Promise<RangeText> {
  const { lines, rowids } = await readRange(database, table, { range });
  return { rows: lines.length, text: lines.join(",\n"), rowids };
}

/** Whether SQLite's JSON functions write a cell as `encodeRow` does, in SQL. */
export function isPlain(name: string): string {
  const column = quote(name);
  return `CASE typeof(${column}) WHEN 'text' THEN 1 WHEN 'null' THEN 1 WHEN 'integer' THEN ${column} BETWEEN -${SAFE} AND ${SAFE} ELSE 0 END`;
}
