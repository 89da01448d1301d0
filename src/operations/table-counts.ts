import type { TableSummary } from "../archive/types.ts";

/** Rows by table as an archive's tail has them, in the archive's order. */
export function countsOf(tables: readonly TableSummary[]): { table: string; count: number }[] {
  return tables.map(({ table, rows }) => ({ table, count: rows }));
}
