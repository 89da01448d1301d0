import type { TripCounts } from "./distant.ts";

export type Side = "source" | "target";

/** Which of the two apps are far away. */
export interface Setting {
  name: string;
  far: readonly Side[];
}

export const SETTINGS = {
  near: { name: "neither far", far: [] },
  target: { name: "target far", far: ["target"] },
  both: { name: "both far", far: ["source", "target"] },
} as const satisfies Record<string, Setting>;

/** What one command took. */
export interface Step extends Record<Side, TripCounts & { bytes: number }> {
  name: string;
  /** Rows that it changed in the target. */
  rows: number;
  /** From its start to its end, the start of Node included. */
  seconds: number;
  /** Seconds of them in which at least one trip of either app was on its way. */
  waited: number;
}

export interface Journey {
  setting: Setting;
  steps: Step[];
}
