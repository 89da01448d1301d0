import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { archiveToJson } from "../../src/archive/reader.ts";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { objectName, parseKey } from "../../src/bucket/keys.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import { bucketSource } from "../../src/bucket/source.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { exportToBucket } from "../../src/operations/export.ts";
import { createInvocation } from "../../src/operations/invocation.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const directory = await mkdtemp(join(tmpdir(), "ferry-lease-"));
const bucket = directoryBucket(directory);
afterAll(() => rm(directory, { recursive: true }));

const MB = 1024 * 1024;

/** Random text, which does not compress to nothing: a kilobyte of it a row. */
const withRows = (rows: number) =>
  memoryDatabase(`
    CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO posts SELECT i, hex(randomblob(1000)) FROM n;`);

const SMALL = withRows(500);

/** More than one part. */
const LARGE = withRows(6000);

interface Input {
  exportKey?: string;
  newKey?: string;
}

const callOf =
  (database: Database) =>
  (input: Input, through: Bucket = bucket) =>
    exportToBucket(createInvocation({ database, bucket: through, platform: "workers-free" }), input);

const call = callOf(SMALL);

async function finish(exportKey: string, call = callOf(SMALL)): Promise<number> {
  let answer = await call({ exportKey });
  for (let requests = 0; answer.status === "processing"; requests++) {
    if (requests > 400) throw new Error("The export did not end");
    answer = await call({ exportKey });
  }
  const source = await bucketSource(bucket, objectName(parseKey(exportKey)));
  const { data } = (await new Response(archiveToJson(source!)).json()) as { data: { posts: unknown[] } };
  expect((await bucket.list({ prefix: `d1-ferry/state/${exportKey}` })).objects).toEqual([]);
  return data.posts.length;
}

/** Runs something once, before the first of these operations. */
function onceBefore(operation: "replace" | "createUpload" | "put", what: () => Promise<unknown>): Bucket {
  let done = false;
  return {
    ...bucket,
    async [operation](...parameters: never[]) {
      if (!done) {
        done = true;
        await what();
      }
      return (bucket[operation] as (...all: never[]) => Promise<never>)(...parameters);
    },
  };
}

