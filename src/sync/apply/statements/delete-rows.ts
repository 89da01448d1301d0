import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { childrenFirst, isListed } from "../../compare/index.ts";
import type { StagedTable } from "../../stage/index.ts";

/** Deletes the rows of some lists. Children go before their parents. */
export function deleteStatements(lists: readonly StagedTable[]): Statement[] {
  return childrenFirst(lists).flatMap((list) => {
    const params = new Params();
    const sql = `DELETE FROM ${quote(list.table.name)} AS live WHERE ${isListed([list], "live", params)}`;
    return [...unchain(list), { sql, params: params.values }];
  });
}

/**
 * Rows that point to rows of their own table, and that a delete would take along: SQLite follows such a chain for a
 * thousand rows and no further. All of them go, so each may let go first.
 */
function unchain(list: StagedTable): Statement[] {
  const { name, foreignKeys, columns } = list.table;
  const mayBeNull = (column: string) =>
    columns.some(
      (one) => one.name === column && !one.notNull && one.primaryKey === 0 && one.generated === null,
    );
  const chained = foreignKeys.filter(
    (key) => key.parent === name && key.onDelete === "CASCADE" && key.columns.some(mayBeNull),
  );
  const freed = [...new Set(chained.flatMap((key) => key.columns.filter(mayBeNull)))];
  if (freed.length === 0) return [];
  const params = new Params();
  // A CHECK may want them as they are: then they stay.
  const sql = `UPDATE OR IGNORE ${quote(name)} SET ${freed.map((column) => `${quote(column)} = NULL`).join(", ")}
    WHERE ${isListed([list], quote(name), params)}`;
  return [{ sql, params: params.values }];
}
