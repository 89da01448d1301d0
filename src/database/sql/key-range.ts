import type { Cell, Range } from "../../archive/types.ts";
import { cellSql } from "./cell-parameter.ts";
import type { Params } from "./params.ts";
import { tuple } from "./syntax.ts";

/** True in SQL for the rows of a range of keys; `key` is the SQL of the key's columns. */
export function inRange(key: readonly string[], { after, through }: Range, params: Params): string {
  const compare = (operator: string, cells: readonly Cell[]) =>
    `${tuple(key)} ${operator} ${tuple(cells.map((cell) => cellSql(cell, params)))}`;
  const conditions = [
    ...(after === null ? [] : [compare(">", after)]),
    ...(through === null ? [] : [compare("<=", through)]),
  ];
  return conditions.length === 0 ? "1" : conditions.join(" AND ");
}
