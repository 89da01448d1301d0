import { describe, expect, it } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import { FerryError } from "../../src/errors.ts";
import {
  type Advanced,
  advanceOnce,
  driveToEnd,
  type WorkflowStepLike,
} from "../../src/integrations/workflow/drive.ts";

const PROGRESS = {
  tablesProcessed: 0,
  totalTables: 1,
  currentTable: null,
  recordsProcessed: 0,
  recordsApplied: 0,
  recordsVerified: 0,
  totalRecords: 10,
};
const underway = (recordsProcessed: number): Advanced => ({
  outcome: "underway",
  status: "staging",
  progress: { ...PROGRESS, recordsProcessed },
});
const COMPLETED: Advanced = { outcome: "completed", status: "completed", progress: PROGRESS };
const LOCKED: Advanced = { outcome: "waiting", reason: "Another run works on this database.", ms: 5_000 };

/** Steps that are done at once; answers what was slept, and under which names. */
function instantSteps(): WorkflowStepLike & { names: string[]; slept: number[] } {
  const names: string[] = [];
  const slept: number[] = [];
  return {
    names,
    slept,
    async do(name, _config, callback) {
      names.push(name);
      return callback();
    },
    async sleep(name, ms) {
      names.push(name);
      slept.push(ms);
    },
  };
}

describe("a workflow's steps", () => {
  it("have a name each, so that what was done is never done again", async () => {
    const steps = instantSteps();
    const answers = [underway(1), LOCKED, underway(2), underway(2), COMPLETED];
    await driveToEnd(steps, async () => answers.shift() ?? COMPLETED);
    expect(new Set(steps.names).size).toBe(steps.names.length);
    expect(steps.slept).toEqual([5_000, 2_000]);
  });

  it("end, with the reason, where a lock is never given back or nothing moves", async () => {
    await expect(driveToEnd(instantSteps(), async () => LOCKED)).rejects.toThrow(/works on this database/);
    await expect(driveToEnd(instantSteps(), async () => underway(3))).rejects.toThrow(/stays at staging/);
  });

  it("end at a refusal, in the run's words", async () => {
    const refused: Advanced = { outcome: "refused", reason: "7 rows conflict.", code: "UNIQUE_CONFLICT" };
    await expect(driveToEnd(instantSteps(), async () => refused)).rejects.toThrow(
      "7 rows conflict. (UNIQUE_CONFLICT)",
    );
  });
});

describe("one invocation", () => {
  const run = { syncKey: "sync-1700000000000-k3v9x0a7b2qd" };
  const source = async () => bytesSource(new Uint8Array(1));
  const failing = (error: unknown) =>
    advanceOnce(run, source, async () => {
      throw error;
    });
  const neverCalled = async () => {
    throw new Error("There is nothing to advance");
  };

  it("deletes nothing unless it is told how many", async () => {
    let asked: object | undefined;
    await advanceOnce(run, source, async (_source, options) => {
      asked = options;
      return { status: "completed", progress: PROGRESS };
    });
    expect(asked).toEqual({ expectDeletes: 0 });
  });

  it("leaves to the platform what passes, and settles what does not", async () => {
    const passing = new FerryError("DATABASE_ERROR", "Network connection lost.", { transient: true });
    await expect(failing(passing)).rejects.toBe(passing);
    expect(await failing(new FerryError("ROW_REFUSED", "Row 7."))).toMatchObject({ outcome: "refused" });
    expect(await failing(new Error("a bug"))).toMatchObject({ outcome: "refused", code: "INTERNAL" });
    expect(await advanceOnce(run, async () => null, neverCalled)).toMatchObject({ code: "NOT_FOUND" });
  });

  it("waits for midnight where the rows of the day are used up", async () => {
    const details = { retryAfterSeconds: 36_000 };
    expect(await failing(new FerryError("DAILY_LIMIT", "No more today.", { details }))).toMatchObject({
      outcome: "waiting",
      ms: 36_000_000,
    });
  });

  it("waits for a lock, and for calls that are used up", async () => {
    const details = { retryAfterSeconds: 7 };
    expect(await failing(new FerryError("RUN_LOCKED", "Locked.", { details }))).toMatchObject({ ms: 7_000 });
    const usedUp = { details: { failure: "used up" }, transient: true };
    expect(await failing(new FerryError("DATABASE_ERROR", "Too many.", usedUp))).toMatchObject({
      outcome: "waiting",
      ms: 30_000,
    });
  });

  it("is completed where somebody else completed the run, and refused where the version is another's", async () => {
    const own = { details: { syncKey: run.syncKey } };
    expect(await failing(new FerryError("ALREADY_SYNCED", "Done.", own))).toMatchObject({
      outcome: "completed",
    });
    expect(await failing(new FerryError("ALREADY_SYNCED", "Version 1."))).toMatchObject({
      outcome: "refused",
    });
  });
});
