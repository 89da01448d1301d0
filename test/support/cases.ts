import type { Parameters } from "fast-check";
import { inject, type TestOptions } from "vitest";
import { isPicked, pickPoints, pickSome, SAMPLE } from "./asked-cases.ts";

/** What CONTRIBUTING.md says under "Generated cases": `FERRY_TESTS`, `FERRY_PROPERTY_SEED`, `FERRY_PROPERTY_RUNS`. */
const { all, seed, times } = inject("cases");

export const SEED: number = seed;
export const ALL_CASES: boolean = all;

/** How many of so many cases are asked for, at least one. */
export function asked(count: number): number {
  return Math.max(1, Math.round(count * times * (all ? 1 : SAMPLE)));
}

/** Of cases of one kind that take long: a sample unless all are asked for, the first and the last always in it. */
export function someOf<const Case>(cases: readonly Case[]): Case[] {
  return pickSome(cases, { all, seed });
}

/** Of cases that show the same and each take a process or two: one by the seed, unless all are asked for. */
export function oneOf<const Case>(cases: readonly Case[]): Case[] {
  return all ? [...cases] : cases.filter((_, i) => i === seed % cases.length);
}

/** The same for points along a way whose end shows only there: numbers from `first` on, itself always one of them. */
export function somePoints(first: number, below = Number.POSITIVE_INFINITY): Generator<number> {
  return pickPoints(first, below, { all, seed });
}

/** Whether a sample has what goes by this name; all have everything. */
export const inSample = (name: string): boolean => all || isPicked(name, seed);

/** How far along a way, which is longer than this, the last of its points comes at least. */
export const reachOf = (way: number): number => Math.max(0, all ? way : way - Math.round(1 / SAMPLE) + 1);

/** What a sample has at least of what is so much in all cases. */
export const partOf = (count: number): number => Math.floor(count * (all ? 1 : SAMPLE));

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
