import type { Statement } from "../database/port.ts";
import { quote, tuple } from "../database/sql.ts";
import { Params } from "./params.ts";
import { hasKey, type StagedTable, shapeSql } from "./staged.ts";

/** Deletes, in a mirror, the rows whose keys the document does not have. Children go before their parents. */
export function deleteStatements(run: string, tables: readonly StagedTable[]): Statement[] {
  return childrenFirst(tables).map((table) => {
    const params = new Params();
    return {
      sql: `DELETE FROM ${quote(table.table.name)} AS live WHERE ${notStaged(run, table, "live", params)}`,
      params: params.values,
    };
  });
}

/** True in SQL for a live row that no staged row has the key of. */
export function notStaged(run: string, staged: StagedTable, alias: string, params: Params): string {
  const key = staged.table.key.columns;
  const live = tuple(key.map((name) => `${alias}.${quote(name)}`));
  const sets = (staged.whole ?? staged.shapes)
    .filter((shape) => hasKey(staged, shape))
    .map((shape) => {
      const sql = shapeSql(run, staged, shape, params);
      // A key with a NULL is no staged row's, and its NOT IN is NULL.
      return `(${live} NOT IN (SELECT ${key.map((name) => sql.cell(name)).join(", ")} FROM ${sql.from})) IS NOT 0`;
    });
  return sets.length === 0 ? "1" : sets.join(" AND ");
}

/** Tables ordered so that each comes before those it references; a cycle is broken anywhere. */
export function childrenFirst(tables: readonly StagedTable[]): StagedTable[] {
  const byName = new Map(tables.map((staged) => [staged.table.name, staged]));
  const order: StagedTable[] = [];
  const seen = new Set<string>();
  const visit = (staged: StagedTable) => {
    if (seen.has(staged.table.name)) return;
    seen.add(staged.table.name);
    for (const { parent } of staged.table.foreignKeys) {
      const known = byName.get(parent);
      if (known !== undefined) visit(known);
    }
    order.push(staged);
  };
  for (const staged of tables) visit(staged);
  return order.reverse();
}
