import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { createDistant } from "../../bench/distance/distant.ts";
import { r2Bucket } from "../../src/bucket/r2.ts";
import { d1Database } from "../../src/database/d1.ts";
import { empty, emptyBucket } from "../support/worker-engine.ts";

const FAR = { d1: 10, r2: 30, request: 60 };

beforeEach(async () => {
  await empty(env.DB);
  await emptyBucket(env.DATA_SYNC);
});

/** What is as far as `FAR` says, with the waits written down and not waited for. */
function distant() {
  const waits: number[] = [];
  const far = createDistant(async (ms) => void waits.push(ms));
  far.set(FAR);
  return {
    ...far,
    waits,
    d1: d1Database(far.database(env.DB)),
    r2: r2Bucket(far.bucket(env.DATA_SYNC)),
  };
}

describe("What is far away", () => {
  test("takes one trip for a query and one for a batch, whatever its statements", async () => {
    const { d1, take, waits } = distant();
    await d1.batch([
      { sql: "CREATE TABLE t (a)" },
      { sql: "INSERT INTO t VALUES (?1), (?2)", params: ["x", "y"] },
      { sql: "DELETE FROM t WHERE a = 'x'" },
    ]);
    expect(await d1.query({ sql: "SELECT a FROM t WHERE a = ?1", params: ["y"] })).toEqual([["y"]]);
    expect(waits).toEqual([10, 10]);
    expect(take()).toEqual({ d1: 2, r2: 0, request: 0 });
  });

  test("takes one trip for each call of the bucket, and none to say which upload is meant", async () => {
    const { r2, take, waits } = distant();
    const bytes = new TextEncoder().encode("a part");
    await r2.put("one", bytes);
    const { uploadId } = await r2.createUpload("two");
    const part = await r2.uploadPart("two", { uploadId, partNumber: 1, body: bytes });
    await r2.completeUpload("two", uploadId, [{ partNumber: 1, ...part }]);
    const { uploadId: other } = await r2.createUpload("three");
    await r2.abortUpload("three", other);
    expect((await r2.head("one"))?.size).toBe(6);
    expect(await new Response((await r2.get("two"))?.body).text()).toBe("a part");
    expect((await r2.list({ prefix: "" })).objects.map(({ name }) => name)).toEqual(["one", "two"]);
    await r2.delete(["one", "two"]);
    expect(waits).toEqual(Array.from({ length: 10 }, () => 30));
    expect(take().r2).toBe(10);
  });

  test("is waited for before it does anything", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const far = createDistant(() => arrived);
    far.set(FAR);
    const made = d1Database(far.database(env.DB)).query({ sql: "CREATE TABLE t (a)" });
    const tables = () =>
      env.DB.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 't'").first("n");
    expect(await tables()).toBe(0);
    arrive();
    await made;
    expect(await tables()).toBe(1);
  });

  test("counts a trip that fails, and begins anew when it was asked", async () => {
    const { d1, request, take } = distant();
    await request();
    await expect(d1.query({ sql: "SELECT * FROM nowhere" })).rejects.toThrow("nowhere");
    expect(take()).toEqual({ d1: 1, r2: 0, request: 1 });
    expect(take()).toEqual({ d1: 0, r2: 0, request: 0 });
  });
});

test("what is near is counted, and not waited for", async () => {
  const waits: number[] = [];
  const near = createDistant(async (ms) => void waits.push(ms));
  await near.request();
  await d1Database(near.database(env.DB)).query({ sql: "SELECT 1" });
  expect(near.take()).toEqual({ d1: 1, r2: 0, request: 1 });
  expect(waits).toEqual([]);
});

test("by its own clock a trip takes as long as it was told to", async () => {
  const far = createDistant();
  far.set({ d1: 0, r2: 0, request: 40 });
  const startedAt = Date.now();
  await far.request();
  // A timer may be a millisecond early by another clock.
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(39);
  const [[from, to] = [0, 0]] = far.takeWaits();
  expect(to - from).toBe(40);
  expect(far.takeWaits()).toEqual([]);
});
