import { describe, expect, test } from "vitest";
import { liveLines, runTable, type ShownRun } from "../../../src/cli/printing/history.ts";
import { laidOut } from "../../support/laid-out.ts";

const NOON = Date.parse("2026-11-28T12:00:00");

const runThat = (told: Partial<ShownRun>): ShownRun => ({
  key: "sync-1-a",
  phase: "completed",
  dropped: false,
  partly: false,
  owner: "token:ci",
  source: { engine: "d1", name: "localhost:4321" },
  mode: "merge",
  version: 1,
  results: null,
  code: null,
  error: null,
  startedAt: NOON,
  completedAt: NOON,
  undoes: null,
  undoneBy: null,
  ...told,
});

const counts = { attempted: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, skipped: 0 };

const runLines = (...asked: Parameters<typeof runTable>) => laidOut([runTable(...asked)]);

const lineOf = (told: Partial<ShownRun>) => runLines([runThat(told)], { tables: false })[1];

describe("A line of the history", () => {
  test("adds up what the run did to its tables", () => {
    const results = {
      posts: { ...counts, inserted: 1200, updated: 3 },
      authors: { ...counts, inserted: 34, deleted: 5, skipped: 2 },
    };
    expect(lineOf({ results })).toBe(
      "2026-11-28 12:00  token:ci  localhost:4321 (d1)  merge        1  + 1,234  ~ 3  − 5  completed, 2 skipped  sync-1-a",
    );
    expect(runLines([runThat({ results })], { tables: true }).slice(2)).toEqual([
      "  posts                                                          + 1,200  ~ 3  − 0",
      "  authors                                                           + 34  ~ 0  − 5  2 skipped",
    ]);
  });

  test.each([
    [{ phase: "refused", code: "UNIQUE_CONFLICT" }, "refused: UNIQUE_CONFLICT"],
    [{ phase: "failed", code: "ROW_REFUSED", partly: true }, "failed: ROW_REFUSED, partly applied"],
    [{ phase: "staging" }, "under way: staging"],
    [{ phase: "planned", dropped: true }, "dropped"],
    [{ undoneBy: "sync-2-b" }, "completed, undone by sync-2-b"],
    [{ undoneBy: "sync-2-b", left: { edited: 2, held: 1 } }, "completed, undone by sync-2-b, but for 3 rows"],
    [{ undoes: "sync-0-z" }, "completed, undoes sync-0-z"],
  ] as const)("of a run that is %o says: %s", (told, state) => {
    expect(lineOf(told)).toContain(`  ${state}  sync-1-a`);
  });

  test("has a dash for who and whence where nobody said, and no terminal obeys it", () => {
    expect(lineOf({ owner: null, source: null })).toMatch(/^2026-11-28 12:00 {2}- +- +merge/);
    const bad = "\u001b[2J\u202e\n";
    const results = { [bad]: counts };
    const run = runThat({
      owner: bad,
      source: { engine: bad, name: bad },
      code: bad,
      phase: "failed",
      results,
    });
    expect(runLines([run], { tables: true }).join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const live = [bad, "b"].map((table, version) => ({ table, version, appliedAt: bad }));
    expect(laidOut([...liveLines(live), ...liveLines(live.slice(1))]).join("")).not.toMatch(
      /[\p{Cc}\p{Cf}]/u,
    );
  });
});

test("What is live is one line where all tables have one version, since the last of them", () => {
  const live = [
    { table: "a", version: 3, appliedAt: NOON },
    { table: "b", version: 3, appliedAt: NOON + 60_000 },
  ];
  expect(liveLines(live)).toEqual(["live: version 3 of 2 tables, since 2026-11-28 12:01"]);
  expect(liveLines([{ table: "a", version: 3, appliedAt: "Monday" }])).toEqual([
    "live: version 3 of 1 table, since Monday",
  ]);
  expect(laidOut(liveLines([...live, { table: "c", version: 1, appliedAt: "Monday" }]))).toEqual([
    "live  version  since",
    "a           3  2026-11-28 12:00",
    "b           3  2026-11-28 12:01",
    "c           1  Monday",
  ]);
});
