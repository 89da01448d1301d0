import type { Params } from "../../database/sql/params.ts";
import { joinBalanced, tuple } from "../../database/sql/syntax.ts";
import { goneKeys, hasKey, liveKey, type StagedTable, selectStaged } from "../stage/index.ts";

/** True in SQL for a live row that no staged row has the key of. */
export function notStaged(staged: StagedTable, alias: string, params: Params): string {
  const key = staged.table.key.columns;
  const live = tuple(liveKey(staged.table, alias));
  const sets = (staged.whole?.shapes ?? staged.shapes)
    .map((shape) => ({ staged, shape }))
    .filter(hasKey)
    // A key with a NULL is no staged row's, and its NOT IN is NULL.
    .map((rows) => `(${live} NOT IN (${selectStaged(rows, key, params)})) IS NOT 0`);
  return sets.length === 0 ? "1" : sets.join(" AND ");
}

/**
 * True in SQL for a live row that a mirror deletes: one that is not staged. Where only some keys are spoken of, it has
 * to be one of those without a row. A collation may take a key of that kind and a row's for one: the row comes in.
 */
export function leavesByMirror(staged: StagedTable, alias: string, params: Params): string {
  const absent = notStaged(staged, alias, params);
  return staged.keyed === true ? `${isGone(staged, alias, params)} AND ${absent}` : absent;
}

/** True in SQL for a live row whose key is staged as one that has no row. NULL where the live key holds a NULL. */
export function isGone(staged: StagedTable, alias: string, params: Params): string {
  const key = staged.table.key.columns;
  const live = tuple(liveKey(staged.table, alias));
  const all = { ...staged, gone: staged.whole?.gone ?? staged.gone };
  const sets = goneKeys([all]).map((rows) => `${live} IN (${selectStaged(rows, key, params)})`);
  return sets.length === 0 ? "0" : `(${joinBalanced(sets, "OR")})`;
}
