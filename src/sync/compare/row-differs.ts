import { affinityOf } from "../../database/affinity.ts";
import { joinBalanced, quote } from "../../database/sql/syntax.ts";
import type { CellCode, IncomingRows, ShapeSql } from "../stage/index.ts";

export interface DifferOptions {
  /** What the statement calls the stored row. @default "live" */
  stored?: string;
  /** The columns' affinities have been applied to the incoming row already, as they have to `excluded`. @default false */
  converted?: boolean;
}

/**
 * The condition that a stored row differs from an incoming one. `IS NOT` alone is not enough: a
 * column's collation may call different texts equal, and 1 equals 1.0, and 0.0 equals −0.0, where a column keeps both.
 */
export function differs(
  rows: IncomingRows,
  incoming: Pick<ShapeSql, "cell">,
  options: DifferOptions = {},
): string {
  const conditions = rows.shape.columns.flatMap((name) =>
    columnDiffers(rows, name, { incoming, ...options }),
  );
  return conditions.length === 0 ? "0" : joinBalanced(conditions, "OR");
}

/** The same of one column: conditions of which one has to hold; none for a rowid that is no column. */
export function columnDiffers(
  { staged: { table }, shape }: IncomingRows,
  name: string,
  { incoming, stored = "live", converted = false }: DifferOptions & { incoming: Pick<ShapeSql, "cell"> },
): string[] {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) return [];
  const cell = `${stored}.${quote(name)}`;
  const other = incoming.cell(name);
  const different = `${cell} COLLATE BINARY IS NOT ${other}`;
  const keepsBoth = affinityOf(column.type, table) === "none";
  const mayBeNegative = (shape.codes.get(shape.columns.indexOf(name)) ?? "").includes(NEGATIVE_ZERO);
  const compareTypes = keepsBoth || (converted && shape.codes.has(shape.columns.indexOf(name)));
  return [
    different,
    ...(compareTypes ? [`typeof(${cell}) IS NOT typeof(${other})`] : []),
    ...(keepsBoth && table.columns.length <= MOST_WITH_SIGNS
      ? [zerosDiffer(cell, mayBeNegative ? other : null)]
      : []),
  ];
}

/** Columns of a table whose zeros are looked at: in D1's 100 KB of a statement there is no room for a hundred. */
const MOST_WITH_SIGNS = 64;

/** The code of −0.0 among staged cells. */
export const NEGATIVE_ZERO = "z" satisfies CellCode;

/** `other` is null where it is no −0.0, and need not be looked at. */
function zerosDiffer(stored: string, other: string | null): string {
  return other === null ? `(${stored} IS 0 AND atan2(${stored}, -1) < 0)` : signsDiffer(stored, other);
}

/**
 * Of two zeros that compare equal, which differ in nothing but their direction; of other values that differ it may be
 * NULL. Only a column without affinity keeps a zero's sign.
 */
export function signsDiffer(one: string, other: string): string {
  return `(${one} IS 0 AND atan2(${one}, -1) <> atan2(${other}, -1))`;
}
