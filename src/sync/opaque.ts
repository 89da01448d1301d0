import type { LiveTable, UniqueIndex } from "../database/schema.ts";

/**
 * True for a unique index whose values are no stored columns: a partial one, or one over expressions
 * or generated columns. Which rows conflict under it shows only when they are written.
 */
export function isOpaque(table: LiveTable, { partial, columns }: UniqueIndex): boolean {
  const stored = new Set(table.columns.filter(({ generated }) => generated === null).map(({ name }) => name));
  return partial || columns.some((column) => column === null || !stored.has(column));
}
