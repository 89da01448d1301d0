import { encodeRow } from "../archive/cells.ts";
import type { Cell, Key } from "../archive/types.ts";
import { type Affinity, affinityOf } from "../database/affinity.ts";
import {
  type CellColumn,
  cellColumns,
  cellExpression,
  flagsExpression,
  needsCare,
  readCells,
} from "../database/cells.ts";
import { D1_LIMITS } from "../database/limits.ts";
import type { Database, Statement, Value } from "../database/port.ts";
import type { LiveTable } from "../database/schema.ts";
import { joinBalanced, quote, tuple } from "../database/sql.ts";
import { cellToSql } from "./cell-sql.ts";
import { hasTerms, type TermsTable, termRows, vocabularySchema, withTerms } from "./terms.ts";

/** A table as its frames see it: which columns, ordered by which key. */
export interface FrameTable {
  name: string;
  /** The key's columns; a rowid that is no column stands first in `columns` too. */
  key: string[];
  columns: CellColumn[];
  /** Set for a full-text table whose rows are made from its index. */
  terms?: TermsTable;
}

/** The carried columns of a table: the rowid where it is the key, then every column that is stored by INSERT. */
export function frameTable(table: LiveTable): FrameTable {
  const stored = table.columns.filter(({ generated }) => generated === null);
  const columns = cellColumns(stored, table.strict);
  const rowid = table.key.kind === "rowid" ? table.key.columns : [];
  return {
    name: table.name,
    key: table.key.columns,
    columns: [...rowid.map((name): CellColumn => ({ name, affinity: affinityOf("INTEGER") })), ...columns],
    ...(hasTerms(table) ? { terms: table } : {}),
  };
}

export interface Range {
  after: Key;
  through: Key;
}

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
  const sizes = table.columns.map(({ name }) => `ifnull(octet_length(${quote(name)}), 4)`);
  const lower = bound(table, after, ">", 0);
  const sql = `WITH sized AS (
    SELECT ${table.key.map((name, i) => `${quote(name)} AS "#k${i}"`).join(", ")}, ${names} + ${joinBalanced(sizes, "+")} AS "#size"
    FROM ${rowsOf(table, { after, through: null })} ${lower.condition === "" ? "" : `WHERE ${lower.condition}`} ${keyOrder(table)} LIMIT ${ROWS_PER_SCAN}),
  framed AS (SELECT *, row_number() OVER w AS "#n", sum("#size") OVER w AS "#sum" FROM sized
    WINDOW w AS (ROWS UNBOUNDED PRECEDING))
  SELECT "#n", ${flagsExpression(keys, careful)} AS "#flags", ${keys.map((key) => cellAs(key, careful)).join(", ")}
  FROM framed WHERE "#sum" / ${frameBytes} <> ("#sum" - "#size") / ${frameBytes} OR "#n" = ${ROWS_PER_SCAN}`;
  return { sql, params: lower.params };
}

function cellAs(cell: CellColumn, careful: boolean): string {
  return `${cellExpression(cell, careful)} AS ${quote(cell.name)}`;
}

function toRanges(after: Key, ends: Cell[][], more: boolean): Range[] {
  const ranges = ends.map((through, i): Range => ({ after: ends[i - 1] ?? after, through }));
  return more ? ranges : [...ranges, { after: ends.at(-1) ?? after, through: null }];
}

/**
 * The tables in which a declared key holds NULL somewhere, so that it cannot identify rows. SQLite
 * allows that in rowid tables (sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls).
 * At most one statement for 90 tables.
 */
export async function findNullKeys(database: Database, tables: readonly LiveTable[]): Promise<string[]> {
  const suspects = tables.filter(mayHoldNullKeys);
  const found: string[] = [];
  for (let i = 0; i < suspects.length; i += 90) {
    const group = suspects.slice(i, i + 90);
    const checks = group.map(({ name, key }, n) => {
      const nulls = key.columns.map((column) => `${quote(column)} IS NULL`);
      return `EXISTS (SELECT 1 FROM ${quote(name)} WHERE ${joinBalanced(nulls, "OR")}) AS c${n}`;
    });
    const [row] = await database.query({ sql: `SELECT ${checks.join(", ")}` });
    found.push(...group.filter((_, n) => row?.[n] === 1).map(({ name }) => name));
  }
  return found;
}

function mayHoldNullKeys({ key, columns, withoutRowid, rowidAlias }: LiveTable): boolean {
  if (key.kind === "rowid" || withoutRowid || rowidAlias !== null) return false;
  return columns.some(({ primaryKey, notNull }) => primaryKey > 0 && !notNull);
}

