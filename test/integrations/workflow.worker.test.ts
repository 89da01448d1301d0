import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { d1Database } from "../../src/database/d1.ts";
import type { Database } from "../../src/database/port.ts";
import { type App, createApp, snapshotDatabase } from "../http/app.ts";
import { clearWorkerApp, createWorkerApp } from "../http/worker-app.ts";
import { ALL_CASES } from "../support/cases.ts";
import { archiveOf, execute } from "../support/engine.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { workflowDatabase, workflowEvents } from "../support/worker.ts";
import { empty } from "../support/worker-engine.ts";

const TABLES = [
  "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES authors (id), body TEXT)",
];
const ROWS = [
  "INSERT INTO authors VALUES (1, 'Ada'), (2, 'Grace')",
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
   INSERT INTO posts SELECT i, 1 + i % 2, hex(zeroblob(50000)) || i FROM n`,
];

let app: App;
let source: Database;
let key: string;

/** Rows in one database, the same tables in the app's, and the archive of the first in the app's bucket. */
beforeEach(async () => {
  workflowDatabase.wrap = (database) => database;
  workflowEvents.length = 0;
  await clearWorkerApp();
  source = await empty(env.DB_SOURCE);
  await execute(source, [...TABLES, ...ROWS]);
  app = createWorkerApp({ platform: "workers-free", workflow: env.FERRY_WORKFLOW });
  await execute(app.database, TABLES);
  const archive = await archiveOf(source, {});
  const bytes = await archive.read(0, archive.size);
  key = (await app.call("POST", "r2-sync", bytes)).body.syncKey;
});

const sync = (input: object = {}) =>
  app.call("POST", "r2-sync", { operation: "sync", syncKey: key, ...input });

/** Waits for the workflow alone: nobody calls the app meanwhile. Answers the instance's last status. */
async function ended(id = key): Promise<{ status: string; error?: unknown }> {
  const instance = await env.FERRY_WORKFLOW.get(id);
  for (;;) {
    const state = await instance.status();
    if (["complete", "errored", "terminated"].includes(state.status)) return state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function expectEqual(): Promise<void> {
  for (const table of ["authors", "posts"]) {
    const read = { sql: `SELECT * FROM ${table} ORDER BY id` };
    expect(await app.database.query(read)).toEqual(await source.query(read));
  }
  const { history } = (await app.call("GET", "r2-sync?operation=history")).body;
  expect(history.map((one: { seedName: string }) => one.seedName)).toEqual(["authors", "posts"]);
  expect(await app.database.query({ sql: "SELECT count(*) FROM _ferry_frames" })).toEqual([[0]]);
}

describe("a sync that is handed over to the workflow", () => {
  it("goes on in the middle where its caller is gone, and ends by itself", async () => {
    const begun = await sync({ atomic: "never", mode: "mirror" });
    expect(begun.body).toMatchObject({ status: "processing" });
    const { status, body } = await sync({ background: true });
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: "processing", driver: "workflow", syncKey: key });
    const state = await ended();
    expect(state.error).toBeFalsy();
    expect(state.status).toBe("complete");
    await expectEqual();
    const { body: told } = await app.call("GET", `r2-sync?syncKey=${key}`);
    expect(told.status).toMatchObject({ status: "completed", verified: true, mode: "mirror" });
    expect(workflowEvents).toMatchObject([
      { type: "applied", key, who: "token:FERRY_TOKEN", counts: { tables: 2, rows: 14 } },
    ]);

    const undo = await app.call("POST", "r2-sync", {
      operation: "undo",
      syncKey: key,
      background: true,
      expectDeletes: 14,
    });
    expect((await ended(undo.body.syncKey)).status).toBe("complete");
    expect(workflowEvents.slice(1)).toMatchObject([{ type: "undone", did: "undo", key: undo.body.syncKey }]);
  });

  it.runIf(ALL_CASES)("runs from its start, also while somebody else drives it", async () => {
    await sync({ background: true, atomic: "never" });
    let other = await sync({ atomic: "never" });
    while (other.status === 202 || other.body.code === "RUN_LOCKED") other = await sync({ atomic: "never" });
    expect([200, 409]).toContain(other.status);
    expect((await ended()).status).toBe("complete");
    await expectEqual();
  });

  it("is started once, however often it is asked for", async () => {
    const started: string[] = [];
    const workflow = {
      get: (id: string) => env.FERRY_WORKFLOW.get(id),
      async create(options: Parameters<typeof env.FERRY_WORKFLOW.create>[0]) {
        const instance = await env.FERRY_WORKFLOW.create(options);
        started.push(instance.id);
        return instance;
      },
    };
    app = createWorkerApp({ platform: "workers-free", workflow });
    const [first, second] = await Promise.all([sync({ background: true }), sync({ background: true })]);
    await sync({ background: true });
    // All calls came to one instance.
    expect(new Set(started)).toEqual(new Set([key]));
    expect([first.status, second.status]).toEqual([202, 202]);
    expect((await ended()).status).toBe("complete");
    await expectEqual();
  });

  it("outlives errors that pass, and answers that are lost", async () => {
    let failures = 0;
    workflowDatabase.wrap = (database) =>
      faultyDatabase(database, {
        fail: (call) => call === 6 && ++failures <= 2,
        when: failures === 0 ? "before" : "after",
      });
    await sync({ background: true, atomic: "never" });
    const state = await ended();
    expect(state.error).toBeFalsy();
    expect(failures).toBeGreaterThan(1);
    await expectEqual();
  });

  it("waits while another run holds the database", async () => {
    await sync({ dryRun: true });
    const until = Date.now() + 3_000;
    await app.database.query({
      sql: `INSERT INTO _ferry_runs (key, status, record, driver, lease_until, started_at, updated_at)
        SELECT 'other', status, record, 'someone', ?1, started_at, updated_at FROM _ferry_runs`,
      params: [until],
    });
    await sync({ background: true });
    expect((await ended()).status).toBe("complete");
    expect(Date.now()).toBeGreaterThan(until);
    await expectEqual();
  });

  it("deletes nothing that was not confirmed, and ends with the run's reason", async () => {
    await execute(app.database, ["INSERT INTO authors VALUES (9, 'only here')"]);
    const before = await snapshotDatabase(app.database);
    await sync({ background: true, mode: "mirror" });
    const state = await ended();
    expect(state.status).toBe("errored");
    expect(JSON.stringify(state.error)).toContain("CONFIRMATION_REQUIRED");
    const { entries } = (await app.call("GET", "r2-sync?operation=log")).body;
    expect(entries[0]).toMatchObject({ did: "sync", outcome: "refused", code: "CONFIRMATION_REQUIRED" });
    const after = await snapshotDatabase(app.database);
    expect(Object.values(after)).toEqual(expect.arrayContaining(Object.values(before)));
    const again = await sync({ background: true, expectDeletes: 1 });
    expect(again.status).toBe(202);
    for (;;) {
      const { body } = await app.call("GET", `r2-sync?syncKey=${key}`);
      if (body.status.status === "completed") break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await expectEqual();
  });
});

describe("background is refused, and nothing is begun,", () => {
  it("by an app without a workflow", async () => {
    const plain = createApp({ database: d1Database(env.DB), bucket: app.bucket });
    const body = { operation: "sync", syncKey: key, background: true };
    const answer = await plain.call("POST", "r2-sync", body);
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({
      code: "NOT_CONFIGURED",
      hint: expect.stringContaining("d1-ferry/workflow"),
    });
  });

  it("for a plan, and for a key that nobody knows", async () => {
    expect((await sync({ background: true, dryRun: true })).body.code).toBe("INVALID_REQUEST");
    const unknown = await sync({ background: true, syncKey: "sync-1700000000000-abcdefghijkl" });
    expect(unknown.body.code).toBe("NOT_FOUND");
  });
});
