import { type CountEntry, type NamedEntry, nameEntry } from "./count-entry.ts";
import type { Mode } from "./options.ts";
import type { TablePlan } from "./report.ts";

/** Each table's result, from the counts before the apply. */
export function readCounts(entries: readonly CountEntry[], mode: Mode): Record<string, TablePlan> {
  const tables: Record<string, TablePlan> = Object.create(null); // a table may be called "constructor"
  for (const [table, own] of Map.groupBy(entries.map(nameEntry), (entry) => entry.table)) {
    tables[table] = readTable(own, mode);
  }
  return tables;
}

function readTable(entries: readonly NamedEntry[], mode: Mode): TablePlan {
  const sum = (count: "attempted" | "matched" | "differing" | "skipped") =>
    entries.reduce((total, entry) => total + entry[count], 0);
  const [attempted, matched, skipped] = [sum("attempted"), sum("matched"), sum("skipped")];
  const live = entries.find(({ kind }) => kind === "live")?.count ?? 0;
  const deleted = entries.reduce((total, { kind, count }) => total + (kind === "deleted" ? count : 0), 0);
  const updated = mode === "insert" ? 0 : sum("differing");
  return {
    attempted,
    inserted: attempted - matched - skipped,
    updated,
    unchanged: matched - updated,
    deleted,
    skipped,
    live,
  };
}
