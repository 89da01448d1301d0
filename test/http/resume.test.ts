import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Database } from "../../src/database/port.ts";
import { ALL_CASES } from "../support/cases.ts";
import { type App, BEARER, snapshotBucket } from "./app.ts";
import { createNodeApp } from "./node-app.ts";

/** What the smallest plan allows an invocation. */
const MAX_STATEMENTS = 50;
const ROWS = ALL_CASES ? 25 : 12;

/**
 * 12 MB or 25 MB that compress badly: more than fits one request or one part. Each row is a frame, and larger
 * than what a request of the smallest plan should handle: it goes through by itself.
 */
const SCHEMA = `CREATE TABLE events (id INTEGER PRIMARY KEY, payload TEXT NOT NULL);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
  INSERT INTO events SELECT i, hex(randomblob(500000)) FROM n`;

async function fingerprint(database: Database): Promise<string> {
  const hash = createHash("sha256");
  for (let from = 0; from < ROWS; from += 5000) {
    const sql = `SELECT id, payload FROM events WHERE id > ${from} AND id <= ${from + 5000} ORDER BY id`;
    for (const row of await database.query({ sql })) hash.update(`${row.join("|")}\n`);
  }
  return hash.digest("hex");
}

/** Runs the same call until it is done, as an answer of 202 asks for. */
async function repeat(app: App, first: object, next: (body: Record<string, unknown>) => object) {
  const answers = [await app.call("POST", "r2-sync", first)];
  for (let last = answers[0]; last?.status === 202; last = answers.at(-1)) {
    expect(answers.length).toBeLessThan(100);
    answers.push(await app.call("POST", "r2-sync", next(last.body)));
  }
  for (const { status, body } of answers) {
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    expect(body.usage.statements).toBeLessThanOrEqual(MAX_STATEMENTS);
  }
  return { answers, last: answers.at(-1)?.body };
}

const exportOn = ({ exportKey }: Record<string, unknown>) => ({ operation: "export", exportKey });

describe("a database that is too large for one request", () => {
  it("is exported and synced by calls that each stay within the budget", async () => {
    const app = createNodeApp({ schema: SCHEMA, platform: "workers-free" });
    const original = await fingerprint(app.database);

    const exported = await repeat(app, { operation: "export" }, exportOn);
    expect(exported.answers.length).toBeGreaterThan(1);
    const [first] = exported.answers;
    expect(first?.body).toMatchObject({
      status: "processing",
      progress: { tablesProcessed: 0, totalTables: 1, currentTable: "events" },
    });
    expect(exported.last).toMatchObject({ status: "completed", stats: [{ table: "events", count: ROWS }] });
    const { exportKey } = exported.last;
    expect((await snapshotBucket(app.bucket)).map((line) => line.split(" ")[0])).toEqual([
      `d1-ferry/${exportKey}`,
    ]);

    await app.database.query({ sql: "DELETE FROM events" });
    const sync = { operation: "sync", syncKey: exportKey };
    const synced = await repeat(app, sync, () => sync);
    expect(synced.answers.length).toBeGreaterThan(1);
    expect(synced.last).toMatchObject({ status: "completed", verified: true });
    expect(synced.last.results.events).toMatchObject({ attempted: ROWS, inserted: ROWS });
    expect(await fingerprint(app.database)).toBe(original);
  });

  it("answers a finished export again, since the first answer may be lost", async () => {
    const app = createNodeApp({ schema: SCHEMA, platform: "workers-free" });
    const first = await app.call("POST", "r2-sync", { operation: "export", version: 4 });
    const { exportKey } = first.body;
    const stateName = `d1-ferry/state/${exportKey}`;
    const state = await app.bucket.get(stateName);
    const kept = new Uint8Array(await new Response(state?.body).arrayBuffer());

    const goOn = { operation: "export", exportKey };
    const { last } = await repeat(app, goOn, exportOn);
    const { usage: _, ...finished } = last;
    expect((await app.call("POST", "r2-sync", goOn)).body).toMatchObject(finished);

    // As if the request that finished it had died before it could forget the state.
    await app.bucket.put(stateName, kept);
    expect((await app.call("POST", "r2-sync", goOn)).body).toMatchObject(finished);
    expect(await app.bucket.head(stateName)).toBeNull();
  });

  it("shows an unfinished export's state, lets one request at a time go on, and drops it whole", async () => {
    const app = createNodeApp({ schema: SCHEMA, platform: "workers-free" });
    const { status, body } = await app.call("POST", "r2-sync", { operation: "export" });
    expect(status).toBe(202);
    const { exportKey } = body;
    const shown = await app.call("GET", `r2-sync?syncKey=${exportKey}`);
    expect(shown.body.status).toMatchObject({ status: "exporting", progress: body.progress });

    const both = await Promise.all(
      [1, 2].map(() => app.call("POST", "r2-sync", { operation: "export", exportKey })),
    );
    const codes = both.map((answer) => answer.body.code ?? answer.body.status);
    expect(codes.filter((code) => code === "RUN_LOCKED").length).toBeLessThanOrEqual(1);

    const path = `/api/admin/r2-sync?operation=download&exportKey=${exportKey}`;
    if (codes.includes("processing")) {
      expect((await app.fetch(path, { headers: BEARER })).status).toBe(404);
    }
    const dropped = await app.call("POST", "r2-sync", { operation: "drop", syncKey: exportKey });
    expect(dropped.status).toBe(200);
    expect(await snapshotBucket(app.bucket)).toEqual([]);
  });
});
