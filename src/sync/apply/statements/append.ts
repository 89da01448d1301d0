import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { defaultsOf, wasEmpty } from "../../compare/index.ts";
import { type IncomingRows, shapeSql } from "../../stage/index.ts";

/**
 * Adds listed rows, in their order, under rowids of the table's own; under theirs only where it was empty and nobody
 * has taken them.
 */
export function appendStatement(rows: IncomingRows, maxColumns: number): Statement {
  const { staged, shape } = rows;
  const { table } = staged;
  const params = new Params();
  const sql = shapeSql({ ...rows, absent: defaultsOf(table), placed: true }, params);
  const columns = shape.columns.filter((name) => table.columns.some((column) => column.name === name));
  const values = columns.map((name) => sql.cell(name));
  const rowid = table.key.columns.find((name) => sql.has(name));
  if (rowid !== undefined && columns.length < maxColumns) {
    const taken = `SELECT 1 FROM ${quote(table.name)} AS other WHERE other.${quote(rowid)} = ${sql.cell(rowid)}`;
    columns.push(rowid);
    values.push(`iif(${wasEmpty(staged, "s.run")} AND NOT EXISTS (${taken}), ${sql.cell(rowid)}, NULL)`);
  }
  const insert = `INSERT INTO ${quote(table.name)} (${columns.map(quote).join(", ")})
    SELECT ${values.join(", ")} FROM ${sql.from} WHERE 1 ORDER BY s.seq, s.part, s.n`;
  return { sql: insert, params: params.values };
}
