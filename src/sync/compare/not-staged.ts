import type { Params } from "../../database/sql/params.ts";
import { tuple } from "../../database/sql/syntax.ts";
import { hasKey, liveKey, type StagedTable, selectStaged } from "../stage/index.ts";

/** True in SQL for a live row that no staged row has the key of. */
export function notStaged(staged: StagedTable, alias: string, params: Params): string {
  const key = staged.table.key.columns;
  const live = tuple(liveKey(staged.table, alias));
  const sets = (staged.whole ?? staged.shapes)
    .map((shape) => ({ staged, shape }))
    .filter(hasKey)
    // A key with a NULL is no staged row's, and its NOT IN is NULL.
    .map((rows) => `(${live} NOT IN (${selectStaged(rows, key, params)})) IS NOT 0`);
  return sets.length === 0 ? "1" : sets.join(" AND ");
}
