import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { d1Database } from "../../src/database/d1.ts";
import { ALL_CASES } from "../support/cases.ts";
import { dumpTables } from "../support/dump.ts";
import { archiveOf, execute } from "../support/engine.ts";
import { startLimitedApp, storeArchive } from "../support/limited-app.ts";
import { empty } from "../support/worker-engine.ts";

/** As many as take many transactions, and more than one invocation, each. */
const TABLES = ALL_CASES ? 60 : 24;
const name = (i: number) => `t${String(i).padStart(2, "0")}`;
const each = (sql: (i: number) => string) => Array.from({ length: TABLES }, (_, i) => sql(i));

/** Each with a sequence, a unique index and a foreign key to the one before it. */
const SCHEMA = [
  ...each(
    (i) => `CREATE TABLE ${name(i)} (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE,
      parent INTEGER ${i === 0 ? "" : `REFERENCES ${name(i - 1)} (id)`})`,
  ),
  ...each((i) => `CREATE INDEX ${name(i)}_parent ON ${name(i)} (parent)`),
];
const rows = (from: number, through: number) => (i: number) =>
  `WITH RECURSIVE n (v) AS (SELECT ${from} UNION ALL SELECT v + 1 FROM n WHERE v < ${through})
   INSERT INTO ${name(i)} SELECT v, 'code ' || v, iif(v % 2, v, NULL) FROM n`;

async function tablesOf(binding: typeof env.DB): Promise<Record<string, unknown>> {
  const dump = await dumpTables(d1Database(binding));
  return Object.fromEntries(Object.entries(dump).filter(([table]) => /^t\d\d$/.test(table)));
}

beforeEach(async () => {
  await empty(env.DB_SOURCE);
  await empty(env.DB);
});

describe(`A schema of ${TABLES} tables on Workers' free plan`, () => {
  test("is made, filled, and mirrored again with deletes in each table, by itself", async () => {
    const source = d1Database(env.DB_SOURCE);
    await execute(source, [...SCHEMA, ...each(rows(1, 20))]);
    const app = startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-free" });

    const made = await app.client.sync({
      syncKey: await storeArchive(env.DATA_SYNC, await archiveOf(source, { version: 1 })),
      create: "all",
    });
    expect(made).toMatchObject({ status: "completed", verified: true, plan: { transactions: "many" } });
    expect(made.plan?.reason).toMatch(/one transaction takes \d+ statements/);
    expect(await tablesOf(env.DB)).toEqual(await tablesOf(env.DB_SOURCE));
    const indexes = await env.DB.prepare(
      "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
    ).first("n");
    expect(indexes).toBe(TABLES);

    await execute(
      source,
      each((i) => `DELETE FROM ${name(TABLES - 1 - i)} WHERE id > 15`),
    );
    await execute(
      source,
      each((i) => `UPDATE ${name(i)} SET code = code || '!' WHERE id = 1`),
    );
    const mirrored = await app.client.sync({
      syncKey: await storeArchive(env.DATA_SYNC, await archiveOf(source, { version: 2 })),
      mode: "mirror",
    });
    expect(mirrored).toMatchObject({ status: "completed", verified: true });
    expect(mirrored.results?.[name(7)]).toMatchObject({ updated: 1, deleted: 5 });
    expect(await tablesOf(env.DB)).toEqual(await tablesOf(env.DB_SOURCE));
    expect(app.meter.most.calls).toBeLessThanOrEqual(50);
  });

  test("takes a plain document too, and finds the key that stands there twice", async () => {
    await execute(d1Database(env.DB), SCHEMA);
    const app = startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-free" });
    const data = Object.fromEntries(each(name).map((table) => [table, [{ id: 1, code: "one" }]]));
    const stored = await app.client.upload({ version: 1, data });
    expect(await app.client.sync({ syncKey: stored.syncKey })).toMatchObject({ status: "completed" });

    const twice = await app.client.upload({
      version: 2,
      data: {
        ...data,
        [name(TABLES - 1)]: [
          { id: 7, code: "a" },
          { id: 7, code: "b" },
        ],
      },
    });
    await expect(app.client.sync({ syncKey: twice.syncKey })).rejects.toMatchObject({
      code: "UNIQUE_CONFLICT",
      details: { table: name(TABLES - 1), key: "[7]", times: 2 },
    });
    expect(app.meter.most.calls).toBeLessThanOrEqual(50);
  });
});

describe("A table with more triggers than a request has calls", () => {
  const TRIGGERS = 30;
  const schema = [
    "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)",
    ...Array.from(
      { length: TRIGGERS },
      (_, i) => `CREATE TRIGGER tr${i} AFTER INSERT ON posts BEGIN SELECT ${i}; END`,
    ),
  ];

  test("is refused on the free plan before anything changes, with what to do, and synced on a larger one", async () => {
    const source = d1Database(env.DB_SOURCE);
    await execute(source, [...schema, "INSERT INTO posts VALUES (1, 'a'), (2, 'b')"]);
    await execute(d1Database(env.DB), schema);
    const key = await storeArchive(env.DATA_SYNC, await archiveOf(source));

    const small = startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-free" });
    const refusal = await small.client.sync({ syncKey: key }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringMatching(
        /takes \d+ database calls in one request.*leaves it 44\. No table was changed\./,
      ),
      hint: expect.stringContaining("FERRY_PLATFORM=workers-paid"),
    });
    expect(small.meter.most.calls).toBeLessThanOrEqual(50);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM posts").first("n")).toBe(0);
    expect(
      await env.DB.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'trigger'").first("n"),
    ).toBe(TRIGGERS);

    const large = startLimitedApp(env.DB, env.DATA_SYNC, { platform: "workers-paid" });
    expect(await large.client.sync({ syncKey: key })).toMatchObject({ status: "completed", verified: true });
    expect(
      await env.DB.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'trigger'").first("n"),
    ).toBe(TRIGGERS);
  });
});
