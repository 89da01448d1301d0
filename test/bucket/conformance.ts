import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listAll } from "../../src/bucket/list.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import type { Bytes } from "../../src/bytes.ts";

export interface BucketSubject {
  /** An empty bucket, and what releases it. */
  create(): Promise<{ bucket: Bucket; close?(): Promise<void> }>;
  /** Tests an implementation cannot keep, each with the reason why. */
  skip?: { reason: string; tests: string[] }[];
}

const MiB = 1024 * 1024;

/** What every bucket must do. The same tests run on every implementation. */
export function describeBucket(name: string, subject: BucketSubject): void {
  describe(`${name} as a bucket`, () => {
    let bucket: Bucket;
    let close: (() => Promise<void>) | undefined;
    beforeEach(async () => {
      const created = await subject.create();
      bucket = created.bucket;
      close = created.close;
    });
    afterEach(async () => close?.());

    function test(title: string, body: () => Promise<void>): void {
      const skipped = subject.skip?.find(({ tests }) => tests.includes(title));
      if (skipped) it.skip(`${title} (${skipped.reason})`, body);
      else it(title, body);
    }

    test("answers null for an object that is not there", async () => {
      expect(await bucket.head("none")).toBeNull();
      expect(await bucket.get("none")).toBeNull();
      expect(await bucket.get("none", { offset: 0, length: 0 })).toBeNull();
    });

    test("gives back the bytes, the size, the metadata and a time", async () => {
      const before = Date.now();
      const put = await bucket.put("a/b c?é", bytes("hello"), {
        metadata: { one: "1", two: "zwei" },
        contentType: "text/plain",
      });
      expect(put).toMatchObject({ name: "a/b c?é", size: 5, metadata: { one: "1", two: "zwei" } });
      expect(put.etag).toBe("5d41402abc4b2a76b9719d911017c592");
      // A file system's clock, or a server's, may be a little off.
      expect(put.uploaded.getTime()).toBeGreaterThan(before - 1000);
      expect(put.uploaded.getTime()).toBeLessThan(Date.now() + 1000);
      expect(await bucket.head("a/b c?é")).toEqual(put);
      const got = await bucket.get("a/b c?é");
      expect(got?.info).toEqual(put);
      expect(await text(got?.body)).toBe("hello");
    });

    test("replaces an object only while it is the one that was read", async () => {
      expect(await bucket.replace("a", "0".repeat(32), bytes("x"))).toBeNull();
      expect(await bucket.head("a")).toBeNull();
      const first = await bucket.replace("a", null, bytes("one"), { metadata: { n: "1" } });
      expect(first).toMatchObject({ name: "a", size: 3, metadata: { n: "1" } });
      expect(await bucket.replace("a", null, bytes("two"))).toBeNull();
      const second = await bucket.replace("a", first!.etag, bytes("three"));
      expect(second).toMatchObject({ size: 5 });
      expect(await bucket.replace("a", first!.etag, bytes("four"))).toBeNull();
      expect(await text((await bucket.get("a"))?.body)).toBe("three");
    });

    test("lets one of many replace an object that all have read", async () => {
      const { etag } = await bucket.put("a", bytes("read by all"));
      const writers = Array.from({ length: 8 }, (_, i) => bucket.replace("a", etag, bytes(`writer ${i}`)));
      const written = (await Promise.all(writers)).flatMap((info, i) => (info === null ? [] : [i]));
      expect(written).toHaveLength(1);
      expect(await text((await bucket.get("a"))?.body)).toBe(`writer ${written[0]}`);
    });

    test("keeps an empty object", async () => {
      await bucket.put("empty", new Uint8Array(0), { metadata: { only: "metadata" } });
      expect(await bucket.head("empty")).toMatchObject({ size: 0, metadata: { only: "metadata" } });
      expect(await text((await bucket.get("empty"))?.body)).toBe("");
      expect(await text((await bucket.get("empty", { suffix: 5 }))?.body)).toBe("");
    });

    test("overwrites bytes and metadata together", async () => {
      await bucket.put("a", bytes("first, longer"), { metadata: { old: "yes" } });
      await bucket.put("a", bytes("second"));
      const got = await bucket.get("a");
      expect(got?.info).toMatchObject({ size: 6, metadata: {} });
      expect(await text(got?.body)).toBe("second");
    });

    test("reads ranges and says the whole size with them", async () => {
      await bucket.put("digits", bytes("0123456789"));
      const ranges = [
        [{ offset: 0, length: 3 }, "012"],
        [{ offset: 4, length: 2 }, "45"],
        [{ offset: 7 }, "789"],
        [{ suffix: 2 }, "89"],
      ] as const;
      for (const [range, expected] of ranges) {
        const got = await bucket.get("digits", range);
        expect(got?.info.size).toBe(10);
        expect(await text(got?.body)).toBe(expected);
      }
    });

    test("cuts a range that goes past the end", async () => {
      await bucket.put("digits", bytes("0123456789"));
      expect(await text((await bucket.get("digits", { offset: 8, length: 100 }))?.body)).toBe("89");
      expect(await text((await bucket.get("digits", { suffix: 100 }))?.body)).toBe("0123456789");
      expect(await text((await bucket.get("digits", { offset: 10 }))?.body)).toBe("");
      expect(await text((await bucket.get("digits", { offset: 50, length: 1 }))?.body)).toBe("");
      expect(await text((await bucket.get("digits", { offset: 2, length: 0 }))?.body)).toBe("");
    });

    test("deletes what is there and ignores what is not", async () => {
      await bucket.put("a", bytes("1"));
      await bucket.put("b", bytes("2"));
      await bucket.put("c", bytes("3"));
      await bucket.delete(["a", "c", "never"]);
      await bucket.delete([]);
      expect((await bucket.list({ prefix: "" })).objects.map((object) => object.name)).toEqual(["b"]);
    });

    test("lists a prefix in name order, with sizes and metadata", async () => {
      for (const name of ["x/b", "x/a", "y/a", "x", "x/a/deep"]) {
        await bucket.put(name, bytes(name), { metadata: { name } });
      }
      const page = await bucket.list({ prefix: "x/" });
      expect(page.cursor).toBeUndefined();
      expect(page.objects.map((object) => [object.name, object.size, object.metadata.name])).toEqual([
        ["x/a", 3, "x/a"],
        ["x/a/deep", 8, "x/a/deep"],
        ["x/b", 3, "x/b"],
      ]);
      expect((await bucket.list({ prefix: "nothing" })).objects).toEqual([]);
    });

    test("goes on listing from a cursor and misses nothing", async () => {
      const names = Array.from({ length: 23 }, (_, index) => `page/${String(index).padStart(3, "0")}`);
      for (const name of names) await bucket.put(name, bytes("."), { metadata: { name } });
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await bucket.list({ prefix: "page/", limit: 10, ...(cursor ? { cursor } : {}) });
        expect(page.objects.length).toBeLessThanOrEqual(10);
        for (const object of page.objects) {
          expect(object.metadata.name).toBe(object.name);
          seen.push(object.name);
        }
        cursor = page.cursor;
        pages++;
      } while (cursor !== undefined);
      expect(seen).toEqual(names);
      expect(pages).toBeGreaterThanOrEqual(3);
      const all: string[] = [];
      for await (const { name } of listAll(bucket, "page/")) all.push(name);
      expect(all).toEqual(names);
    });

    test("joins parts sent out of order, as bytes and as streams, into one object", async () => {
      const first = filled(5 * MiB, 1);
      const second = filled(5 * MiB, 2);
      const last = bytes("the end");
      const { uploadId } = await bucket.createUpload("big", { metadata: { kind: "joined" } });
      const three = await bucket.uploadPart("big", { uploadId, partNumber: 3, body: last });
      const two = await bucket.uploadPart("big", {
        uploadId,
        partNumber: 2,
        body: { stream: streamed(second), length: 5 * MiB },
      });
      const one = await bucket.uploadPart("big", { uploadId, partNumber: 1, body: first });
      expect(await bucket.head("big")).toBeNull();
      const info = await bucket.completeUpload("big", uploadId, [
        { partNumber: 1, etag: one.etag },
        { partNumber: 2, etag: two.etag },
        { partNumber: 3, etag: three.etag },
      ]);
      expect(info).toMatchObject({ name: "big", size: 10 * MiB + 7, metadata: { kind: "joined" } });
      expect(info.etag).toMatch(/-3$/);
      expect(await text((await bucket.get("big", { suffix: 8 }))?.body)).toBe("\u0002the end");
      const middle = await read((await bucket.get("big", { offset: 5 * MiB - 2, length: 4 }))?.body);
      expect([...middle]).toEqual([1, 1, 2, 2]);
    });

    test("replaces a part that is sent again", async () => {
      const { uploadId } = await bucket.createUpload("again");
      const before = await bucket.uploadPart("again", { uploadId, partNumber: 1, body: bytes("wrong") });
      const after = await bucket.uploadPart("again", { uploadId, partNumber: 1, body: bytes("right") });
      await expect(
        bucket.completeUpload("again", uploadId, [{ partNumber: 1, etag: before.etag }]),
      ).rejects.toMatchObject({ code: "PART_MISSING" });
      await bucket.completeUpload("again", uploadId, [{ partNumber: 1, etag: after.etag }]);
      expect(await text((await bucket.get("again"))?.body)).toBe("right");
    });

    test("refuses parts that are too small or unequal, when the upload completes", async () => {
      const cases = [
        { sizes: [5 * MiB - 1, 10], code: "PART_TOO_SMALL" },
        { sizes: [6 * MiB, 5 * MiB, 10], code: "PART_SIZE_MISMATCH" },
        { sizes: [5 * MiB, 5 * MiB + 1], code: "PART_SIZE_MISMATCH" },
      ];
      for (const { sizes, code } of cases) {
        const { uploadId } = await bucket.createUpload("rules");
        const parts = [];
        for (const [index, size] of sizes.entries()) {
          const { etag } = await bucket.uploadPart("rules", {
            uploadId,
            partNumber: index + 1,
            body: filled(size, index),
          });
          parts.push({ partNumber: index + 1, etag });
        }
        await expect(bucket.completeUpload("rules", uploadId, parts)).rejects.toMatchObject({ code });
        expect(await bucket.head("rules")).toBeNull();
        await bucket.abortUpload("rules", uploadId);
      }
    });

    test("refuses a part whose stream is shorter than its length", async () => {
      const { uploadId } = await bucket.createUpload("short");
      await expect(
        bucket.uploadPart("short", {
          uploadId,
          partNumber: 1,
          body: { stream: streamed(bytes("abc")), length: 5 },
        }),
      ).rejects.toMatchObject({ name: "FerryError" });
      await bucket.abortUpload("short", uploadId);
    });

    test("forgets an aborted upload, and forgets it twice", async () => {
      const { uploadId } = await bucket.createUpload("gone");
      const { etag } = await bucket.uploadPart("gone", { uploadId, partNumber: 1, body: bytes("part") });
      await bucket.abortUpload("gone", uploadId);
      await bucket.abortUpload("gone", uploadId);
      await expect(
        bucket.uploadPart("gone", { uploadId, partNumber: 2, body: bytes("more") }),
      ).rejects.toMatchObject({
        code: "UPLOAD_NOT_FOUND",
      });
      await expect(bucket.completeUpload("gone", uploadId, [{ partNumber: 1, etag }])).rejects.toMatchObject({
        code: "UPLOAD_NOT_FOUND",
      });
      expect(await bucket.head("gone")).toBeNull();
    });
  });
}

export function bytes(value: string): Bytes {
  return new TextEncoder().encode(value);
}

export function filled(length: number, value: number): Bytes {
  return new Uint8Array(length).fill(value);
}

/** A stream that forgot its length, in several chunks. */
export function streamed(value: Bytes): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = value.slice(offset, offset + 64 * 1024);
      offset += chunk.length;
      if (chunk.length > 0) controller.enqueue(chunk);
      else controller.close();
    },
  });
}

export async function read(body: ReadableStream<Uint8Array> | undefined): Promise<Bytes> {
  return new Uint8Array(await new Response(body ?? null).arrayBuffer());
}

export async function text(body: ReadableStream<Uint8Array> | undefined): Promise<string> {
  expect(body).toBeDefined();
  return new TextDecoder().decode(await read(body));
}
