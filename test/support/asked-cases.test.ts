import { expect, test } from "vitest";
import { readAskedCases } from "./asked-cases.ts";

test("nothing asked for is a sample, from a seed of its own each time", () => {
  const seeds = Array.from({ length: 20 }, () => readAskedCases({}).seed);
  expect(new Set(seeds).size).toBeGreaterThan(15);
  expect(readAskedCases({})).toMatchObject({ all: false, times: 1 });
});

test("what a failure printed can be asked for again", () => {
  const env = { FERRY_TESTS: "all", FERRY_PROPERTY_SEED: "0", FERRY_PROPERTY_RUNS: "0.5" };
  expect(readAskedCases(env)).toEqual({ all: true, seed: 0, times: 0.5 });
});

test.each([
  { FERRY_TESTS: "some" },
  { FERRY_PROPERTY_SEED: "" },
  { FERRY_PROPERTY_SEED: "x1" },
  { FERRY_PROPERTY_SEED: "-1" },
  { FERRY_PROPERTY_SEED: "2147483648" },
  { FERRY_PROPERTY_RUNS: "0" },
  { FERRY_PROPERTY_RUNS: "many" },
])("%o is refused", (env) => {
  expect(() => readAskedCases(env)).toThrow(/FERRY_\w+ is /);
});
