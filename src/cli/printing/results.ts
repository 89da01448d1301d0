import type { TableResult } from "../../sync/run/index.ts";
import { count } from "./numbers.ts";
import { printable, table } from "./table.ts";

const COLUMNS = ["attempted", "inserted", "updated", "unchanged", "deleted", "skipped"] as const;

/** What a run did, per table, as the database counted it. */
export function resultLines(results: Record<string, TableResult>): string[] {
  const entries = Object.entries(results);
  const rows = entries.map(([name, one]) => [
    printable(name),
    ...COLUMNS.map((column) => count(one[column])),
  ]);
  if (entries.length > 1) {
    const total = COLUMNS.map((column) => entries.reduce((sum, [, one]) => sum + one[column], 0));
    rows.push(["total", ...total.map(count)]);
  }
  return table([{ title: "table" }, ...COLUMNS.map((title) => ({ title, align: "right" as const }))], rows);
}

export function skippedRows(results: Record<string, TableResult> | null): number {
  return Object.values(results ?? {}).reduce((sum, one) => sum + one.skipped, 0);
}
