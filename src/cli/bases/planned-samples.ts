import { shortened, shortenedRow } from "../../archive/short-cell.ts";
import type { PlanDetail, PlannedRow, SampleRow, WrittenKind } from "../../sync/run/index.ts";

/** Rows of each kind that are told of a table. */
const MOST_TOLD = 3;

/** What a plan tells of a table's rows, from the rows themselves. */
export function detailOf(planned: readonly PlannedRow[]): PlanDetail {
  const samples: Record<WrittenKind, SampleRow[]> = { insert: [], update: [], delete: [] };
  let cells = 0;
  for (const row of planned) {
    if (row.is === "left") continue;
    if (row.is === "update") cells += Object.keys(row.cells).length;
    const told = samples[row.is];
    if (told.length < MOST_TOLD) told.push(sampleOf(row));
  }
  return { samples, ...(samples.update.length > 0 ? { cells } : {}) };
}

function sampleOf(planned: PlannedRow): SampleRow {
  const key = shortenedRow(planned.key);
  if (planned.is !== "update") return { ...planned, key, row: shortenedRow(planned.row) };
  const cells = Object.entries(planned.cells).map(([name, [old, now]]) => [
    name,
    [shortened(old), shortened(now)],
  ]);
  return { ...planned, key, cells: Object.fromEntries(cells) };
}
