import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newKey } from "../../src/bucket/keys.ts";
import type { SyncAnswer } from "../../src/client/answers.ts";
import { d1Database } from "../../src/database/d1.ts";
import { dumpTables } from "../support/dump.ts";
import { archiveOf, execute } from "../support/engine.ts";
import { type LimitedApp, startLimitedApp, storeArchive } from "../support/limited-app.ts";
import { empty } from "../support/worker-engine.ts";

const DAY = 86_400_000;
const NOON = Date.parse("2026-11-28T12:00:00Z");

const SCHEMA = [
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)",
  "CREATE INDEX posts_title ON posts (title)",
];
const manyRows = (count: number, title: string) =>
  `WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ${count})
    INSERT INTO posts SELECT v, ${title} FROM n`;
/** With the index 1,800 rows written, beside those of the staging and the run's record. */
const ROWS = manyRows(900, "'title ' || v || hex(zeroblob(100))");

let clock: number;
let key: string;

beforeEach(async () => {
  clock = NOON;
  vi.spyOn(Date, "now").mockImplementation(() => clock);
  await execute(await empty(env.DB_SOURCE), [...SCHEMA, ROWS]);
  await execute(await empty(env.DB), SCHEMA);
  const archive = await archiveOf(d1Database(env.DB_SOURCE), { frameBytes: 4_000 });
  key = await storeArchive(env.DATA_SYNC, archive);
});
afterEach(() => void vi.restoreAllMocks());

function start(rowsWrittenADay: number): LimitedApp {
  return startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-paid", rowsWrittenADay });
}

type Options = Omit<Parameters<LimitedApp["client"]["sync"]>[0], "syncKey">;

/** Sends the same request day by day until it is done. Answers also on how many days it was refused. */
async function syncDayByDay(
  app: LimitedApp,
  options: Options,
): Promise<{ days: number; answer: SyncAnswer }> {
  for (let days = 0; days < 30; days++) {
    const before = app.invocations;
    try {
      return { days, answer: await app.client.sync({ syncKey: key, ...options }) };
    } catch (error) {
      expect(error).toMatchObject({
        code: "DAILY_LIMIT",
        transient: false,
        details: { retryAfterSeconds: 43_200, limit: "rows write" },
      });
      // Asked again, it is refused again, and once: nothing is tried in vain.
      const refused = app.invocations;
      await expect(app.client.sync({ syncKey: key, ...options })).rejects.toMatchObject({
        code: "DAILY_LIMIT",
      });
      expect(app.invocations).toBe(refused + 1);
      expect(refused).toBeGreaterThan(before);
      clock += DAY;
    }
  }
  throw new Error("It does not end");
}

async function expectAll(count = 900): Promise<void> {
  const [source, target] = [
    await dumpTables(d1Database(env.DB_SOURCE)),
    await dumpTables(d1Database(env.DB)),
  ];
  expect(target.posts).toEqual(source.posts);
  const left = await env.DB.prepare(
    "SELECT (SELECT count(*) FROM _ferry_frames) AS frames, status FROM _ferry_runs",
  ).all();
  expect(left.results).toEqual([{ frames: 0, status: "completed" }]);
  const history = await env.DB.prepare("SELECT seed_name, record_count FROM seed_history").all();
  expect(history.results).toEqual([{ seed_name: "posts", record_count: count }]);
}

describe("A sync of more rows than D1's free plan writes a day", () => {
  test("goes on each day where it stands, a few frames at a time, and loses nothing", async () => {
    const source = d1Database(env.DB_SOURCE);
    await execute(source, ["DELETE FROM posts", manyRows(90_000, "'t' || v")]);
    key = await storeArchive(env.DATA_SYNC, await archiveOf(source, { frameBytes: 500_000 }));
    const app = start(40_000);
    const planned = await app.client.sync({ syncKey: key, dryRun: true });
    expect(planned.message).toContain("It writes 180,000 rows, indexes counted: 1.8 days of D1's free plan.");

    const { days, answer } = await syncDayByDay(app, { atomic: "never" });
    expect(days).toBeGreaterThanOrEqual(3);
    expect(answer).toMatchObject({ status: "completed", verified: true });
    expect(answer.results?.posts).toMatchObject({ inserted: 90_000, updated: 0, unchanged: 0 });
    await expectAll(90_000);
  });

  test("in one transaction, too, where the day ends in the staging and behind the commit", async () => {
    const { days, answer } = await syncDayByDay(start(200), {});
    expect(days).toBeGreaterThan(1);
    expect(answer).toMatchObject({ status: "completed", verified: true });
    expect(answer.results?.posts).toMatchObject({ inserted: 900 });
    await expectAll();
  });

  test("is refused as a whole where the day is over before it begins, and stays what it was", async () => {
    const planned = await start(100_000).client.sync({ syncKey: key, dryRun: true });
    expect(planned.message).not.toContain("free plan");

    const small = start(1);
    small.meter.countRows({ written: 1 });
    await expect(small.client.sync({ syncKey: key })).rejects.toMatchObject({ status: 429 });
    expect(await small.client.status(key)).toMatchObject({ status: "planned", error: null });
    expect(await env.DB.prepare("SELECT count(*) AS n FROM posts").first("n")).toBe(0);
  });
});

test("Rows that cannot be read today stop an export, which the same request ends tomorrow", async () => {
  const app = startLimitedApp(env.DB_SOURCE, env.DATA_SYNC, {
    platform: "workers-paid",
    rowsReadADay: 5_000,
  });
  app.meter.countRows({ read: 5_000 });
  const input = { newKey: newKey("export") };
  const refusal = { code: "DAILY_LIMIT", details: { limit: "rows read" } };
  await expect(app.client.export(input)).rejects.toMatchObject(refusal);
  clock += DAY;
  expect(await app.client.export(input)).toMatchObject({ status: "completed", exportKey: input.newKey });
});
