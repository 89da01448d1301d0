import { type Spread, spreadOfValues } from "../report/figures.ts";
import type { Distance, Trip, TripCounts, Wait } from "./distant.ts";
import { type Journey, SETTINGS, type Setting, type Side, type Step } from "./settings.ts";

/** What one command took over all journeys. Seconds are medians. */
export interface StepFigures {
  name: string;
  rows: number;
  seconds: Record<keyof typeof SETTINGS, number>;
  /** Part of the seconds in which a trip was on its way: 0.5 for half of them. */
  share: { target: number; both: number };
  /** Seconds of all trips of both apps, if one began where the other ended. */
  trips: number;
  source: SideFigures;
  target: SideFigures;
}

/** Of all journeys: a slower one may renew a lock once more. */
export type SideFigures = Record<Trip | "bytes", Spread>;

export function figuresOf(journeys: readonly Journey[], distance: Distance): StepFigures[] {
  const names = journeys[0]?.steps.map(({ name }) => name) ?? [];
  return names.map((name, i) => {
    const stepsOf = (setting?: Setting) =>
      journeys
        .filter((journey) => setting === undefined || journey.setting === setting)
        .map(({ steps }) => steps[i] as Step);
    const secondsOf = (setting: Setting) => median(stepsOf(setting).map(({ seconds }) => seconds));
    const shareOf = (setting: Setting) =>
      median(stepsOf(setting).map(({ waited, seconds }) => waited / seconds));
    const seconds = {
      near: secondsOf(SETTINGS.near),
      target: secondsOf(SETTINGS.target),
      both: secondsOf(SETTINGS.both),
    };
    const sideOf = (side: Side): SideFigures => {
      const of = (what: Trip | "bytes") => spread(stepsOf().map((step) => step[side][what]));
      return { d1: of("d1"), r2: of("r2"), request: of("request"), bytes: of("bytes") };
    };
    return {
      name,
      rows: stepsOf()[0]?.rows ?? 0,
      seconds,
      share: {
        target: shareOf(SETTINGS.target),
        both: shareOf(SETTINGS.both),
      },
      trips: median(
        stepsOf(SETTINGS.both).map(
          ({ source, target }) => tripSeconds(source, distance) + tripSeconds(target, distance),
        ),
      ),
      source: sideOf("source"),
      target: sideOf("target"),
    };
  });
}

/** Seconds that are in at least one of the waits. */
export function coveredSeconds(waits: readonly Wait[]): number {
  let [covered, until] = [0, -Infinity];
  for (const [from, to] of waits.toSorted(([a], [b]) => a - b)) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered / 1000;
}

export function tripSeconds(counts: Readonly<TripCounts>, distance: Distance): number {
  const trips = ["d1", "r2", "request"] as const;
  return trips.reduce((sum, trip) => sum + counts[trip] * distance[trip], 0) / 1000;
}

function median(values: readonly number[]): number {
  return spread(values).median;
}

function spread(values: readonly number[]): Spread {
  const found = spreadOfValues(values);
  if (found === null) throw new Error("There is no journey of one of the settings");
  return found;
}
