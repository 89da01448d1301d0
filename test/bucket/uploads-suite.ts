import { beforeEach, describe, expect, it } from "vitest";
import { listAll } from "../../src/bucket/list.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import { createUploads, type LedgerPart, type Uploads } from "../../src/bucket/uploads.ts";
import type { Bytes } from "../../src/bytes.ts";
import { bytes, filled, read, streamed, text } from "./conformance.ts";
import { faultyBucket, transient } from "./faulty.ts";

const MiB = 1024 * 1024;
const WEEK = 7 * 24 * 60 * 60 * 1000;

/** What the upload ledger must do on every bucket. */
export function describeUploads(name: string, create: () => Promise<{ bucket: Bucket }>): void {
  describe(`The upload ledger on ${name}`, () => {
    let bucket: Bucket;
    let uploads: Uploads;
    let time: number;
    const now = () => time;
    beforeEach(async () => {
      ({ bucket } = await create());
      time = 1_700_000_000_000;
      uploads = createUploads(bucket, { now });
    });

    async function names(): Promise<string[]> {
      const all: string[] = [];
      for await (const info of listAll(bucket, "")) all.push(info.name);
      return all;
    }

    async function begin(partSize = 5 * MiB) {
      const { key, uploadId } = await uploads.start({ partSize });
      const send = (partNumber: number, body: Bytes) =>
        uploads.part({ key, uploadId, partNumber, body, length: body.length });
      const complete = (parts: readonly { partNumber: number; etag: string }[]) =>
        uploads.complete({ key, uploadId, parts });
      return { key, uploadId, send, complete };
    }

    it("takes parts in any order, at once, as streams, and joins them", async () => {
      const { key, uploadId, complete } = await begin();
      const bodies = [filled(5 * MiB, 1), filled(5 * MiB, 2), bytes("last")];
      const parts = await Promise.all(
        [3, 2, 1].map((partNumber) => {
          const body = bodies[partNumber - 1] as Bytes;
          return uploads.part({ key, uploadId, partNumber, body: streamed(body), length: body.length });
        }),
      );
      expect((await uploads.status(key)).parts.map(({ partNumber, size }) => [partNumber, size])).toEqual([
        [1, 5 * MiB],
        [2, 5 * MiB],
        [3, 4],
      ]);
      const done = await complete(parts);
      expect(done).toMatchObject({ key, size: 10 * MiB + 4 });
      const object = await read((await bucket.get(`d1-ferry/${key}`))?.body);
      expect([object[0], object[5 * MiB], object.at(-1)]).toEqual([1, 2, "t".charCodeAt(0)]);
    });

    it("starts with 10 MiB parts and says when the upload expires, and what is uploaded", async () => {
      const file = { name: "Beiträge.json", format: "document" } as const;
      const started = await uploads.start({ file });
      expect(started).toMatchObject({ partSize: 10 * MiB, expiresAt: time + WEEK });
      expect(started.key).toMatch(/^sync-1700000000000-/);
      expect(await uploads.status(started.key)).toEqual({
        ...started,
        file,
        createdAt: time,
        parts: [],
        completed: null,
      });
    });

    it("refuses part sizes outside 5 to 95 MiB and keys that are taken or not ours", async () => {
      for (const partSize of [5 * MiB - 1, 95 * MiB + 1, 0, -1, 6.5 * MiB + 0.5, Number.NaN]) {
        await expect(uploads.start({ partSize })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
      }
      await expect(uploads.start({ key: "../x" })).rejects.toMatchObject({ code: "INVALID_KEY" });
      const { key } = await uploads.start();
      await bucket.put(`d1-ferry/${key}`, new Uint8Array(1));
      await expect(uploads.start({ key })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
      expect(await names()).toHaveLength(2);
    });

    it("takes equal parts of another size than declared, as `split` makes them", async () => {
      const { send, complete } = await begin(10 * MiB);
      const parts = [
        await send(1, filled(8 * MiB, 1)),
        await send(2, filled(8 * MiB, 2)),
        await send(3, bytes("x")),
      ];
      await expect(complete(parts)).resolves.toMatchObject({ size: 16 * MiB + 1 });
    });

    it("takes one small part, since the last may be small", async () => {
      const { key, send, complete } = await begin();
      await complete([await send(1, bytes("{}"))]);
      expect(await text((await bucket.get(`d1-ferry/${key}`))?.body)).toBe("{}");
    });

    it("refuses a part before reading it: its number, its length, its size", async () => {
      const { key, uploadId } = await begin();
      const part = (over: object) =>
        uploads.part({ key, uploadId, partNumber: 1, body: bytes("abc"), length: 3, ...over });
      for (const partNumber of [0, 10_001, 1.5, Number.NaN]) {
        await expect(part({ partNumber })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
      }
      await expect(part({ length: null })).rejects.toMatchObject({ code: "LENGTH_REQUIRED" });
      await expect(part({ length: 0 })).rejects.toMatchObject({ code: "PART_TOO_SMALL" });
      await expect(part({ body: null })).rejects.toMatchObject({ code: "PART_TOO_SMALL" });
      await expect(part({ length: 5 * MiB + 1 })).rejects.toMatchObject({
        code: "CONTENT_TOO_LARGE",
        details: { partNumber: 1, size: 5 * MiB + 1, partSize: 5 * MiB },
      });
      expect((await uploads.status(key)).parts).toEqual([]);
    });

    it("knows only its own uploads", async () => {
      const mine = await begin();
      const other = await begin();
      const foreign = await bucket.createUpload(`d1-ferry/${mine.key}`);
      for (const uploadId of [other.uploadId, foreign.uploadId, "nonsense", ""]) {
        const reference = { key: mine.key, uploadId };
        const refused = { code: "UPLOAD_NOT_FOUND", details: { reason: "upload-not-open" } };
        await expect(
          uploads.part({ ...reference, partNumber: 1, body: bytes("x"), length: 1 }),
        ).rejects.toMatchObject(refused);
        await expect(uploads.complete({ ...reference, parts: [] })).rejects.toMatchObject(refused);
        await expect(uploads.abort(reference)).rejects.toMatchObject(refused);
      }
      await expect(uploads.status("sync-1-abcdefghijkl")).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
      await bucket.abortUpload(`d1-ferry/${mine.key}`, foreign.uploadId);
    });

    it("forgets an upload after seven days", async () => {
      const { key, uploadId, send, complete } = await begin();
      const part = await send(1, bytes("x"));
      time += WEEK;
      const refused = { code: "UPLOAD_NOT_FOUND" };
      await expect(send(2, bytes("y"))).rejects.toMatchObject(refused);
      await expect(complete([part])).rejects.toMatchObject(refused);
      await expect(uploads.status(key)).rejects.toMatchObject(refused);
      await expect(uploads.abort({ key, uploadId })).resolves.toEqual({ aborted: true });
    });

    it("says so when the bucket has forgotten an upload before its time", async () => {
      const { key, uploadId, send, complete } = await begin();
      const part = await send(1, bytes("x"));
      await bucket.abortUpload(`d1-ferry/${key}`, uploadId);
      const refused = { code: "UPLOAD_NOT_FOUND", details: { reason: "upload-not-open" } };
      await expect(send(2, bytes("y"))).rejects.toMatchObject(refused);
      await expect(complete([part])).rejects.toMatchObject(refused);
    });

    it("replaces a part that is sent again, and believes only its last etag", async () => {
      const { key, send, complete } = await begin();
      const before = await send(1, bytes("first try"));
      const after = await send(1, bytes("second"));
      expect((await uploads.status(key)).parts).toEqual([after]);
      await expect(complete([before])).rejects.toMatchObject({
        code: "ETAG_MISMATCH",
        details: { partNumber: 1 },
      });
      await complete([{ partNumber: 1, etag: `"${after.etag}"` }]);
      expect(await text((await bucket.get(`d1-ferry/${key}`))?.body)).toBe("second");
    });

    it("refuses lists with gaps, unknown parts, parts left out and parts listed twice", async () => {
      const { key, send, complete } = await begin();
      await expect(complete([])).rejects.toMatchObject({ code: "PART_MISSING" });
      const one = await send(1, filled(5 * MiB, 1));
      const three = await send(3, filled(5 * MiB, 3));
      const four = await send(4, bytes("end"));
      await expect(complete([one, three, four])).rejects.toMatchObject({
        code: "PART_MISSING",
        message: "Part 2 of 4 never arrived",
        details: { notReceived: [2] },
      });
      const two = await send(2, filled(5 * MiB, 2));
      await expect(complete([one, two, three])).rejects.toMatchObject({
        code: "PART_MISSING",
        details: { notListed: [4] },
      });
      await expect(complete([one, two, three, four, { partNumber: 5, etag: "x" }])).rejects.toMatchObject({
        code: "PART_MISSING",
        details: { notReceived: [5] },
      });
      await expect(complete([one, two, two, three, four])).rejects.toMatchObject({ code: "INVALID_REQUEST" });
      await expect(complete([one, { ...two, etag: three.etag }, three, four])).rejects.toMatchObject({
        code: "ETAG_MISMATCH",
        details: { partNumber: 2 },
      });
      expect(await bucket.head(`d1-ferry/${key}`)).toBeNull();
      await expect(complete([four, three, two, one])).resolves.toMatchObject({ size: 15 * MiB + 3 });
    });

    it("names the part whose size breaks the rules", async () => {
      const cases: { sizes: number[]; code: string; partNumber: number }[] = [
        { sizes: [5 * MiB, 100, 5 * MiB], code: "PART_TOO_SMALL", partNumber: 2 },
        { sizes: [6 * MiB, 5 * MiB, 100], code: "PART_SIZE_MISMATCH", partNumber: 2 },
        { sizes: [5 * MiB, 5 * MiB + 1], code: "PART_SIZE_MISMATCH", partNumber: 2 },
      ];
      for (const { sizes, code, partNumber } of cases) {
        const { key, uploadId, send, complete } = await begin(10 * MiB);
        const parts: LedgerPart[] = [];
        for (const [index, size] of sizes.entries()) parts.push(await send(index + 1, filled(size, index)));
        await expect(complete(parts)).rejects.toMatchObject({ code, details: { partNumber } });
        await uploads.abort({ key, uploadId });
      }
    });

    it("answers the same when an upload is completed twice, and keeps only a receipt", async () => {
      const { key, uploadId, send, complete } = await begin();
      const parts = [await send(1, filled(5 * MiB, 1)), await send(2, bytes("end"))];
      const first = await complete(parts);
      expect(await complete(parts)).toEqual(first);
      expect(await names()).toEqual([`d1-ferry/${key}`, `d1-ferry/uploads/${key}/completed`]);
      expect(await uploads.status(key)).toMatchObject({
        uploadId,
        parts: [],
        completed: { size: first.size, etag: first.etag },
      });
      await expect(send(3, bytes("late"))).rejects.toMatchObject({
        message: expect.stringContaining("completed"),
      });
      await expect(uploads.abort({ key, uploadId })).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
      expect(await bucket.head(`d1-ferry/${key}`)).not.toBeNull();
    });

    it("completes once when two ask at the same time", async () => {
      const { send, complete } = await begin();
      const parts = [await send(1, bytes("only"))];
      const [first, second] = await Promise.all([complete(parts), complete(parts)]);
      expect(second).toEqual(first);
    });

    it("completes again after a crash at any step", async () => {
      for (const step of ["completeUpload", "put", "delete"] as const) {
        const { key, uploadId, send } = await begin();
        const parts = [await send(1, bytes("only"))];
        const broken = faultyBucket(bucket, {
          after: (operation) => {
            if (operation === step) throw transient(`crashed after ${step}`);
          },
        });
        const crashed = createUploads(broken.bucket, { now }).complete({ key, uploadId, parts });
        // It may settle that by itself: what the bucket did is there to be seen.
        await crashed.catch((error: unknown) =>
          expect(error).toMatchObject({ message: `crashed after ${step}` }),
        );
        expect(broken.calls.get(step)).toBeGreaterThan(0);
        await expect(uploads.complete({ key, uploadId, parts })).resolves.toMatchObject({ key, size: 4 });
        expect(await names()).toEqual([`d1-ferry/${key}`, `d1-ferry/uploads/${key}/completed`]);
        await bucket.delete([`d1-ferry/${key}`]);
        await uploads.forget(key);
      }
    });

    it("aborts, and aborts twice, and leaves nothing", async () => {
      const { key, uploadId, send } = await begin();
      await send(1, bytes("x"));
      expect(await uploads.abort({ key, uploadId })).toEqual({ aborted: true });
      expect(await uploads.abort({ key, uploadId })).toEqual({ aborted: false });
      expect(await names()).toEqual([]);
      await expect(send(1, bytes("x"))).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
    });

    it("forgets a key's upload, finished or not, but not its object", async () => {
      const open = await begin();
      await open.send(1, bytes("x"));
      const finished = await begin();
      await finished.complete([await finished.send(1, bytes("kept"))]);
      await uploads.forget(open.key);
      await uploads.forget(finished.key);
      await uploads.forget(finished.key);
      expect(await names()).toEqual([`d1-ferry/${finished.key}`]);
      await expect(open.send(2, bytes("y"))).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
    });
  });
}
