import { base64ToBytes } from "../../archive/base64.ts";
import type { Cell } from "../../archive/types.ts";
import type { Value } from "../port.ts";

/**
 * A cell as one parameter and the SQL that turns it back into the stored value. Numbers travel as
 * JSON text: bound, an integer would become a REAL. Unary plus takes a CAST's affinity away, which
 * would otherwise convert the column that it is compared with.
 */
export function cellToSql(cell: Cell, parameter: string): { sql: string; param: Value } {
  if (cell === null || typeof cell === "string") return { sql: parameter, param: cell };
  if (typeof cell === "number") return { sql: `(${parameter} ->> '$')`, param: JSON.stringify(cell) };
  if ("$int" in cell) return { sql: `+CAST(${parameter} AS INTEGER)`, param: cell.$int };
  if ("$blob" in cell) return { sql: parameter, param: base64ToBytes(cell.$blob) };
  if ("$text" in cell) return { sql: `+CAST(${parameter} AS TEXT)`, param: base64ToBytes(cell.$text) };
  if (cell.$real === "Infinity") return { sql: `+CAST(${parameter} AS REAL)`, param: "9e999" };
  if (cell.$real === "-Infinity") return { sql: `+CAST(${parameter} AS REAL)`, param: "-9e999" };
  return { sql: `+CAST(${parameter} AS REAL)`, param: cell.$real };
}
