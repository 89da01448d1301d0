import { beforeEach, describe, expect, test } from "vitest";
import { sqliteMessage } from "../../../src/database/failure.ts";
import type { Database } from "../../../src/database/port.ts";
import { readSchema } from "../../../src/database/schema.ts";
import { createContext } from "../../../src/sync/run/context.ts";
import { ensureControlTables, GUARD_APPLIED } from "../../../src/sync/run/control-tables.ts";
import { changeOwnRun, fenceStatement } from "../../../src/sync/run/fence.ts";
import { dropRun } from "../../../src/sync/run/list-runs.ts";
import { acquireRun, completeRun, releaseRun, renewLease } from "../../../src/sync/run/lock.ts";
import type { RunRecord } from "../../../src/sync/run/record.ts";
import { freshDetails } from "../../../src/sync/run/request.ts";
import { loadRun, resetRun } from "../../../src/sync/run/stored-runs.ts";
import { createPartWriter } from "../../../src/sync/stage/part-writer.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const KEY = "sync-1700000000000-aaaaaaaaaaaa";

const lease = (driver: string, now: number) => ({ driver, now, leaseMs: 10_000 });

describe("A driver that another one took for dead", () => {
  let database: Database;
  let run: RunRecord;
  const photograph = async () => [
    await database.query({ sql: "SELECT * FROM _ferry_runs" }),
    await database.query({ sql: "SELECT count(*) FROM _ferry_frames" }),
    await database.query({ sql: "SELECT count(*) FROM _ferry_cells" }),
  ];

  beforeEach(async () => {
    database = memoryDatabase();
    await ensureControlTables(database, await readSchema(database));
    run = await acquireRun(database, { key: KEY, fresh: freshDetails({}) }, lease("slow", 0));
    await acquireRun(database, { key: KEY, fresh: freshDetails({}) }, lease("next", 10_001));
    await database.batch([
      { sql: `INSERT INTO _ferry_frames VALUES ('${KEY}', 0, 0, 't', '{}', '', 1, 1, '1', '[[1]]')` },
      { sql: `INSERT INTO _ferry_cells VALUES ('${KEY}', 'a', 0, 'x')` },
    ]);
  });

  test("prolongs nothing, which the other does", async () => {
    const before = await photograph();
    await renewLease(database, KEY, lease("slow", 10_002));
    expect(await photograph()).toEqual(before);
    await renewLease(database, KEY, lease("next", 10_002));
    expect(await database.query({ sql: "SELECT lease_until FROM _ferry_runs" })).toEqual([[20_002]]);
  });

  test("gives no lock back and keeps no record, which the other does", async () => {
    const before = await photograph();
    await releaseRun(database, { ...run, status: "failed" }, lease("slow", 10_002));
    expect(await photograph()).toEqual(before);
    await releaseRun(database, { ...run, status: "failed" }, lease("next", 10_002));
    expect(await database.query({ sql: "SELECT status, lease_until FROM _ferry_runs" })).toEqual([
      ["failed", 0],
    ]);
  });

  test("completes nothing and takes no staged row away, which the other does", async () => {
    const before = await photograph();
    expect(await completeRun(database, run, { driver: "slow", now: 10_002 })).toBe(false);
    expect(await photograph()).toEqual(before);
    expect(await completeRun(database, run, { driver: "next", now: 10_002 })).toBe(true);
    const [records, ...staged] = await photograph();
    expect(records).toEqual([expect.arrayContaining([KEY, "completed"])]);
    expect(staged).toEqual([[[0]], [[0]]]);
  });

  test.each([
    ["by a statement of its own", (driver: string) => fenceStatement(KEY, driver)],
    [
      "by an assignment",
      (driver: string) => ({
        sql: changeOwnRun("status = 'done'"),
        params: [KEY, driver],
      }),
    ],
  ])("has its transactions rolled back %s, and the other has not", async (_, fence) => {
    const write = { sql: "CREATE TABLE written (a)" };
    const before = await photograph();
    const refused = await database.batch([write, fence("slow")]).then(
      () => "nothing was refused",
      (error: unknown) => sqliteMessage(error),
    );
    expect(refused).toContain(GUARD_APPLIED);
    expect(await photograph()).toEqual(before);
    await database.batch([write, fence("next")]);
    expect(await database.query({ sql: "SELECT applied FROM _ferry_runs" })).toEqual([[0]]);
  });

  test("stages no row and no long cell, nor does one whose run is gone; the other does", async () => {
    const part = (driver: string) => {
      const writer = createPartWriter(createContext(database, KEY, { driver }));
      const longCells = [{ id: "b", position: 0, pieces: ["long"] }];
      const rows = { shape: { columns: ["v"] }, codes: "0c", rows: 1, json: "[1]", bytes: 3, longCells };
      for (const cells of [longCells, []])
        writer.add({
          seq: 1,
          index: cells.length,
          part: { ...rows, longCells: cells },
          table: "t",
          position: 2,
        });
      return writer.flush();
    };
    const before = await photograph();
    await expect(part("slow")).rejects.toMatchObject({ code: "RUN_LOCKED" });
    expect(await photograph()).toEqual(before);
    await part("next");
    expect((await photograph()).slice(1)).toEqual([[[3]], [[2]]]);
    await dropRun(database, KEY, { now: () => 20_002 });
    for (const driver of ["slow", "next"])
      await expect(part(driver)).rejects.toMatchObject({ code: "RUN_LOCKED" });
    expect(await photograph()).toEqual([[], [[0]], [[0]]]);
  });

  test("has the run dropped under nobody's hands", async () => {
    const before = await photograph();
    const now = () => 10_002;
    for (const keepRecord of [true, false])
      await expect(dropRun(database, KEY, { keepRecord, now })).rejects.toMatchObject({ code: "RUN_LOCKED" });
    expect(await photograph()).toEqual(before);
    expect(await dropRun(database, KEY, { now: () => 20_002 })).toBe(true);
    expect(await photograph()).toEqual([[], [[0]], [[0]]]);
  });
});

