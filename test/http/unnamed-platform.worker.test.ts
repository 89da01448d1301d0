import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { archiveToJson } from "../../src/archive/reader.ts";
import { bytesSource } from "../../src/archive/source.ts";
import { r2Bucket } from "../../src/bucket/r2.ts";
import { bucketSource } from "../../src/bucket/source.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import { d1Database } from "../../src/database/d1.ts";
import { ALL_CASES, oneOf } from "../support/cases.ts";
import { dumpTables } from "../support/dump.ts";
import { archiveOf, execute } from "../support/engine.ts";
import { startLimitedApp, storeArchive } from "../support/limited-app.ts";
import { empty } from "../support/worker-engine.ts";

const TABLES = 20;
const name = (i: number) => `t${String(i).padStart(2, "0")}`;
const each = (sql: (i: number) => string) => Array.from({ length: TABLES }, (_, i) => sql(i));
const SCHEMA = [
  ...each(
    (i) => `CREATE TABLE ${name(i)} (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE, parent INTEGER
      ${i === 0 ? "" : `REFERENCES ${name(i - 1)} (id)`})`,
  ),
  ...each((i) => `CREATE TRIGGER late${i} AFTER INSERT ON ${name(i)} BEGIN SELECT 1; END`),
];
const ROWS = each(
  (i) => `WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 20)
    INSERT INTO ${name(i)} SELECT v, 'code ' || v, iif(v % 2, v, NULL) FROM n`,
);

async function tablesOf(binding: typeof env.DB): Promise<Record<string, unknown>> {
  const dump = await dumpTables(d1Database(binding));
  return Object.fromEntries(Object.entries(dump).filter(([table]) => /^t\d\d$/.test(table)));
}

const recordOf = async () =>
  JSON.parse(
    String(await env.DB.prepare("SELECT record FROM _ferry_runs ORDER BY started_at DESC").first("record")),
  );

beforeEach(async () => {
  await env.DATA_SYNC.delete("d1-ferry/allowance");
  await execute(await empty(env.DB_SOURCE), [...SCHEMA, ...ROWS]);
  await execute(await empty(env.DB), SCHEMA);
});

/** Each takes ten seconds, and learns the same. */
const TRIED = oneOf(["a push", "an export"]);

describe("An app that does not say where it runs", () => {
  test.runIf(TRIED.includes("a push"))(
    "and is on the free plan loses one request, takes less from then on, and a push ends",
    async () => {
      const app = startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-free", says: null });
      const archive = await archiveOf(d1Database(env.DB_SOURCE), { version: 1 });
      const bytes = await archive.read(0, archive.size);
      const { key } = await uploadObject(app.client, bytesSource(bytes), {});
      expect(await app.client.sync({ syncKey: key })).toMatchObject({ status: "completed", verified: true });
      expect(await tablesOf(env.DB)).toEqual(await tablesOf(env.DB_SOURCE));
      expect(app.meter.most.calls).toBeGreaterThan(50);
      expect((await recordOf()).fewCalls).toBe(true);

      // The next run knows it from its start.
      await execute(
        d1Database(env.DB_SOURCE),
        each((i) => `UPDATE ${name(i)} SET code = code || '!' WHERE id = 1`),
      );
      const next = startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-free", says: null });
      const second = await storeArchive(
        env.DATA_SYNC,
        await archiveOf(d1Database(env.DB_SOURCE), { version: 2 }),
      );
      expect(await next.client.sync({ syncKey: second })).toMatchObject({
        status: "completed",
        verified: true,
      });
      expect(next.meter.most.calls).toBeLessThanOrEqual(50);
      expect(await tablesOf(env.DB)).toEqual(await tablesOf(env.DB_SOURCE));
    },
  );

  test("and is on a larger plan takes what that allows, in one transaction", async () => {
    const app = startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-paid", says: null });
    const key = await storeArchive(env.DATA_SYNC, await archiveOf(d1Database(env.DB_SOURCE)));
    const answer = await app.client.sync({ syncKey: key });
    expect(answer).toMatchObject({ status: "completed", plan: { transactions: "one" } });
    expect(app.invocations).toBe(1);
    expect(app.meter.most.calls).toBeGreaterThan(50);
    const { fewCalls, manyCalls, reaching } = await recordOf();
    expect({ fewCalls, manyCalls, reaching }).toEqual({
      fewCalls: undefined,
      manyCalls: true,
      reaching: false,
    });
  });

  /** Rows a table, of 24 kB each: of more than is read at once. */
  const LARGE = ALL_CASES ? 20 : 10;

  const fillLarge = (rows: number) =>
    execute(
      d1Database(env.DB_SOURCE),
      each(
        (i) => `WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ${rows})
          INSERT INTO ${name(i)} (id, code) SELECT 100 + v, ${i} || hex(randomblob(12000)) || v FROM n`,
      ),
    );

  async function exportedTables(key: string) {
    const source = await bucketSource(r2Bucket(env.DATA_SYNC), `d1-ferry/${key}`);
    const { data } = (await new Response(archiveToJson(source!)).json()) as {
      data: Record<string, unknown[]>;
    };
    return data;
  }

  test.runIf(TRIED.includes("an export"))(
    "and is on the free plan loses one request of an export, and takes less from then on",
    async () => {
      await fillLarge(LARGE);
      const app = startLimitedApp(env.DB_SOURCE, env.DATA_SYNC, { platform: "workers-free", says: null });
      const { exportKey, stats } = await app.client.export();
      expect(stats).toHaveLength(TABLES);
      expect(app.meter.most.calls).toBeGreaterThan(50);
      const data = await exportedTables(exportKey);
      for (const table of Object.values(data)) expect(table).toHaveLength(20 + LARGE);
      const next = startLimitedApp(env.DB_SOURCE, env.DATA_SYNC, { platform: "workers-free", says: null });
      expect(await next.client.export()).toMatchObject({ status: "completed" });
      expect(next.meter.most.calls).toBeLessThanOrEqual(50);
    },
  );

  test("and is on a larger plan takes for an export what that allows", async () => {
    await fillLarge(60);
    const app = startLimitedApp(env.DB_SOURCE, env.DATA_SYNC, { platform: "workers-paid", says: null });
    expect(await app.client.export()).toMatchObject({ status: "completed" });
    expect(app.invocations).toBe(1);
    expect(app.meter.most.calls).toBeGreaterThan(50);
    expect((await env.DATA_SYNC.head("d1-ferry/allowance"))?.customMetadata).toEqual({ calls: "many" });
    const puts = app.meter.total.bucketOperations;
    await app.client.export();
    // Known from now on: looked up, and not written again.
    expect(app.meter.total.bucketOperations - puts).toBe(puts - 2);
  });
});
