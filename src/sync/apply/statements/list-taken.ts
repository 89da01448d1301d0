import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { incomingRows, keyListOf, listKeys, type StagedTable, shapeSql } from "../../stage/index.ts";
import type { ApplyRequest } from "./request.ts";

/**
 * Lists what one of many transactions deletes, of tables with rows that a run added without keys: where the rest is planned
 * anew, others that are equal may have got their rowids.
 */
export function listTaken({ staged }: ApplyRequest, lists: readonly StagedTable[]): Statement[] {
  const keyless = staged.tables.filter(({ made = [] }) => made.some((shape) => shape.keyless !== undefined));
  const names = keyless.map(({ table }) => table.name);
  const own = lists.filter(({ table }) => names.includes(table.name));
  return incomingRows(own).map((rows) => {
    const params = new Params();
    const sql = shapeSql({ ...rows, placed: true }, params);
    const key = rows.staged.table.key.columns.map(sql.cell);
    return listKeys({ to: keyListOf(rows.staged, "taken"), rows, sql, which: "", key }, params);
  });
}
