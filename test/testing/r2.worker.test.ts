import { env } from "cloudflare:workers";
import type { R2Bucket, R2UploadedPart } from "@cloudflare/workers-types";
import { describe, expect, test } from "vitest";
import { createMeter, limitBindings, limitR2 } from "../../src/testing/index.ts";

const MEBIBYTE = 1024 * 1024;

/** Takes everything, so that only the wrapper can refuse. */
const anything = limitR2(
  {
    head: async () => null,
    get: async () => null,
    put: async () => null,
    delete: async () => {},
    list: async () => ({ objects: [] }),
    createMultipartUpload: async () => upload,
    resumeMultipartUpload: () => upload,
  } as unknown as R2Bucket,
  createMeter("workers-free", { calls: Infinity }),
);
const upload = {
  key: "k",
  uploadId: "one",
  uploadPart: async (partNumber: number) => ({ partNumber, etag: "e" }),
  abort: async () => {},
  complete: async () => ({}),
};

const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
  );

async function joinParts(bucket: R2Bucket, sizes: readonly number[]): Promise<unknown> {
  const multipart = await bucket.createMultipartUpload("limited/parts");
  const parts: R2UploadedPart[] = [];
  for (const [i, size] of sizes.entries()) {
    parts.push(await multipart.uploadPart(i + 1, new Uint8Array(size)));
  }
  return multipart.complete(parts);
}

describe("An R2 held to its limits says what the engine says", () => {
  const long = "k".repeat(1025);
  const customMetadata = { a: "x".repeat(8192) };
  test.each<[string, (bucket: R2Bucket) => Promise<unknown>]>([
    ["a key to write", (bucket) => bucket.put(long, "x")],
    ["a key to read", (bucket) => bucket.get(long)],
    ["a key to look up", (bucket) => bucket.head(long)],
    ["a key to delete", (bucket) => bucket.delete(long)],
    ["a key to upload to", (bucket) => bucket.createMultipartUpload(long)],
    ["metadata of an object", (bucket) => bucket.put("limited/meta", "x", { customMetadata })],
    ["metadata of an upload", (bucket) => bucket.createMultipartUpload("limited/meta", { customMetadata })],
    ["a page of a list", (bucket) => bucket.list({ limit: 1001 })],
    ["a part's number", (bucket) => bucket.resumeMultipartUpload("k", "one").uploadPart(10_001, "x")],
    ["small parts", (bucket) => joinParts(bucket, [MEBIBYTE, MEBIBYTE])],
    ["unequal parts", (bucket) => joinParts(bucket, [5 * MEBIBYTE, 6 * MEBIBYTE, 1])],
    ["a last part that is larger", (bucket) => joinParts(bucket, [5 * MEBIBYTE, 6 * MEBIBYTE])],
  ])("of %s", async (_, work) => {
    const engine = await messageOf(work(env.DATA_SYNC));
    expect(engine).toMatch(/^(Type)?Error: /);
    expect(await messageOf(work(anything))).toBe(engine);
  });

  test("of a range behind the end, as the engine refuses it", async () => {
    const bucket = limitR2(env.DATA_SYNC, createMeter("workers-free"));
    await bucket.put("limited/range", "x");
    const read = (from: R2Bucket) => from.get("limited/range", { range: { offset: 5 } });
    expect(await messageOf(read(bucket))).toBe(await messageOf(read(env.DATA_SYNC)));
    expect(await messageOf(read(bucket))).toContain("(10039)");
  });
});

test("An R2 held to its limits deletes at most 1,000 keys at once", async () => {
  const bucket = limitR2(env.DATA_SYNC, createMeter("workers-free"));
  const keys = Array.from({ length: 1001 }, (_, i) => `limited/${i}`);
  await expect(bucket.delete(keys)).rejects.toThrow("at most 1000");
  await bucket.delete(keys.slice(1));
});

test("An R2 held to its limits joins parts that fit, and a list that leaves some out without them", async () => {
  const meter = createMeter("workers-free");
  const bucket = limitR2(env.DATA_SYNC, meter);
  expect(await joinParts(bucket, [5 * MEBIBYTE, 5 * MEBIBYTE, 1])).toMatchObject({ size: 10 * MEBIBYTE + 1 });
  expect(meter.usage).toMatchObject({ calls: 5, bucketOperations: 5 });
  expect(meter.peaks.objectBytes).toBe(5 * MEBIBYTE);
  const multipart = await bucket.createMultipartUpload("limited/parts");
  const first = await multipart.uploadPart(1, new Uint8Array(5 * MEBIBYTE));
  await multipart.uploadPart(2, new Uint8Array(5 * MEBIBYTE));
  expect(await multipart.complete([first])).toMatchObject({ size: 5 * MEBIBYTE });
  await bucket.delete("limited/parts");
});

test("An app's bindings share one count of calls", async () => {
  const { env: limited, meter } = limitBindings({ ...env, NAME: "pulse" }, "webflow-cloud", { calls: 3 });
  expect(limited.NAME).toBe("pulse");
  await limited.DB.prepare("SELECT 1").first();
  await limited.DATA_SYNC.head("nothing");
  meter.countCalls(1);
  expect(meter.usage).toEqual({ calls: 3, queries: 1, bucketOperations: 1 });
  await expect(limited.DATA_SYNC.head("nothing")).rejects.toThrow("Too many API requests");
  await expect(limited.DB_SOURCE.prepare("SELECT 1").first()).rejects.toThrow("Too many API requests");
});

const UNCOUNTED = { rowsWrittenADay: Infinity, rowsReadADay: Infinity };

test.each([
  [
    "workers-free",
    { calls: 50, queries: 50, databaseBytes: 500_000_000, rowsWrittenADay: 100_000, rowsReadADay: 5_000_000 },
  ],
  ["workers-paid", { calls: 10_000, queries: 1_000, databaseBytes: 10_000_000_000, ...UNCOUNTED }],
  ["webflow-cloud", { calls: 1_000, queries: 1_000, databaseBytes: 100_000_000, ...UNCOUNTED }],
] as const)("The profile %s has the documented figures", (platform, figures) => {
  expect(createMeter(platform).limits).toEqual({ queryMs: 30_000, ...figures });
});
