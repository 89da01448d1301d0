import { quote } from "../../../database/sql/syntax.ts";
import { wasEmpty } from "../../compare/index.ts";
import type { StagedTable } from "../../stage/index.ts";

/** A staged row's cells, and the SQL of its run's key. */
export interface IncomingSql {
  cell(column: string): string;
  run: string;
}

/**
 * The SQL of the rowid that a row comes in with, in a table whose rowid is no column. It is carried into a table that was
 * empty, as long as no other row has taken it; elsewhere rowids mean nothing, and NULL makes the table give one of its own.
 */
export function carriedRowid(staged: StagedTable, sql: IncomingSql, rowid: string): string {
  const cell = sql.cell(rowid);
  const taken = `SELECT 1 FROM ${quote(staged.table.name)} AS other WHERE other.${quote(rowid)} = ${cell}`;
  return `iif(${wasEmpty(staged, sql.run)} AND NOT EXISTS (${taken}), ${cell}, NULL)`;
}

/**
 * The term to order rows by so that those come last whose rowid is taken. A statement looks for that before it writes its
 * first row, so one of them would be given the rowid of a row behind it.
 */
export function takenLast(carried: string): string {
  return `${carried} IS NULL`;
}
