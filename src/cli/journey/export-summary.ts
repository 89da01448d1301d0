import { plural } from "../../numbers.ts";
import type { ExportRequest } from "../options/run-options.ts";
import { noteText } from "../printing/printable.ts";

export interface Exported {
  /** Null when it is not known without reading the file. */
  version: number | null;
  stats: { table: string; count: number }[];
  notes: string[];
}

export interface ExportFlags extends ExportRequest {
  /** How large the frames should be, for a target that asks for it; bytes. */
  frameBytes?: number | undefined;
}

/** "25,537 rows of 7 tables", and what was left out. */
export function exportSummary(exported: Exported): { summary: string; notes: string[] } {
  const rows = rowsIn(exported.stats);
  return {
    summary: `${plural(rows, "row")} of ${plural(exported.stats.length, "table")}`,
    notes: exported.notes.map(noteText),
  };
}

export function rowsIn(stats: Exported["stats"]): number {
  return stats.reduce((sum, one) => sum + one.count, 0);
}
