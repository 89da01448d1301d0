import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { childrenFirst, notStaged } from "../../compare/index.ts";
import type { StagedTable } from "../../stage/index.ts";

/** Deletes, in a mirror, the rows whose keys the document does not have. Children go before their parents. */
export function deleteStatements(tables: readonly StagedTable[]): Statement[] {
  return childrenFirst(tables).map((table) => {
    const params = new Params();
    return {
      sql: `DELETE FROM ${quote(table.table.name)} AS live WHERE ${notStaged(table, "live", params)}`,
      params: params.values,
    };
  });
}
