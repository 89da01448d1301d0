import type { WranglerResult } from "../beside-wrangler.ts";
import type { FilesResult } from "../on-files.ts";
import { STEPS, type Step, type StepFigures, type WorkerdResult } from "../through-workerd.ts";

export interface BenchResult {
  workerd: WorkerdResult[];
  files: FilesResult[];
  wrangler: WranglerResult | null;
}

/** The figures that a change should be held against. Ratios; null where a part was not run. */
export interface Summary {
  /** Wrangler's seconds over ours, scale 1, both through workerd's D1. An import is upload and sync. */
  exportVsWrangler: number | null;
  importVsWrangler: number | null;
  /** SQLite's seconds over the command line's, largest scale, both on files. */
  exportVsSqlite3: number | null;
  importVsSqlite3: number | null;
  /** Of each step, CPU time a row at the largest scale over that at the smallest. */
  timePerRowGrowth: Record<Step, number> | null;
  /** Of each step, the isolate's JavaScript heap at the largest scale over that at the smallest. */
  heapGrowth: Record<Step, number> | null;
  /** The same with array buffers, which V8 lets wait for a collection that small databases never reach. */
  isolateGrowth: Record<Step, number> | null;
}

export function summarize({ workerd, files, wrangler }: BenchResult): Summary {
  const small = workerd.find(({ scale }) => scale === 1);
  const large = workerd.at(-1);
  const file = files.at(-1);
  const ratio = (theirs: number | undefined, ours: number | undefined) =>
    theirs === undefined || ours === undefined ? null : round(theirs / ours);
  const imported = small && small.steps.upload.seconds + small.steps.sync.seconds;
  const grown = (of: (figures: StepFigures, scale: number) => number) =>
    small === undefined || large === undefined || small === large
      ? null
      : (Object.fromEntries(
          STEPS.map((step) => [step, round(of(large.steps[step], large.scale) / of(small.steps[step], 1))]),
        ) as Record<Step, number>);
  return {
    exportVsWrangler: ratio(wrangler?.export.seconds, small?.steps.export.seconds),
    importVsWrangler: ratio(wrangler?.execute.seconds, imported),
    exportVsSqlite3: ratio(file?.peerDump.seconds, file?.export.seconds),
    importVsSqlite3: ratio(file?.peerLoad.seconds, file?.import.seconds),
    timePerRowGrowth: grown(({ cpuSeconds }, scale) => cpuSeconds / scale),
    heapGrowth: grown(({ heapBytes }) => heapBytes),
    isolateGrowth: grown(({ heapBytes, bufferBytes }) => heapBytes + bufferBytes),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
