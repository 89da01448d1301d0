import type { Parameters } from "fast-check";
import type { TestOptions } from "vitest";

/**
 * A run in CI is always of the same cases, so that a red one is the change's doing.
 * `FERRY_PROPERTY_RUNS=20` runs twenty times as many and others each time; with
 * `FERRY_PROPERTY_SEED=…` those of a seed that a failure printed.
 */
const { FERRY_PROPERTY_RUNS, FERRY_PROPERTY_SEED } = process.env;
const CI_SEED = 20_261_124;
const times = Number(FERRY_PROPERTY_RUNS ?? 1);

export function runs(inCi: number): Parameters<unknown> {
  const seed = FERRY_PROPERTY_SEED ?? (FERRY_PROPERTY_RUNS === undefined ? CI_SEED : undefined);
  return {
    numRuns: Math.max(1, Math.round(inCi * times)),
    // What failed is made smaller statement by statement, see smallest.ts.
    endOnFailure: true,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

/** A failure is never tried again: another seed would hide it. */
export const once = (inCi: number): TestOptions => ({ retry: 0, timeout: 60_000 + inCi * times * 500 });
