import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import type { Database } from "../../src/database/port.ts";
import { dropKey } from "../../src/operations/drop.ts";
import { exportToBucket } from "../../src/operations/export.ts";
import { listHistory } from "../../src/operations/history.ts";
import { createInvocation } from "../../src/operations/invocation.ts";
import { listObjects } from "../../src/operations/list.ts";
import type { Platform } from "../../src/operations/platforms.ts";
import { pruneStale } from "../../src/operations/prune.ts";
import { readStatus } from "../../src/operations/status.ts";
import { syncFromBucket } from "../../src/operations/sync.ts";
import { uploadDocument } from "../../src/operations/upload.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const SCHEMA = "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT NOT NULL)";
const directory = mkdtempSync(join(tmpdir(), "d1-ferry-operations-"));
const bucket = directoryBucket(directory);
afterAll(() => rm(directory, { recursive: true }));

/** As a schedule would do it: each step is an invocation of its own, made of plain values. */
function app(database: Database, platform: Platform = "workers-paid") {
  const answers: unknown[] = [];
  return {
    answers,
    async step<T>(operation: (invocation: ReturnType<typeof createInvocation>) => Promise<T>): Promise<T> {
      const answer = await operation(createInvocation({ database, bucket, platform }));
      answers.push(answer);
      return answer;
    },
  };
}

describe("operations without a request", () => {
  it("export, sync, tell, list, upload, drop and prune", async () => {
    const database = memoryDatabase(`${SCHEMA}; INSERT INTO posts VALUES (1, 'one'), (2, 'two')`);
    const source = app(database);
    const exported = await source.step((job) => exportToBucket(job, { name: "nightly", version: 7 }));
    expect(exported).toMatchObject({
      status: "completed",
      version: 7,
      stats: [{ table: "posts", count: 2 }],
    });
    const { exportKey } = exported;

    const copy = memoryDatabase(SCHEMA);
    const target = app(copy);
    const synced = await target.step((job) => syncFromBucket(job, { syncKey: exportKey, mode: "mirror" }));
    expect(synced).toMatchObject({ status: "completed", verified: true });
    const all = { sql: "SELECT * FROM posts ORDER BY id" };
    expect(await copy.query(all)).toEqual(await database.query(all));

    const { status } = await target.step((job) => readStatus(job, { syncKey: exportKey }));
    expect(status).toMatchObject({ status: "completed", version: 7 });
    const { history } = await target.step(listHistory);
    expect(history).toMatchObject([{ seedName: "posts", seedVersion: 7, recordCount: 2 }]);
    const listed = await target.step((job) => listObjects(job));
    expect(listed.objects).toMatchObject([
      { key: exportKey, status: "completed" },
      { kind: "undo", status: null },
    ]);
    expect(listed.runs).toMatchObject([{ key: exportKey, mode: "mirror" }]);

    const document = new TextEncoder().encode('{"version":8,"data":{"posts":[{"id":3,"body":"three"}]}}');
    const { syncKey } = await target.step((job) => uploadDocument(job, document));
    await target.step((job) => dropKey(job, { syncKey }));
    await expect(target.step((job) => readStatus(job, { syncKey }))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });

    const would = await target.step((job) => pruneStale(job, { olderThanMs: 0, dryRun: true }));
    expect(would.pruned).toMatchObject([{ key: exportKey, kind: "export" }]);
    await target.step((job) => pruneStale(job, { olderThanMs: 0 }));
    const { objects } = await target.step((job) => listObjects(job));
    expect(objects.map(({ kind }) => kind)).toEqual(["undo"]);

    // Nobody who reads this can send a request: the answers do not ask for one.
    expect(JSON.stringify([...source.answers, ...target.answers])).not.toMatch(/GET|POST|PUT|api\/admin/);
  });

  it("go on in the next invocation where a platform lets one do little", async () => {
    const database = memoryDatabase(SCHEMA);
    const body = "x".repeat(1000);
    await database.query({
      sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO posts SELECT i, '${body}' FROM n`,
    });
    const source = app(database, "workers-free");
    let exported = await source.step((job) => exportToBucket(job, { frameBytes: 100_000 }));
    expect(exported).toMatchObject({ status: "processing", message: expect.stringMatching(/so far\.$/) });
    const { exportKey } = exported;
    const { status } = await source.step((job) => readStatus(job, { syncKey: exportKey }));
    expect(status).toMatchObject({ status: "exporting", message: "Not finished." });
    while (exported.status === "processing") {
      exported = await source.step((job) => exportToBucket(job, { exportKey }));
    }
    expect(exported.stats).toEqual([{ table: "posts", count: 600 }]);
  });

  it("counts what each of them cost, and asks for the bucket only where it is needed", async () => {
    const job = createInvocation({ database: memoryDatabase(SCHEMA), bucket: null });
    expect((await listHistory(job)).history).toEqual([]);
    expect(job.meter.read()).toMatchObject({ bucketOperations: 0 });
    expect(job.meter.read().statements).toBeGreaterThan(0);
    await expect(exportToBucket(job)).rejects.toMatchObject({ code: "NOT_CONFIGURED" });
  });
});
