import type { Contender, Field, Sample } from "./contenders/contender.ts";
import { byHand, ferryExport, ferryImport, watchedExport, watchedImport } from "./contenders/ferry.ts";
import { filesExport, filesImport } from "./contenders/files.ts";
import { floorExport, floorImport } from "./contenders/floor.ts";
import { shellDump, shellLoad } from "./contenders/sqlite.ts";
import { wranglerExports, wranglerImports, wranglerStarts } from "./contenders/wrangler.ts";

/** What one contender took at one size. */
export interface Measure {
  contender: Contender;
  rows: number;
  samples: Sample[];
}

export interface ScheduleOptions {
  /** Runs of each measure; wrangler's beyond the smallest size are one. */
  runs: number;
  wrangler: boolean;
  say(what: string): void;
}

export interface Results {
  timed: Measure[];
  /** The same work with the isolate's memory watched. */
  watched: Measure[];
}

/** Rows at which wrangler still ends within minutes. */
export const WRANGLER_ROWS = 50_000;

/**
 * Runs everything, in rounds: each round does each size once, exports first, for the imports take
 * what they wrote. The order within turns with the round, so that whatever else the machine does hits
 * everybody.
 */
export async function runSchedule(fields: readonly Field[], options: ScheduleOptions): Promise<Results> {
  const { runs, say } = options;
  const timed = new Map<string, Measure>();
  const watched: Measure[] = [];
  for (let round = 0; round < runs; round++) {
    for (const [index, field] of fields.entries()) {
      const contenders = contendersOf(index, round, field, options);
      const exports = contenders.filter(({ direction }) => direction === "export");
      const others = contenders.filter(({ direction }) => direction !== "export");
      for (const contender of [...turned(exports, round), ...turned(others, round)]) {
        say(`round ${round + 1} of ${runs}, ${field.rows.toLocaleString("en")} rows: ${contender.label}`);
        keep(timed, contender, field, await contender.run(field));
      }
      if (round < runs - 1) continue;
      for (const contender of [watchedExport, watchedImport]) {
        say(`memory, ${field.rows.toLocaleString("en")} rows: ${contender.label}`);
        watched.push({ contender, rows: field.rows, samples: [await contender.run(field)] });
      }
      await field.directory.remove();
    }
  }
  return { timed: [...timed.values()], watched };
}

function contendersOf(
  index: number,
  round: number,
  field: Field,
  { wrangler }: ScheduleOptions,
): Contender[] {
  const smallest = index === 0;
  const peers = wrangler && field.rows <= WRANGLER_ROWS && (smallest || round === 0);
  return [
    ferryExport,
    floorExport,
    shellDump,
    filesExport,
    ...(peers ? [wranglerExports] : []),
    ferryImport,
    floorImport,
    shellLoad,
    filesImport,
    ...(smallest ? [byHand] : []),
    ...(peers ? [wranglerImports] : []),
    ...(peers && smallest ? [wranglerStarts] : []),
  ];
}

function turned<T>(list: readonly T[], by: number): T[] {
  const at = by % Math.max(1, list.length);
  return [...list.slice(at), ...list.slice(0, at)];
}

function keep(measures: Map<string, Measure>, contender: Contender, { rows }: Field, sample: Sample): void {
  const key = `${contender.name} ${rows}`;
  const measure = measures.get(key) ?? { contender, rows, samples: [] };
  measure.samples.push(sample);
  measures.set(key, measure);
}
