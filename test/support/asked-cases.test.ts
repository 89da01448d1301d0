import { describe, expect, test } from "vitest";
import { isPicked, pickPoints, pickSome, readAskedCases } from "./asked-cases.ts";

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

describe("A sample", () => {
  const listOf = (length: number) => Array.from({ length }, (_, i) => i);
  const seeds = listOf(100);

  test.each([0, 1, 2, 3, 4, 5, 8, 14, 33, 100])(
    "of %i cases has the first and the last, and about a tenth of them",
    (count) => {
      const cases = listOf(count);
      for (const seed of seeds) {
        const some = pickSome(cases, { all: false, seed });
        expect(some).toEqual(cases.filter((one) => some.includes(one)));
        expect([some[0], some.at(-1)]).toEqual([cases[0], cases.at(-1)]);
        expect(some.length).toBeGreaterThanOrEqual(Math.min(count, 3));
        expect(some.length).toBeLessThanOrEqual(Math.max(3, count / 10 + 1));
      }
    },
  );

  test.each([1, 3, 4, 5, 14, 100])("of %i cases has each of them in some run", (count) => {
    const seen = new Set(seeds.flatMap((seed) => pickSome(listOf(count), { all: false, seed })));
    expect(seen.size).toBe(count);
  });

  const pointsOf = (seed: number, all = false) => [...pickPoints(1, 20, { all, seed })];

  test("of a way has its first point, every tenth, and each of them in some run", () => {
    const runs = seeds.map((seed) => pointsOf(seed));
    for (const points of runs) {
      expect(points[0]).toBe(1);
      expect([2, 3]).toContain(points.length);
    }
    expect(new Set(runs.flat()).size).toBe(19);
  });

  test("of names has about a tenth, and each of them in some run", () => {
    const names = listOf(200).map((i) => `test ${i}`);
    for (const seed of seeds) {
      const picked = names.filter((name) => isPicked(name, seed)).length;
      expect(picked).toBeGreaterThan(5);
      expect(picked).toBeLessThan(50);
    }
    for (const name of names) expect(seeds.some((seed) => isPicked(name, seed))).toBe(true);
  });

  test("is all of them where all are asked for", () => {
    expect(pickSome(listOf(50), { all: true, seed: 7 })).toEqual(listOf(50));
    expect(pointsOf(7, true)).toEqual(listOf(20).slice(1));
  });
});
