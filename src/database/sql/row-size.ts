import { joinBalanced, quote } from "./syntax.ts";

/** About the bytes of a row's cells, in SQL, which knows them without reading them. `alias`: what the statement calls the row. */
export function rowSize(columns: readonly { name: string }[], alias?: string): string {
  const of = alias === undefined ? "" : `${alias}.`;
  return joinBalanced(
    columns.map(({ name }) => `ifnull(octet_length(${of}${quote(name)}), 4)`),
    "+",
  );
}