describe("A run that is set back", () => {
  test("begins anew, with nothing staged, applied or counted, and other runs stay as they are", async () => {
    const database = memoryDatabase();
    await ensureControlTables(database, await readSchema(database));
    await acquireRun(database, { key: KEY, fresh: freshDetails({}) }, lease("one", 0));
    const frame = (run: string) => ({
      sql: `INSERT INTO _ferry_frames VALUES ('${run}', 0, 0, 't', '{}', '', 1, 1, '1', '[[1]]')`,
    });
    const cell = (run: string) => ({ sql: `INSERT INTO _ferry_cells VALUES ('${run}', 'a', 0, 'x')` });
    await database.batch([
      ...[KEY, "sync-other"].flatMap((run) => [frame(run), cell(run)]),
      { sql: "UPDATE _ferry_runs SET applied = 1, results = '[1]', frames_through = '[1]'" },
    ]);
    await resetRun({ database, key: KEY, driver: "one" }, freshDetails({ mode: "mirror" }));
    expect(await loadRun(database, KEY)).toMatchObject({
      status: "pending",
      applied: false,
      results: null,
      details: { request: { mode: "mirror" } },
    });
    expect(await database.query({ sql: "SELECT frames_through FROM _ferry_runs" })).toEqual([[null]]);
    const left = "SELECT run FROM _ferry_frames UNION ALL SELECT run FROM _ferry_cells";
    expect(await database.query({ sql: left })).toEqual([["sync-other"], ["sync-other"]]);
  });
});

test("A lease that a clock an hour ahead has made keeps nobody away, and one of seconds ahead does", async () => {
  const database = memoryDatabase();
  await ensureControlTables(database, await readSchema(database));
  const fresh = freshDetails({});
  const take = (driver: string, now: number) => acquireRun(database, { key: KEY, fresh }, lease(driver, now));
  await take("ahead", 3_600_000);
  await expect(take("usual", 0)).resolves.toMatchObject({ key: KEY });
  // What it still has in hand fails at its fence.
  await expect(database.batch([fenceStatement(KEY, "ahead")])).rejects.toThrow();
  expect(await dropRun(database, KEY, { now: () => -3_600_000 })).toBe(true);

  await take("a little ahead", 5_000);
  await expect(take("usual", 0)).rejects.toMatchObject({
    code: "RUN_LOCKED",
    details: { retryAfterSeconds: 15 },
  });
  await expect(dropRun(database, KEY, { now: () => 0 })).rejects.toMatchObject({ code: "RUN_LOCKED" });
  await expect(take("usual", 15_000)).resolves.toMatchObject({ key: KEY });
});
