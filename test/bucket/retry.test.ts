import { describe, expect, it } from "vitest";
import type { Bucket } from "../../src/bucket/port.ts";
import { withRetry } from "../../src/bucket/retry.ts";
import { FerryError } from "../../src/errors.ts";
import { streamed } from "./conformance.ts";
import { transient } from "./faulty.ts";

/** A bucket of which every operation fails so often, then answers. */
function failing(times: number, error: () => unknown = transient) {
  let calls = 0;
  const operation = async () => {
    if (++calls <= times) throw error();
    return { etag: "done" };
  };
  const bucket = new Proxy({}, { get: () => operation }) as Bucket;
  return { bucket, calls: () => calls };
}

/** A clock that only sleeping moves. */
function clock() {
  const waits: number[] = [];
  let time = 0;
  return {
    waits,
    now: () => time,
    sleep: async (ms: number) => {
      waits.push(ms);
      time += ms;
    },
  };
}

describe("A bucket with retries", () => {
  it("gets past transient errors in every operation that can be repeated", async () => {
    const calls: ((bucket: Bucket) => Promise<unknown>)[] = [
      (bucket) => bucket.head("a"),
      (bucket) => bucket.get("a"),
      (bucket) => bucket.put("a", new Uint8Array(1)),
      (bucket) => bucket.delete(["a"]),
      (bucket) => bucket.list({ prefix: "" }),
      (bucket) => bucket.createUpload("a"),
      (bucket) => bucket.uploadPart("a", { uploadId: "id", partNumber: 1, body: new Uint8Array(1) }),
      (bucket) => bucket.completeUpload("a", "id", []),
      (bucket) => bucket.abortUpload("a", "id"),
    ];
    for (const call of calls) {
      const { bucket, calls } = failing(2);
      await expect(call(withRetry(bucket, clock()))).resolves.toEqual({ etag: "done" });
      expect(calls()).toBe(3);
    }
  });

  it("waits twice as long each time, by a random part less, up to the longest delay", async () => {
    const time = clock();
    const options = { ...time, retries: 6, minDelay: 100, maxDelay: 1000 };
    await withRetry(failing(6).bucket, { ...options, random: () => 1 }).head("a");
    expect(time.waits).toEqual([100, 200, 400, 800, 1000, 1000]);
    time.waits.length = 0;
    await withRetry(failing(2).bucket, { ...options, random: () => 0 }).head("a");
    expect(time.waits).toEqual([50, 100]);
  });

  it("throws the last error once the tries are used up", async () => {
    const { bucket, calls } = failing(100);
    await expect(withRetry(bucket, { ...clock(), retries: 3 }).head("a")).rejects.toMatchObject({
      code: "BUCKET_ERROR",
    });
    expect(calls()).toBe(4);
  });

  it("begins no further try after the time allowed", async () => {
    const time = clock();
    const { bucket, calls } = failing(100);
    const retried = withRetry(bucket, {
      ...time,
      retries: 50,
      minDelay: 1000,
      maxTime: 5000,
      random: () => 1,
    });
    await expect(retried.head("a")).rejects.toMatchObject({ code: "BUCKET_ERROR" });
    expect(time.now()).toBeLessThanOrEqual(5000);
    expect(calls()).toBe(4);
  });

  it("throws permanent errors and foreign ones at once", async () => {
    for (const error of [new FerryError("UPLOAD_NOT_FOUND", "gone"), new TypeError("a bug")]) {
      const { bucket, calls } = failing(1, () => error);
      await expect(withRetry(bucket, clock()).head("a")).rejects.toBe(error);
      expect(calls()).toBe(1);
    }
  });

  it("does not send a part again whose stream is used up", async () => {
    const { bucket, calls } = failing(1);
    const body = { stream: streamed(new Uint8Array(3)), length: 3 };
    await expect(
      withRetry(bucket, clock()).uploadPart("a", { uploadId: "id", partNumber: 1, body }),
    ).rejects.toMatchObject({
      transient: true,
    });
    expect(calls()).toBe(1);
  });

  it("stops waiting when the caller stops", async () => {
    const stop = new AbortController();
    const sleep = async () => stop.abort(new Error("enough"));
    const retried = withRetry(failing(9).bucket, { sleep, signal: stop.signal });
    await expect(retried.head("a")).rejects.toThrow("enough");
  });
});
