import type { Sample } from "../contenders/contender.ts";
import type { Measure, Results } from "../schedule.ts";

export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** Of the samples that have the figure; null where none has. */
export function spreadOf(measure: Measure, of: (sample: Sample) => number | null): Spread | null {
  return spreadOfValues(measure.samples.map(of).filter((value) => value !== null));
}

export function spreadOfValues(all: readonly number[]): Spread | null {
  const values = all.toSorted((a, b) => a - b);
  const [least, most] = [values[0], values.at(-1)];
  if (least === undefined || most === undefined) return null;
  const middle = (values.length - 1) / 2;
  const median = ((values[Math.floor(middle)] as number) + (values[Math.ceil(middle)] as number)) / 2;
  return { median, least, most };
}

export function medianOf(measure: Measure, of: (sample: Sample) => number | null): number | null {
  return spreadOf(measure, of)?.median ?? null;
}

/** The measure of a contender at a size. */
export function find(
  measures: Results["timed"],
  name: string,
  rows: number | undefined,
): Measure | undefined {
  return measures.find((measure) => measure.contender.name === name && measure.rows === rows);
}

/** A contender's measures, smallest first. */
export function series(measures: Results["timed"], name: string): Measure[] {
  return measures.filter(({ contender }) => contender.name === name).sort((a, b) => a.rows - b.rows);
}
