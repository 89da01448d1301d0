import type { BenchResult } from "../result.ts";
import type { Trace } from "../trace/trace.ts";
import { gridMarkdown } from "./grid.ts";
import { count, megabytesExact } from "./numbers.ts";
import { byHandNote, memorySection, repeatNote, startNote, tellMachine, timeSection } from "./sections.ts";
import { type Summary, summarize } from "./summary.ts";
import { TRACE_NOTE, traceGrid, traceTitle } from "./trace.ts";

/** What the bench puts into docs/performance.md, by the name of its place there. */
export function pageSections(result: BenchResult, traces: readonly Trace[]): Record<string, string> {
  const sizes = result.sizes.map(
    ({ rows, bytes, archiveBytes }) =>
      `${count(rows)} rows are ${megabytesExact(bytes)} MB, their archive ${megabytesExact(archiveBytes)} MB`,
  );
  const memory = memorySection(result);
  return {
    machine: `${tellMachine(result)}. ${sizes.join("; ")}. The bench took ${count(result.seconds)} s.`,
    summary: tellSummary(summarize(result)),
    export: gridOf(result, "export"),
    import: [gridOf(result, "import"), ...byHandNote(result), ...startNote(result), repeatNote(result)].join(
      "\n\n",
    ),
    memory: [...memory.grids.map(gridMarkdown), ...memory.notes].join("\n\n"),
    trace: [
      ...traces.map((trace) => `${traceTitle(trace)}:\n\n${gridMarkdown(traceGrid(trace))}`),
      TRACE_NOTE,
    ].join("\n\n"),
  };
}

function gridOf(result: BenchResult, direction: "export" | "import"): string {
  return timeSection(result, direction, "").grids.map(gridMarkdown).join("\n\n");
}

/** The ratios, as a person would say them. */
function tellSummary(summary: Summary): string {
  const rows = [
    ["import: wrangler's seconds over d1-ferry's", summary.importVsWrangler],
    ["export: wrangler's seconds over d1-ferry's", summary.exportVsWrangler],
    ["import through D1: the sqlite3 shell's seconds over d1-ferry's", summary.importVsSqlite3],
    ["export through D1: the sqlite3 shell's seconds over d1-ferry's", summary.exportVsSqlite3],
    ["import: seconds of the local D1 and R2 alone over d1-ferry's", summary.importVsFloor],
    ["export: seconds of the local D1 and R2 alone over d1-ferry's", summary.exportVsFloor],
    ["import into a file: the sqlite3 shell's seconds over d1-ferry's", summary.importOnFilesVsSqlite3],
    ["export of a file: the sqlite3 shell's seconds over d1-ferry's", summary.exportOnFilesVsSqlite3],
    ["import: time a row, largest size over smallest", summary.timePerRowGrowth],
    ["export: time a row, largest size over smallest", summary.exportTimePerRowGrowth],
    ["the Worker isolate's peak, largest size over smallest", summary.heapGrowth],
    ["the workerd process' peak, largest size over smallest", summary.processGrowth],
  ] as const;
  return gridMarkdown({
    names: ["ratio", ""],
    rows: rows.map(([name, value]) => [name, value === null ? "–" : String(value)]),
  });
}
