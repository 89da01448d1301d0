import type { Cell, Range } from "../../archive/types.ts";
import { cellToSql } from "./cell-parameter.ts";
import type { Params } from "./params.ts";
import { quote, tuple } from "./syntax.ts";

/** True in SQL for the rows of a range of keys; `alias` names the table in the statement. */
export function inRange(
  key: readonly string[],
  { after, through }: Range,
  alias: string,
  params: Params,
): string {
  const columns = tuple(key.map((name) => `${alias}.${quote(name)}`));
  const compare = (operator: string, cells: readonly Cell[]) =>
    `${columns} ${operator} ${tuple(cells.map((cell) => cellSql(cell, params)))}`;
  const conditions = [
    ...(after === null ? [] : [compare(">", after)]),
    ...(through === null ? [] : [compare("<=", through)]),
  ];
  return conditions.length === 0 ? "1" : conditions.join(" AND ");
}

function cellSql(cell: Cell, params: Params): string {
  const { param } = cellToSql(cell, "");
  return cellToSql(cell, params.add(param)).sql;
}
