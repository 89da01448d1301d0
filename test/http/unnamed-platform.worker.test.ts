import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import { d1Database } from "../../src/database/d1.ts";
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
  await execute(await empty(env.DB_SOURCE), [...SCHEMA, ...ROWS]);
  await execute(await empty(env.DB), SCHEMA);
});

describe("An app that does not say where it runs", () => {
  test("and is on the free plan loses one request, takes less from then on, and a push ends", async () => {
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
  });

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
});