export interface ReadRangeOptions {
  /** A further condition on the rows, with its parameters. */
  where?: { sql: string; params: Value[] };
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
  range: Range,
  options: ReadRangeOptions = {},
): Promise<RangeRows> {
  let rows = await selectRange(database, table, range, options, false);
  if (rows.some(needsCare)) rows = await selectRange(database, table, range, options, true);
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
  range: Range,
  options: ReadRangeOptions,
  careful: boolean,
): Promise<Value[][]> {
  const slices = sliceColumns(table.columns);
  const statements = slices.map((columns) => rangeStatement(table, columns, range, options, careful));
  const [first, ...rest] = await queryTable(database, table, statements);
  return (first as Value[][]).map((row, i) =>
    rest.reduce((joined, rows, s) => join(joined, rows[i], slices, s), row),
  );
}

/** The rows of each statement; several, or what reads terms, in one transaction. */
async function queryTable(
  database: Database,
  { terms }: FrameTable,
  statements: readonly Statement[],
): Promise<Value[][][]> {
  const [only] = statements;
  if (terms === undefined && statements.length === 1) return [await database.query(only as Statement)];
  const tables = terms === undefined ? [] : [terms];
  const results = await database.batch(withTerms(tables, statements, vocabularySchema(database)));
  return results.slice(tables.length, tables.length + statements.length).map(({ rows }) => rows);
}

/** What a table's rows of a range are selected FROM, numbered as `bound` numbers the range's parameters. */
function rowsOf({ name, terms, ...table }: FrameTable, { after, through }: Range): string {
  if (terms === undefined) return quote(name);
  const rows = termRows(terms, (rowid) => {
    const key = { name, ...table, key: [rowid] };
    const lower = bound(key, after, ">", 0);
    const upper = bound(key, through, "<=", lower.params.length);
    return [lower.condition, upper.condition].filter((condition) => condition !== "").join(" AND ") || "1";
  });
  return `${rows} AS ${quote(name)}`;
}

function join(left: Value[], right: Value[] | undefined, slices: CellColumn[][], index: number): Value[] {
  const flags = left.pop() as string;
  const offset = slices.slice(0, index + 1).reduce((sum, slice) => sum + slice.length, 0);
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
  range: Range,
  { where }: ReadRangeOptions,
  careful: boolean,
): Statement {
  const lower = bound(table, range.after, ">", 0);
  const upper = bound(table, range.through, "<=", lower.params.length);
  const conditions = [
    lower.condition,
    upper.condition,
    where === undefined ? "" : renumber(where.sql, lower.params.length + upper.params.length),
  ];
  const filter = conditions.filter((condition) => condition !== "").join(" AND ");
  const selected = columns.map((cell, i) => `${cellExpression(cell, careful)} AS c${i}`);
  return {
    sql: `SELECT ${selected.join(", ")}, ${flagsExpression(columns, careful)} AS flags FROM ${rowsOf(table, range)} ${
      filter === "" ? "" : `WHERE ${filter}`
    } ${keyOrder(table)}`,
    params: [...lower.params, ...upper.params, ...(where?.params ?? [])],
  };
}

/** Moves `?1`, `?2` … of a condition behind `offset` parameters. */
function renumber(sql: string, offset: number): string {
  return sql.replace(/\?(\d+)/g, (_, n) => `?${Number(n) + offset}`);
}

interface Bound {
  /** "" when there is no bound. */
  condition: string;
  params: Value[];
}

function bound(table: FrameTable, key: Key, operator: ">" | "<=", offset: number): Bound {
  if (key === null) return { condition: "", params: [] };
  const terms = key.map((cell, i) => cellToSql(cell, `?${offset + i + 1}`));
  return {
    condition: `${tuple(table.key.map(quote))} ${operator} ${tuple(terms.map(({ sql }) => sql))}`,
    params: terms.map(({ param }) => param),
  };
}

/** By the key's columns of the table itself: a result column may have the name of one. */
function keyOrder(table: FrameTable): string {
  return `ORDER BY ${table.key.map((name) => `${quote(table.name)}.${quote(name)}`).join(", ")}`;
}

function affinityIn(table: FrameTable, name: string): Affinity {
  const lower = name.toLowerCase();
  return table.columns.find((cell) => cell.name.toLowerCase() === lower)?.affinity ?? "none";
}
