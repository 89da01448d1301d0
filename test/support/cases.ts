import type { Parameters } from "fast-check";
import { inject, type TestOptions } from "vitest";

/** What CONTRIBUTING.md says under "Generated cases": `FERRY_TESTS`, `FERRY_PROPERTY_SEED`, `FERRY_PROPERTY_RUNS`. */
const { all, seed, times } = inject("cases");

export const SEED: number = seed;
export const ALL_CASES: boolean = all;

/** The part of suites that take long which a sample runs. */
const SAMPLE = 1 / 3;

/** How many of so many cases are asked for, at least one. */
export function asked(count: number): number {
  return Math.max(1, Math.round(count * times * (all ? 1 : SAMPLE)));
}

/** For cases that are quick: always all of them. fast-check makes a failing one smaller. */
export function seeded(numRuns: number): Parameters<unknown> {
  return { seed, numRuns: Math.max(1, Math.round(numRuns * times)) };
}

/** For cases that take long: a sample unless all are asked for. What failed is made smaller by smallest.ts. */
export function sampled(count: number): Parameters<unknown> {
  return { seed, numRuns: asked(count), endOnFailure: true };
}

/** A failure is never tried again. The time is for a busy machine. */
export const once = (count: number): TestOptions => ({ retry: 0, timeout: 300_000 + asked(count) * 2000 });
