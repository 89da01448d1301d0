import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { editEach } from "../../bench/distance/edits.ts";
import { coveredSeconds, figuresOf, tripSeconds } from "../../bench/distance/figures.ts";
import { distanceGrids, distanceNote } from "../../bench/distance/report.ts";
import { type Journey, SETTINGS, type Setting, type Step } from "../../bench/distance/settings.ts";
import { replaceSections } from "../../bench/report/page.ts";
import { COUNTS } from "../../examples/community-pulse/scripts/generate.js";

const FAR = { d1: 10, r2: 30, request: 60 };

const JOURNEYS = [
  journey(SETTINGS.near, [2, 0.4]),
  journey(SETTINGS.near, [9, 0.5]),
  journey(SETTINGS.near, [1, 0.6]),
  journey(SETTINGS.target, [3, 0.8]),
  journey(SETTINGS.both, [4, 1], { d1: 8 }),
];

test("the seconds of a step are the medians of its setting, and the share is of the time on the way", () => {
  const [first, second] = figuresOf(JOURNEYS, FAR);
  expect(first).toMatchObject({
    name: "step 1",
    rows: 5,
    seconds: { near: 2, target: 3, both: 4 },
    share: { target: 1 / 3, both: 0.25 },
  });
  expect(second).toMatchObject({ seconds: { near: 0.5, target: 0.8, both: 1 }, share: { both: 1 } });
});

test("trips added up are those of both apps, where both are far", () => {
  expect(tripSeconds({ d1: 7, r2: 2, request: 3 }, FAR)).toBeCloseTo(0.31);
  expect(figuresOf(JOURNEYS, FAR)[0]?.trips).toBeCloseTo(0.32 + 0.31);
});

test("counts are of all journeys, the least and the most of them", () => {
  const [figures] = figuresOf(JOURNEYS, FAR);
  expect(figures?.source.d1).toEqual({ median: 7, least: 7, most: 8 });
  expect(figures?.target.bytes.median).toBe(2_000);
  const [, calls] = distanceGrids({ steps: figuresOf(JOURNEYS, FAR) });
  expect(calls?.rows[0]).toEqual(["step 1", "3 + 3", "7–8 + 7", "2 + 2", "2.00 + 2.00"]);
});

test("what is on its way at the same time is waited for once", () => {
  const waits = [
    [100, 160],
    [0, 30],
    [120, 150],
    [150, 180],
    [20, 30],
  ] as const;
  expect(coveredSeconds(waits)).toBeCloseTo(0.11);
  expect(coveredSeconds([])).toBe(0);
});

test("a setting without a journey is no zero", () => {
  expect(() => figuresOf([journey(SETTINGS.near, [1])], FAR)).toThrow("no journey");
});

test("the words are about the figures", () => {
  const steps = figuresOf(JOURNEYS, FAR);
  const note = distanceNote({ distance: FAR, runs: 1, steps });
  expect(note).toContain("each D1 call takes 10 ms longer, each R2 call 30 and each request 60");
  expect(note).toContain("2.00 s where nothing is far, 3.00 s from a laptop");
  expect(note).toContain("“step 1” (25 % with both far)");
});

test("docs/performance.md has a place for the tables", () => {
  const page = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
  expect(replaceSections(page, { distance: "new" })).toContain("\nnew\n");
});

test("an edit of each row changes every one of the example's tables, and one of few so many rows", () => {
  const database = new DatabaseSync(":memory:");
  for (const sql of editEach(1)) {
    const [, table, column] = /^UPDATE (\w+) SET (\w+)/.exec(sql) ?? [];
    database.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, ${column})`);
    database.exec(`INSERT INTO ${table} (id, ${column}) VALUES (1, 1), (2, 2), (3, 3), (4, 4)`);
  }
  const changed = (each: number) => editEach(each).map((sql) => Number(database.prepare(sql).run().changes));
  expect(changed(1)).toEqual(Object.keys(COUNTS).map(() => 4));
  expect(changed(2)).toEqual(Object.keys(COUNTS).map(() => 2));
  database.close();
});

function journey(
  setting: Setting,
  seconds: readonly number[],
  source: Partial<Step["source"]> = {},
): Journey {
  const trips = { d1: 7, r2: 2, request: 3, bytes: 2_000 };
  return {
    setting,
    steps: seconds.map((one, i) => ({
      name: `step ${i + 1}`,
      rows: 5,
      seconds: one,
      waited: 1,
      source: { ...trips, ...source },
      target: { ...trips },
    })),
  };
}
