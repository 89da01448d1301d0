import { describe, expect, test } from "vitest";
import type { RunRecord } from "../../../src/sync/run/record.ts";
import type { RunStatus } from "../../../src/sync/run/report.ts";
import { freshDetails } from "../../../src/sync/run/request.ts";
import { asStored, enter, markApplied, startOver, tryAgain } from "../../../src/sync/run/status.ts";

const runThatIs = (status: RunStatus, applied = false): RunRecord => ({
  key: "sync-1700000000000-aaaaaaaaaaaa",
  status,
  applied,
  startedAt: 1,
  results: null,
  details: freshDetails({}),
});

describe("A run", () => {
  test("goes from pending to completed", () => {
    const run = runThatIs("pending");
    for (const status of ["staging", "planned", "applying"] as const) enter(run, status);
    markApplied(run, '["live","t",1]');
    expect(run).toMatchObject({ status: "verifying", applied: true, results: '["live","t",1]' });
    enter(run, "completed");
    expect(run.status).toBe("completed");
  });

  test.each([
    ["pending", "verifying"],
    ["pending", "completed"],
    ["staging", "completed"],
    ["planned", "verifying"],
    ["verifying", "staging"],
    ["verifying", "planned"],
    ["verifying", "applying"],
    ["completed", "failed"],
    ["completed", "staging"],
    ["failed", "completed"],
    ["verifying", "refused"],
    ["completed", "refused"],
    ["refused", "completed"],
    ["refused", "applying"],
  ] as const)("that is %s cannot become %s", (from, to) => {
    const run = runThatIs(from);
    expect(() => enter(run, to)).toThrow(`A run that is ${from} cannot become ${to}`);
    expect(run.status).toBe(from);
  });

  test("is not marked as applied before it applies", () => {
    const run = runThatIs("planned");
    expect(() => markApplied(run, "")).toThrow("cannot become verifying");
    expect(run).toMatchObject({ status: "planned", applied: false, results: null });
  });

  test.each([
    [false, "staging"],
    [true, "verifying"],
  ] as const)("that failed, applied: %s, is tried again from %s", (applied, status) => {
    const run = runThatIs("failed", applied);
    tryAgain(run);
    expect(run.status).toBe(status);
  });

  test.each(["pending", "staging", "planned", "applying", "failed", "refused"] as const)(
    "that is %s may be refused, and is then tried again from the staging",
    (status) => {
      const run = runThatIs(status);
      enter(run, "refused");
      tryAgain(run);
      expect(run.status).toBe("staging");
    },
  );

  test("that did not fail is left as it is by another try", () => {
    const run = runThatIs("applying");
    tryAgain(run);
    expect(run.status).toBe("applying");
  });

  test("starts over with nothing applied", () => {
    const run = { ...runThatIs("completed", true), results: "[]" };
    startOver(run, freshDetails({ mode: "mirror" }));
    expect(run).toMatchObject({ status: "pending", applied: false, results: null });
    expect(run.details.request.mode).toBe("mirror");
  });

  test.each([
    ["applying", true, "verifying"],
    ["pending", true, "verifying"],
    ["completed", true, "completed"],
    ["failed", true, "failed"],
    ["refused", true, "verifying"],
    ["refused", false, "refused"],
    ["applying", false, "applying"],
  ] as const)("stored as %s, applied: %s, is %s", (status, applied, expected) => {
    expect(asStored(status, applied)).toBe(expected);
  });
});
