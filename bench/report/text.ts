import type { BenchResult } from "../result.ts";
import { gridText } from "./grid.ts";
import { count, megabytesExact } from "./numbers.ts";
import { byHandNote, memorySection, repeatNote, type Section, tellMachine, timeSection } from "./sections.ts";
import { summarize } from "./summary.ts";

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

export function sectionsOf(result: BenchResult): Section[] {
  const started = timeSection(result, "start", "Wrangler's start, which is in its seconds");
  return [
    timeSection(result, "export", "Export"),
    { ...timeSection(result, "import", "Import"), notes: byHandNote(result) },
    ...(started.grids.some(({ rows }) => rows.length > 0) ? [started] : []),
    memorySection(result),
  ];
}

function tellSection({ title, grids, notes }: Section): string {
  return [title, ...grids.map(gridText), ...notes].join("\n\n");
}
