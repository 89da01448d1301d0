import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { ByteSource } from "../../src/archive/types.ts";
import { createBudget } from "../../src/budget.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import { limitD1 } from "../../src/testing/d1.ts";
import { createMeter } from "../../src/testing/meter.ts";
import { byteSink } from "../support/bytes.ts";
import { createCommunityPulse, seedCommunityPulse } from "../support/community-pulse.ts";
import { dumpTables } from "../support/dump.ts";
import { newRunKey } from "../support/engine.ts";
import { memoryImages } from "../support/memory-images.ts";
import { empty } from "../support/worker-engine.ts";

const TABLES = {
  authors: 7014,
  content_items: 9252,
  engagement_snapshots: 9098,
  insight_generations: 7,
  insights: 148,
  roundups: 1,
  roundup_items: 17,
};
const budget = () => createBudget({ limit: 50 });

/** A clock that stands still: where an invocation takes seconds, it renews its lease, which is one statement more. */
function still(): () => number {
  const now = Date.now();
  return () => now;
}

function limited(binding: D1Like) {
  const meter = createMeter("workers-free", { rowsWrittenADay: Infinity });
  return { database: d1Database(limitD1(binding, meter)), meter };
}

describe("The example's seven tables on D1, 50 statements an invocation", () => {
  let archive: ByteSource;

  beforeAll(async () => {
    await createCommunityPulse(await empty(env.DB_SOURCE));
    await seedCommunityPulse(d1Database(env.DB_SOURCE));
    await createCommunityPulse(await empty(env.DB));
  });

  test("are exported in one invocation", async () => {
    const app = limited(env.DB_SOURCE);
    const sink = byteSink();
    const report = await exportDatabase(app.database, sink.write, { version: 1, budget: budget() });
    expect(report.done).toBe(true);
    expect(Object.fromEntries(report.stats.map(({ table, count }) => [table, count]))).toEqual(TABLES);
    expect(report.notes.join()).toMatch(/users/);
    expect(app.meter.usage.queries).toBeLessThanOrEqual(50);
    expect(app.meter.peaks.valueBytes).toBeLessThan(2_000_000);
    archive = sink.source();
  });

  test("are synced into empty tables in one invocation, and are equal", async () => {
    const app = limited(env.DB);
    const images = memoryImages();
    const report = await advanceRun(app.database, archive, newRunKey(), {
      budget: budget(),
      images,
      now: still(),
    });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(images.finished.size).toBe(1);
    expect(
      Object.fromEntries(Object.entries(report.results!).map(([table, { inserted }]) => [table, inserted])),
    ).toEqual(TABLES);
    expect(app.meter.usage.queries).toBeLessThanOrEqual(50);
    expect(app.meter.peaks.valueBytes).toBeGreaterThan(100_000);
    const [source, target] = [
      await dumpTables(d1Database(env.DB_SOURCE)),
      await dumpTables(d1Database(env.DB)),
    ];
    for (const table of Object.keys(TABLES)) expect(target[table], table).toEqual(source[table]);
  });

  test("are refused a second time in a few statements", async () => {
    const app = limited(env.DB);
    const again = advanceRun(app.database, archive, newRunKey(), { budget: budget() });
    await expect(again).rejects.toMatchObject({ code: "ALREADY_SYNCED" });
    expect(app.meter.usage.queries).toBeLessThan(10);
  });

  test.each(["merge", "mirror"] as const)(
    "are synced again in mode %s in one invocation, with nothing written",
    async (mode) => {
      const app = limited(env.DB);
      const version = mode === "merge" ? 2 : 3;
      const report = await advanceRun(app.database, archive, newRunKey(), {
        version,
        mode,
        budget: budget(),
        now: still(),
      });
      expect(report).toMatchObject({ status: "completed", verified: true, plan: { rowsWritten: 0 } });
      for (const [table, rows] of Object.entries(TABLES)) {
        expect(report.results![table], table).toMatchObject({
          unchanged: rows,
          inserted: 0,
          updated: 0,
          deleted: 0,
        });
      }
      expect(app.meter.usage.queries).toBeLessThanOrEqual(50);
    },
  );

  test("are mirrored over other rows in two invocations: inserts, updates, deletes in each table", async () => {
    const database = d1Database(env.DB);
    await database.batch(
      [
        "PRAGMA defer_foreign_keys = on",
        "UPDATE authors SET username = 'changed' WHERE id % 10 = 0",
        "INSERT INTO authors (platform, platform_id, username, first_seen, last_seen) SELECT 'x', 'x' || id, 'extra', 1, 1 FROM roundup_items",
        "DELETE FROM engagement_snapshots WHERE id % 3 = 0",
        "UPDATE content_items SET title = ifnull(title, '') || '!', author_id = 1 WHERE id % 5 = 0",
        "DELETE FROM roundup_items",
      ].map((sql) => ({ sql })),
    );
    const key = newRunKey();
    const advance = async () => {
      const app = limited(env.DB);
      const options = { version: 4, mode: "mirror", budget: budget(), now: still() } as const;
      const report = await advanceRun(app.database, archive, key, options);
      expect(app.meter.usage.queries).toBeLessThanOrEqual(50);
      return report;
    };
    // The first lists the rows, the second writes them.
    expect(await advance()).toMatchObject({ plan: { transactions: "one" }, results: null });
    const report = await advance();
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(report.results).toMatchObject({
      authors: { updated: 701, deleted: 17 },
      content_items: { updated: 1850 },
      engagement_snapshots: { inserted: 3032 },
      roundup_items: { inserted: 17 },
    });
    const [source, target] = [await dumpTables(d1Database(env.DB_SOURCE)), await dumpTables(database)];
    for (const table of Object.keys(TABLES)) expect(target[table], table).toEqual(source[table]);
  });
});