describe("An export in many requests", () => {
  test("moves little more through the bucket than what it exports", async () => {
    const call = callOf(LARGE);
    let moved = 0;
    const counting: Bucket = {
      ...bucket,
      async get(name, range) {
        const object = await bucket.get(name, range);
        moved += object?.info.size ?? 0;
        return object;
      },
      put: (name, body, options) => {
        moved += body.byteLength;
        return bucket.put(name, body, options);
      },
      replace: (name, etag, body, options) => {
        moved += body.byteLength;
        return bucket.replace(name, etag, body, options);
      },
      uploadPart: (name, part) => {
        moved += part.body instanceof Uint8Array ? part.body.byteLength : part.body.length;
        return bucket.uploadPart(name, part);
      },
    };
    let answer = await call({}, counting);
    for (; answer.status === "processing"; ) answer = await call({ exportKey: answer.exportKey }, counting);
    expect(answer.bytes).toBeGreaterThan(5 * MB);
    // Each byte is kept, put together with others twice or so, and written into its part; and each of the many requests
    // keeps the piece of the content's hash that is not full.
    expect(moved / answer.bytes).toBeLessThan(11);
  });

  test("is taken up by one of two requests that come at once", async () => {
    const { exportKey } = await call({});
    const outcomes = await Promise.allSettled([call({ exportKey }), call({ exportKey })]);
    const refused = outcomes.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]!.reason).toMatchObject({ code: "RUN_LOCKED" });
    expect(await finish(exportKey)).toBe(500);
  });

  test("is begun by one of two requests with the same new key", async () => {
    const newKey = "export-1795465607501-aaaaaaaaaaaa";
    const outcomes = await Promise.allSettled([call({ newKey }), call({ newKey })]);
    expect(outcomes.some((one) => one.status === "fulfilled")).toBe(true);
    for (const one of outcomes)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "RUN_LOCKED" });
    expect(await finish(newKey)).toBe(500);
  });

  test.each([
    ["in one piece", 3],
    ["in parts", 7000],
  ])("that another request with the same key was faster with is not written over: %s", async (_, rows) => {
    const newKey = `export-17954656075${rows % 90}-aaaaaaaaaaab`;
    const database = withRows(rows);
    const calling = (through: Bucket) =>
      exportToBucket(createInvocation({ database, bucket: through, platform: "workers-paid" }), { newKey });
    let first: unknown;
    let written: unknown;
    const overtaken = onceBefore(rows === 3 ? "replace" : "createUpload", async () => {
      database.sqlite.exec("DELETE FROM posts WHERE id = 1");
      first = await calling(bucket);
      written = await bucket.head(objectName(parseKey(newKey)));
    });
    const second = await calling(overtaken);
    expect(first).toMatchObject({ status: "completed", stats: [{ table: "posts", count: rows - 1 }] });
    expect(second).toEqual(first);
    expect(await bucket.head(objectName(parseKey(newKey)))).toEqual(written);
  });

  test.each(["replace", "put"] as const)(
    "is not harmed by a request that stalls before it keeps what it did (%s), and finds it in another's hands",
    async (operation) => {
      const { exportKey } = await call({});
      let overtaken = 0;
      const stalled = call(
        { exportKey },
        onceBefore(operation, async () => {
          // The lease has run out by the clock of whoever comes next.
          vi.spyOn(Date, "now").mockImplementation(() => performance.timeOrigin + performance.now() + 31_000);
          const next = await call({ exportKey });
          overtaken = next.progress?.recordsProcessed ?? 0;
          vi.restoreAllMocks();
        }),
      ).catch((error: unknown) => error);
      expect(await stalled).toMatchObject({ code: "RUN_LOCKED" });
      expect(overtaken).toBeGreaterThan(0);
      expect(await finish(exportKey)).toBe(500);
    },
  );

  test("is taken up after a request whose clock is an hour ahead, and died", async () => {
    const { exportKey } = await call({});
    const now = Date.now;
    let ahead = 3_600_000;
    vi.spyOn(Date, "now").mockImplementation(() => now() + ahead);
    const dies: Bucket = {
      ...bucket,
      async put() {
        throw new FerryError("BUCKET_ERROR", "the request has died");
      },
      async replace(name, etag, body, options) {
        if (!("busyuntil" in (options?.metadata ?? {})))
          throw new FerryError("BUCKET_ERROR", "the request has died");
        // The bucket's own clock is right.
        ahead = 0;
        const replaced = await bucket.replace(name, etag, body, options);
        ahead = 3_600_000;
        return replaced;
      },
    };
    await expect(call({ exportKey }, dies)).rejects.toMatchObject({ code: "BUCKET_ERROR" });
    ahead = 0;
    await expect(call({ exportKey })).rejects.toMatchObject({ code: "RUN_LOCKED" });
    ahead = 31_000;
    expect((await call({ exportKey })).status).toBe("processing");
    vi.restoreAllMocks();
    expect(await finish(exportKey)).toBe(500);
  });

  test("writes no part once another has taken it up", async () => {
    const call = callOf(LARGE);
    const { exportKey } = await call({});
    // Up to where the next request fills a part.
    let fills = false;
    const refusing: Bucket = {
      ...bucket,
      async uploadPart() {
        fills = true;
        throw new FerryError("BUCKET_ERROR", "not now");
      },
    };
    while (!fills) await call({ exportKey }, refusing).catch(() => undefined);
    let parts = 0;
    let stalled = false;
    const slow: Bucket = {
      ...bucket,
      async get(name, range) {
        if (!stalled && name.includes(`${exportKey}/`)) {
          stalled = true;
          vi.spyOn(Date, "now").mockImplementation(() => performance.timeOrigin + performance.now() + 31_000);
          await call({ exportKey });
        }
        return bucket.get(name, range);
      },
      uploadPart(name, part) {
        parts++;
        return bucket.uploadPart(name, part);
      },
    };
    const outcome = await call({ exportKey }, slow).catch((error: unknown) => error);
    vi.restoreAllMocks();
    expect(stalled).toBe(true);
    expect(outcome).toBeInstanceOf(FerryError);
    expect(parts).toBe(0);
    expect(await finish(exportKey, call)).toBe(6000);
  });
});
