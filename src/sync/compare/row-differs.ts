import { affinityOf } from "../../database/affinity.ts";
import type { LiveTable } from "../../database/schema.ts";
import { joinBalanced, quote } from "../../database/sql/syntax.ts";
import type { StagedShape } from "../stage/index.ts";

/** A row's columns in SQL, by name. */
export interface ComparedRow {
  cell(column: string): string;
  /** The column's affinity has been applied to it already, as it has to `excluded`. @default false */
  converted?: boolean;
}

/**
 * The condition that a stored row differs from an incoming one. `IS NOT` alone is not enough: a
 * column's collation may call different texts equal, and 1 equals 1.0 where a column keeps both.
 */
export function differs(
  table: LiveTable,
  shape: Pick<StagedShape, "columns" | "codes">,
  live: (column: string) => string,
  incoming: ComparedRow,
): string {
  const conditions = shape.columns.flatMap((name, position) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column === undefined) return []; // the rowid, which is the key
    const stored = live(quote(name));
    const different = `${stored} COLLATE BINARY IS NOT ${incoming.cell(name)}`;
    const keepsBoth = affinityOf(column.type, table) === "none";
    const compareTypes = keepsBoth || (incoming.converted === true && shape.codes.has(position));
    return compareTypes
      ? [different, `typeof(${stored}) IS NOT typeof(${incoming.cell(name)})`]
      : [different];
  });
  return conditions.length === 0 ? "0" : joinBalanced(conditions, "OR");
}
