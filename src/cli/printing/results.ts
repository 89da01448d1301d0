import { count, plural } from "../../numbers.ts";
import type { Plan, TableResult } from "../../sync/run/index.ts";
import { figure, lossFigure } from "./figures.ts";
import type { Block, Piece } from "./layout/block.ts";
import { printable } from "./printable.ts";

const CHANGES = ["inserted", "updated", "deleted"] as const;

/** What a run did, per table, as the database counted it. */
export function resultLines(results: Record<string, TableResult>): Block[] {
  const entries = Object.entries(results);
  const skips = entries.some(([, { skipped }]) => skipped > 0);
  const moved = entries.filter(([, one]) => one.inserted + one.updated + one.deleted + one.skipped > 0);
  const row = (name: string, one: TableResult): Piece[] => [
    name,
    figure(one.inserted),
    figure(one.updated),
    lossFigure(one.deleted),
    figure(one.unchanged),
    ...(skips ? [figure(one.skipped)] : []),
  ];
  const rows = moved.map(([name, one]) => row(printable(name), one));
  if (moved.length > 1) rows.push(row("total", addUpResults(moved.map(([, one]) => one))));
  const titles = [
    { title: "inserted", align: "right" as const },
    { title: "updated", align: "right" as const },
    { title: "deleted", align: "right" as const },
    { title: "unchanged", align: "right" as const, drop: 1 },
    ...(skips ? [{ title: "skipped", align: "right" as const }] : []),
  ];
  const equal = entries.filter((one) => !moved.includes(one));
  return [
    ...(moved.length === 0 ? [] : [{ columns: [{ title: "table", long: "cut" as const }, ...titles], rows }]),
    ...unchangedLine(equal.map(([, { unchanged }]) => unchanged)),
  ];
}

/** One line for all tables in which nothing is to be done, by how many rows each has. */
export function unchangedLine(rows: readonly number[]): Block[] {
  if (rows.length === 0) return [];
  const all = rows.reduce((sum, one) => sum + one, 0);
  return [{ text: `${plural(rows.length, "table")} with ${plural(all, "row")} unchanged`, tone: "faint" }];
}

/** Whether it did what was planned, to the row: then it does not have to be said again. */
export function isAsPlanned(plan: Plan, results: Record<string, TableResult>): boolean {
  const names = Object.keys(results);
  return (
    names.length === Object.keys(plan.tables).length &&
    names.every((name) => {
      const [planned, done] = [plan.tables[name], results[name] as TableResult];
      return (
        planned !== undefined &&
        CHANGES.every((what) => planned[what] === done[what]) &&
        planned.skipped === done.skipped
      );
    })
  );
}

/** "+ 12, ~ 3, − 0 rows". */
export function changesLine(results: Record<string, TableResult>): string {
  const { inserted, updated, deleted } = addUpResults(Object.values(results));
  return `+ ${count(inserted)}, ~ ${count(updated)}, − ${count(deleted)} rows`;
}

/** Of all tables together. */
export function addUpResults(results: readonly TableResult[]): TableResult {
  const total: TableResult = { attempted: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, skipped: 0 };
  for (const one of results) {
    for (const what of Object.keys(total) as (keyof TableResult)[]) total[what] += one[what];
  }
  return total;
}

export function skippedRows(results: Record<string, TableResult> | null): number {
  return Object.values(results ?? {}).reduce((sum, one) => sum + one.skipped, 0);
}
