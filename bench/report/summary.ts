import type { Sample } from "../contenders/contender.ts";
import type { Measure, Results } from "../schedule.ts";
import { BY_HAND_ROWS } from "../tasks/by-hand.ts";
import { find, medianOf, series } from "./figures.ts";

/** The figures that a change should be held against. Ratios of medians; null where a part was not run. */
export interface Summary {
  /** Wrangler's seconds over ours through workerd's D1, at the largest size that wrangler ran. */
  importVsWrangler: number | null;
  exportVsWrangler: number | null;
  /** The sqlite3 shell's seconds over ours through workerd's D1, at the largest size. */
  importVsSqlite3: number | null;
  exportVsSqlite3: number | null;
  /** Seconds of the same D1 and R2 without d1-ferry over ours, at the largest size. */
  importVsFloor: number | null;
  exportVsFloor: number | null;
  /** The sqlite3 shell's seconds over those of our command line, both on files, at the largest size. */
  importOnFilesVsSqlite3: number | null;
  exportOnFilesVsSqlite3: number | null;
  /** Seconds a row inserted by hand over ours, at the largest size: extrapolated from 1,000 rows. */
  importVsByHandExtrapolated: number | null;
  /** Time a row at the largest size over that at the smallest. */
  timePerRowGrowth: number | null;
  exportTimePerRowGrowth: number | null;
  /** The Worker isolate's peak memory at the largest size over that at the smallest; the worse of export and import. */
  heapGrowth: number | null;
  importHeapGrowth: number | null;
  exportHeapGrowth: number | null;
  /** The isolate's peak at the largest size, MB. */
  isolateMB: number | null;
  /** The same as heapGrowth of the whole workerd process, its D1 and R2 included. */
  processGrowth: number | null;
  /** Statements and rows written were the same in every run. */
  repeatable: boolean;
}

export function summarize({ timed, watched }: Results): Summary {
  const growth = {
    importHeapGrowth: growthOf(watched, "ferry-import", isolateBytes),
    exportHeapGrowth: growthOf(watched, "ferry-export", isolateBytes),
  };
  const largest = Math.max(...watched.map(({ rows }) => rows));
  const peaks = watched
    .filter(({ rows }) => rows === largest)
    .map((measure) => medianOf(measure, isolateBytes));
  return {
    importVsWrangler: ratio(timed, "wrangler-import", "ferry-import"),
    exportVsWrangler: ratio(timed, "wrangler-export", "ferry-export"),
    importVsSqlite3: ratio(timed, "sqlite-load", "ferry-import"),
    exportVsSqlite3: ratio(timed, "sqlite-dump", "ferry-export"),
    importVsFloor: ratio(timed, "floor-import", "ferry-import"),
    exportVsFloor: ratio(timed, "floor-export", "ferry-export"),
    importOnFilesVsSqlite3: ratio(timed, "sqlite-load", "files-import"),
    exportOnFilesVsSqlite3: ratio(timed, "sqlite-dump", "files-export"),
    importVsByHandExtrapolated: byHandRatio(timed),
    timePerRowGrowth: growthOf(timed, "ferry-import", ({ seconds }, rows) => seconds / rows),
    exportTimePerRowGrowth: growthOf(timed, "ferry-export", ({ seconds }, rows) => seconds / rows),
    heapGrowth: worst([growth.importHeapGrowth, growth.exportHeapGrowth]),
    ...growth,
    isolateMB: rounded((worst(peaks) ?? Number.NaN) / 1e6),
    processGrowth: worst(
      ["ferry-import", "ferry-export"].map((name) => growthOf(timed, name, ({ peakBytes }) => peakBytes)),
    ),
    repeatable: timed.every(isRepeatable),
  };
}

export function isRepeatable({ samples }: Measure): boolean {
  const [first] = samples;
  return samples.every(
    ({ statements, rowsWritten }) => statements === first?.statements && rowsWritten === first.rowsWritten,
  );
}

/** Seconds of one row that is inserted by hand. */
export function byHandSecondsPerRow(timed: Results["timed"]): number | null {
  const [measure] = series(timed, "by-hand");
  const seconds = measure === undefined ? null : medianOf(measure, (sample) => sample.seconds);
  return seconds === null ? null : seconds / BY_HAND_ROWS;
}

function byHandRatio(timed: Results["timed"]): number | null {
  const perRow = byHandSecondsPerRow(timed);
  const ours = series(timed, "ferry-import").at(-1);
  const seconds = ours === undefined ? null : medianOf(ours, (sample) => sample.seconds);
  if (perRow === null || seconds === null || ours === undefined) return null;
  return rounded((perRow * ours.rows) / seconds);
}

/** Their seconds over ours, at the largest size that both ran. */
function ratio(timed: Results["timed"], theirs: string, ours: string): number | null {
  const rows = series(timed, theirs).at(-1)?.rows;
  const [a, b] = [theirs, ours].map((name) => {
    const measure = find(timed, name, rows);
    return measure === undefined ? null : medianOf(measure, ({ seconds }) => seconds);
  }) as [number | null, number | null];
  return a === null || b === null ? null : rounded(a / b);
}

function growthOf(
  measures: readonly Measure[],
  name: string,
  of: (sample: Sample, rows: number) => number | null,
): number | null {
  const own = series([...measures], name);
  const [small, large] = [own[0], own.at(-1)];
  if (small === undefined || large === undefined || small === large) return null;
  const [before, after] = [small, large].map((measure) =>
    medianOf(measure, (sample) => of(sample, measure.rows)),
  );
  return before == null || after == null ? null : rounded(after / before);
}

function isolateBytes({ isolate }: Sample): number | null {
  return isolate?.total ?? null;
}

function worst(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : null;
}
