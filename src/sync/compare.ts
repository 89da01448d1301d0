import { affinityOf } from "../database/affinity.ts";
import type { LiveTable } from "../database/schema.ts";
import { joinBalanced, quote } from "../database/sql.ts";
import type { Shape } from "./staged.ts";

/**
 * The condition that a stored row differs from an incoming one. `IS NOT` alone is not enough: a
 * column's collation may call different texts equal, and 1 equals 1.0 where a column keeps both.
 */
export function differs(
  table: LiveTable,
  shape: Shape,
  live: (column: string) => string,
  incoming: (column: string) => string,
): string {
  const terms = shape.columns.flatMap((name, position) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column === undefined) return []; // the rowid, which is the key
    const different = `${live(quote(name))} COLLATE BINARY IS NOT ${incoming(name)}`;
    const keepsBoth = affinityOf(column.type, table.strict) === "none" || shape.encoded.includes(position);
    if (!keepsBoth) return [different];
    return [different, `typeof(${live(quote(name))}) IS NOT typeof(${incoming(name)})`];
  });
  return terms.length === 0 ? "0" : joinBalanced(terms, "OR");
}
