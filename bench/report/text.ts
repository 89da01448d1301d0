import type { BenchResult } from "../result.ts";
import type { Trace } from "../trace/trace.ts";
import { gridText } from "./grid.ts";
import { count, megabytesExact } from "./numbers.ts";
import {
  byHandNote,
  memorySection,
  repeatNote,
  type Section,
  startNote,
  tellMachine,
  timeSection,
} from "./sections.ts";
import { summarize } from "./summary.ts";
import { TRACE_NOTE, traceGrid, traceTitle } from "./trace.ts";

/** The results for people. */
export function tellResult(result: BenchResult): string {
  const sizes = result.sizes.map(
    ({ rows, bytes, archiveBytes }) =>
      `${count(rows)} rows: ${megabytesExact(bytes)} MB, archive ${megabytesExact(archiveBytes)} MB`,
  );
  const summary = Object.entries(summarize(result)).filter(([, value]) => value !== null);
  return [
    `${result.about}; ${sizes.join("; ")}`,
    `${tellMachine(result)}; ${count(result.seconds)} s in all`,
    ...sectionsOf(result).map(tellSection),
    repeatNote(result),
    `In short\n\n${summary.map(([name, value]) => `  ${name.padEnd(28)}${value}`).join("\n")}`,
  ].join("\n\n");
}

function sectionsOf(result: BenchResult): Section[] {
  return [
    timeSection(result, "export", "Export"),
    { ...timeSection(result, "import", "Import"), notes: [...byHandNote(result), ...startNote(result)] },
    memorySection(result),
  ];
}

/** Where the time went, for people. */
export function tellTraces(traces: readonly Trace[]): string {
  return [...traces.map((trace) => `${traceTitle(trace)}\n\n${gridText(traceGrid(trace))}`), TRACE_NOTE].join(
    "\n\n",
  );
}

function tellSection({ title, grids, notes }: Section): string {
  return [title, ...grids.map(gridText), ...notes].join("\n\n");
}
