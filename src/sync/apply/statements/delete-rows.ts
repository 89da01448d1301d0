import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { childrenFirst, isListed } from "../../compare/index.ts";
import type { StagedTable } from "../../stage/index.ts";

/** Deletes the rows of some lists. Children go before their parents. */
export function deleteStatements(lists: readonly StagedTable[]): Statement[] {
  return childrenFirst(lists).map((list) => {
    const params = new Params();
    const sql = `DELETE FROM ${quote(list.table.name)} AS live WHERE ${isListed([list], "live", params)}`;
    return { sql, params: params.values };
  });
}
