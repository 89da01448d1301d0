import type { Params } from "../../database/sql/params.ts";
import { quote, tuple } from "../../database/sql/syntax.ts";
import { hasKey, type StagedTable, shapeSql } from "../stage/index.ts";

/** True in SQL for a live row that no staged row has the key of. */
export function notStaged(staged: StagedTable, alias: string, params: Params): string {
  const key = staged.table.key.columns;
  const live = tuple(key.map((name) => `${alias}.${quote(name)}`));
  const sets = (staged.whole ?? staged.shapes)
    .map((shape) => ({ staged, shape }))
    .filter(hasKey)
    .map((rows) => {
      const sql = shapeSql(rows, params);
      // A key with a NULL is no staged row's, and its NOT IN is NULL.
      return `(${live} NOT IN (SELECT ${key.map((name) => sql.cell(name)).join(", ")} FROM ${sql.from})) IS NOT 0`;
    });
  return sets.length === 0 ? "1" : sets.join(" AND ");
}
