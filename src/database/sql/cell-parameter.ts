import { base64ToBytes } from "../../archive/base64.ts";
import type { Cell } from "../../archive/types.ts";
import type { Params } from "./params.ts";

/**
 * The SQL of a cell, which is bound as one parameter and turned back into the stored value. Numbers
 * travel as JSON text: bound, an integer would become a REAL. Unary plus takes a CAST's affinity away,
 * which would otherwise convert the column that it is compared with.
 */
export function cellSql(cell: Cell, params: Params): string {
  if (cell === null || typeof cell === "string") return params.add(cell);
  if (typeof cell === "number") return `(${params.add(JSON.stringify(cell))} ->> '$')`;
  if ("$int" in cell) return `+CAST(${params.add(cell.$int)} AS INTEGER)`;
  if ("$blob" in cell) return params.add(base64ToBytes(cell.$blob));
  if ("$text" in cell) return `+CAST(${params.add(base64ToBytes(cell.$text))} AS TEXT)`;
  return `+CAST(${params.add(cell.$real.replace("Infinity", "9e999"))} AS REAL)`;
}
