import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { defaultsOf } from "../../compare/index.ts";
import { type IncomingRows, shapeSql } from "../../stage/index.ts";
import { carriedRowid, takenLast } from "./carried-rowid.ts";

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
  const order = ["s.seq", "s.part", "s.n"];
  if (rowid !== undefined && columns.length < maxColumns) {
    const carried = carriedRowid(staged, { ...sql, run: "s.run" }, rowid);
    columns.push(rowid);
    values.push(carried);
    order.unshift(takenLast(carried));
  }
  const insert = `INSERT OR ABORT INTO ${quote(table.name)} (${columns.map(quote).join(", ")})
    SELECT ${values.join(", ")} FROM ${sql.from} WHERE 1 ORDER BY ${order.join(", ")}`;
  return { sql: insert, params: params.values };
}
