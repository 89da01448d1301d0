import type { Range } from "../archive/types.ts";
import { termRows, vocabularySchema, withTerms } from "../database/fts5/contentless-rows.ts";
import type { Database, Statement, Value } from "../database/port.ts";
import { inRange } from "../database/sql/key-range.ts";
import type { Params } from "../database/sql/params.ts";
import { quote } from "../database/sql/syntax.ts";
import type { FrameTable } from "./frame-table.ts";

/** The rows of each statement; several, or what reads terms, in one transaction. */
export async function queryTable(
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

/** What a table's rows of a range are selected FROM. */
export function rowsOf({ name, terms }: FrameTable, range: Range, params: Params): string {
  if (terms === undefined) return quote(name);
  return `${termRows(terms, (rowid) => inRange([rowid], range, params))} AS ${quote(name)}`;
}

/** By the key's columns of the table itself: a result column may have the name of one. */
export function keyOrder(table: FrameTable): string {
  return `ORDER BY ${table.key.map((name) => `${quote(table.name)}.${quote(name)}`).join(", ")}`;
}
