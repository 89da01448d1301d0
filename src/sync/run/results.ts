import type { Mode } from "./options.ts";
import type { TablePlan } from "./report.ts";

/**
 * What SQL counts before an apply: for each table its live rows and those that `replace` deletes, and
 * for each shape of incoming rows how many there are, have a live row of their key, differ from it,
 * and are skipped. The plan reads it ahead of the apply, the run's results are the same reading
 * inside the apply's transaction.
 */
export type CountEntry =
  | ["live", table: string, count: number]
  | ["replaced", table: string, count: number]
  | [
      "rows",
      table: string,
      attempted: number,
      matched: number | null,
      differing: number | null,
      skipped: number | null,
    ];

/** Each table's result, from the counts before the apply. */
export function readCounts(entries: readonly CountEntry[], mode: Mode): Record<string, TablePlan> {
  const tables: Record<string, TablePlan> = Object.create(null); // a table may be called "constructor"
  for (const [table, own] of Map.groupBy(entries, ([, name]) => name)) {
    const sum = (kind: CountEntry[0], i: number) =>
      own
        .filter((entry) => entry[0] === kind)
        .reduce((total, entry) => total + ((entry[i] as number | null) ?? 0), 0);
    const live = own.find(([kind]) => kind === "live")?.[2] ?? 0;
    const [attempted, matched, skipped] = [sum("rows", 2), sum("rows", 3), sum("rows", 5)];
    const updated = mode === "insert" ? 0 : sum("rows", 4);
    tables[table] = {
      attempted,
      inserted: attempted - matched - skipped,
      updated,
      unchanged: matched - updated,
      deleted: mode === "mirror" ? live - matched : sum("replaced", 2),
      skipped,
      live,
    };
  }
  return tables;
}
