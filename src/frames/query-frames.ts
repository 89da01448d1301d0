import type { Key, Range } from "../archive/types.ts";
import { termRows, vocabularySchema, withTerms } from "../database/fts5/contentless-rows.ts";
import type { Database, Statement, Value } from "../database/port.ts";
import { cellToSql } from "../database/sql/cell-parameter.ts";
import { quote, tuple } from "../database/sql/syntax.ts";
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

/** What a table's rows of a range are selected FROM, numbered as `bound` numbers the range's parameters. */
export function rowsOf({ name, terms, ...table }: FrameTable, { after, through }: Range): string {
  if (terms === undefined) return quote(name);
  const rows = termRows(terms, (rowid) => {
    const key = { name, ...table, key: [rowid] };
    const lower = bound(key, after, ">", 0);
    const upper = bound(key, through, "<=", lower.params.length);
    return [lower.condition, upper.condition].filter((condition) => condition !== "").join(" AND ") || "1";
  });
  return `${rows} AS ${quote(name)}`;
}

interface Bound {
  /** "" when there is no bound. */
  condition: string;
  params: Value[];
}

export function bound(table: FrameTable, key: Key, operator: ">" | "<=", offset: number): Bound {
  if (key === null) return { condition: "", params: [] };
  const terms = key.map((cell, i) => cellToSql(cell, `?${offset + i + 1}`));
  return {
    condition: `${tuple(table.key.map(quote))} ${operator} ${tuple(terms.map(({ sql }) => sql))}`,
    params: terms.map(({ param }) => param),
  };
}

/** By the key's columns of the table itself: a result column may have the name of one. */
export function keyOrder(table: FrameTable): string {
  return `ORDER BY ${table.key.map((name) => `${quote(table.name)}.${quote(name)}`).join(", ")}`;
}
