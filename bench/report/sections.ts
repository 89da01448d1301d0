import { availableParallelism, cpus } from "node:os";
import type { Contender, Sample } from "../contenders/contender.ts";
import type { BenchResult } from "../result.ts";
import type { Measure } from "../schedule.ts";
import { BY_HAND_ROWS } from "../tasks/by-hand.ts";
import { HEAP_LIMIT_MB } from "../tasks/task.ts";
import { medianOf, spreadOf } from "./figures.ts";
import type { Grid } from "./grid.ts";
import { constant, count, figure, megabytes, megabytesExact, spread } from "./numbers.ts";
import { byHandSecondsPerRow, isRepeatable } from "./summary.ts";

/** One part of the report: the terminal and docs/performance.md show the same. */
export interface Section {
  title: string;
  grids: Grid[];
  notes: string[];
}

/** Seconds from a busy machine say little; the CPU time still does. */
export function tellMachine({ load, versions }: Pick<BenchResult, "load" | "versions">): string {
  const busy = load.most > 1.5 * availableParallelism() ? ", busy with other work: look at CPU seconds" : "";
  return `${availableParallelism()} cores of ${cpus()[0]?.model ?? "an unknown processor"}, ${versions}, load ${figure(load.least)} to ${figure(load.most)}${busy}`;
}

export function timeSection(result: BenchResult, direction: Contender["direction"], title: string): Section {
  const measures = result.timed.filter(
    ({ contender }) => contender.direction === direction && contender.name !== "by-hand",
  );
  const sizes = [...new Set(measures.map(({ rows }) => rows))].sort((a, b) => a - b);
  const ordered = sizes.flatMap((size) => measures.filter(({ rows }) => rows === size));
  return {
    title,
    grids: [
      {
        names: ["", "rows", "seconds", "MB/s", "CPU s", "peak MB", "statements", "rows written"],
        rows: ordered.flatMap((measure) => measureRows(measure, result)),
      },
    ],
    notes: [],
  };
}

function measureRows(measure: Measure, result: BenchResult): string[][] {
  const { contender, rows } = measure;
  const seconds = spreadOf(measure, (sample) => sample.seconds);
  const bytes = result.sizes.find((size) => size.rows === rows)?.bytes ?? null;
  const speed =
    bytes === null || seconds === null || contender.direction === "start"
      ? null
      : bytes / 1e6 / seconds.median;
  const figureOf = (of: (sample: Sample) => number | null) => medianOf(measure, of);
  const row = [
    contender.label,
    contender.direction === "start" ? "" : count(rows),
    spread(seconds),
    figure(speed),
    figure(figureOf(({ cpuSeconds }) => cpuSeconds)),
    megabytes(figureOf(({ peakBytes }) => peakBytes)),
    constant(spreadOf(measure, ({ statements }) => statements)),
    constant(spreadOf(measure, ({ rowsWritten }) => rowsWritten)),
  ];
  return [row, ...partRows(measure)];
}

/** The parts of what has several. */
function partRows(measure: Measure): string[][] {
  const names = Object.keys(measure.samples[0]?.parts ?? {});
  if (names.length < 2) return [];
  return names.map((name) => [
    `· ${name}`,
    "",
    spread(spreadOf(measure, ({ parts }) => parts[name] ?? null)),
    "",
    "",
    "",
    "",
    "",
  ]);
}

export function byHandNote({ timed, sizes }: BenchResult): string[] {
  const perRow = byHandSecondsPerRow(timed);
  const largest = sizes.at(-1)?.rows;
  if (perRow === null || largest === undefined) return [];
  return [
    `Inserted by hand, a statement a row through D1, ${count(BY_HAND_ROWS)} rows take ${figure(perRow * BY_HAND_ROWS)} s: ${figure(perRow * 1000)} ms a row. Extrapolated, not run: ${count(largest)} rows would take ${count(perRow * largest)} s. In production each of them is a round trip to another machine, and a request has at most 1,000.`,
  ];
}

export function startNote({ timed }: BenchResult): string[] {
  const [measure] = timed.filter(({ contender }) => contender.direction === "start");
  const seconds = measure === undefined ? null : medianOf(measure, (sample) => sample.seconds);
  if (seconds === null) return [];
  return [
    `Wrangler's seconds hold its start, as they do for its users: \`SELECT 1\` takes it ${figure(seconds)} s. Those of d1-ferry through D1 leave the server's start out, since the server is there already where an import happens; those on files hold the start of Node.`,
  ];
}

export function memorySection({ watched }: BenchResult): Section {
  return {
    title: "Memory of the Worker's isolate",
    grids: [
      {
        names: ["", "rows", "heap and buffers MB", "heap alone MB"],
        rows: watched.map((measure) => [
          measure.contender.label,
          count(measure.rows),
          megabytesExact(medianOf(measure, ({ isolate }) => isolate?.total ?? null)),
          megabytesExact(medianOf(measure, ({ isolate }) => isolate?.heap ?? null)),
        ]),
      },
    ],
    notes: [
      `At its largest, in runs of their own: with V8's heap limited to ${HEAP_LIMIT_MB} MB, and garbage collected behind each answer of database and bucket.`,
    ],
  };
}

export function repeatNote({ timed }: BenchResult): string {
  const differing = timed.filter((measure) => !isRepeatable(measure));
  if (timed.every(({ samples }) => samples.length < 2)) return "Every measure was run once.";
  if (differing.length === 0)
    return "Statements and rows written were the same in every run (renewals of the lock are not counted: the clock decides how many there are).";
  const names = differing.map(({ contender, rows }) => `${contender.label} at ${count(rows)} rows`);
  return `Statements and rows written were the same in every run but those of ${names.join("; ")}: a request stops after 15 s, so a slower run takes more of them.`;
}
