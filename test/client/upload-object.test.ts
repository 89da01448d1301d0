import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ByteSource } from "../../src/archive/types.ts";
import type { Bytes } from "../../src/bytes.ts";
import {
  createClient,
  type ResumeRecord,
  type ResumeState,
  type UploadObjectOptions,
  uploadObject,
} from "../../src/client/index.ts";
import { choosePartSize, planParts } from "../../src/client/part-plan.ts";
import { USAGE } from "../support/answers.ts";
import { type FakeApp, type SeenRequest, startFakeApp } from "./fake-app.ts";

const PART = 1000;
const FILE = Buffer.from(Array.from({ length: 10 * PART + 123 }, (_, index) => (index * 7) % 256));
const md5 = (bytes: Bytes) => createHash("md5").update(bytes).digest("hex");

let app: FakeApp;
beforeEach(async () => {
  app = await startFakeApp();
});
afterEach(() => app.close());

function upload(options: UploadObjectOptions = {}, source = fileSource(FILE)) {
  const client = createClient({ baseUrl: app.url, retry: { retries: 3, minDelay: 1, maxDelay: 5 } });
  return uploadObject(client, source, { chunkSize: PART, md5, ...options });
}

function fileSource(file: Buffer, onRead: (length: number) => void = () => {}): ByteSource {
  return {
    size: file.length,
    async read(offset, length) {
      onRead(length);
      return new Uint8Array(file.subarray(offset, offset + length));
    },
    stream: () => Promise.reject(new Error("parts are read by range")),
  };
}

function memoryRecord(): ResumeRecord & { state: ResumeState | null } {
  return {
    state: null,
    async load() {
      return this.state;
    },
    async save(state) {
      this.state = state;
    },
    async clear() {
      this.state = null;
    },
  };
}

const isPart = (partNumber?: number) => (request: SeenRequest) =>
  request.method === "PUT" &&
  (partNumber === undefined || request.query.get("partNumber") === String(partNumber));
const partsSent = () => app.seen.filter(isPart()).map(({ query }) => Number(query.get("partNumber")));
const objectOf = (key: string) => app.uploads.get(key)?.object;

describe("Uploading a file in parts", () => {
  it("puts the same bytes into the bucket and tells of its progress", async () => {
    const told: number[] = [];
    const done = await upload({ onProgress: ({ bytes }) => told.push(bytes) });
    expect(objectOf(done.key)?.equals(FILE)).toBe(true);
    expect(done).toMatchObject({ bytes: FILE.length, parts: 11, resumedParts: 0 });
    expect(told).toHaveLength(11);
    expect(told.at(-1)).toBe(FILE.length);
    expect([...told].sort((a, b) => a - b)).toEqual(told);
  });

  it("says the file's name, as far as the app takes it", async () => {
    await upload({ name: `${"x".repeat(200)}.json` });
    await upload();
    const starts = app.seen.map(({ body }) => body.toString()).filter((body) => body.includes('"start"'));
    expect(starts.map((body) => JSON.parse(body).name)).toEqual(["x".repeat(120), undefined]);
  });

  it("keeps no more parts in memory than are on their way", async () => {
    let reading = 0;
    let most = 0;
    const source = fileSource(FILE, () => {
      reading++;
      most = Math.max(most, reading);
    });
    await upload({ concurrency: 3, onProgress: () => reading-- }, source);
    expect(most).toBe(3);
  });

  it("gets past dropped connections, 500s and answers that were lost", async () => {
    app.next(isPart(2), { drop: "before" });
    app.next(isPart(3), { drop: "after" });
    app.next(isPart(5), { status: 500, text: "<html>" });
    app.next(isPart(5), { status: 429, text: "slow", headers: { "retry-after": "0" } });
    app.next(({ body }) => body.includes('"complete"'), { drop: "after" });
    const { key } = await upload();
    expect(objectOf(key)?.equals(FILE)).toBe(true);
  });

  it("works where etags are not MD5s", async () => {
    await app.close();
    app = await startFakeApp({ opaqueEtags: true });
    const { key } = await upload();
    expect(objectOf(key)?.equals(FILE)).toBe(true);
  });

  it("works without an MD5 function", async () => {
    const client = createClient({ baseUrl: app.url });
    const { key } = await uploadObject(client, fileSource(FILE), { chunkSize: PART });
    expect(objectOf(key)?.equals(FILE)).toBe(true);
  });

  it("sends a part again that arrived as other bytes, and refuses to go on if it always does", async () => {
    const wrong = { success: true, partNumber: 4, etag: "0".repeat(32), size: PART, usage: USAGE };
    app.next(isPart(4), { status: 200, json: wrong });
    const { key } = await upload();
    expect(objectOf(key)?.equals(FILE)).toBe(true);
    for (let count = 0; count < 3; count++) app.next(isPart(4), { status: 200, json: wrong });
    await expect(upload()).rejects.toMatchObject({ code: "ETAG_MISMATCH", details: { partNumber: 4 } });
  });

  it("refuses an empty file before anything is sent", async () => {
    await expect(upload({}, fileSource(Buffer.alloc(0)))).rejects.toMatchObject({ code: "DOCUMENT_INVALID" });
    expect(app.seen).toHaveLength(0);
  });
});

describe("Going on with an upload", () => {
  async function breakAfter(record: ResumeRecord, partNumber: number): Promise<void> {
    for (let count = 0; count < 4; count++) app.next(isPart(partNumber), { drop: "before" });
    await expect(upload({ record, concurrency: 1 })).rejects.toMatchObject({
      code: "UNREACHABLE",
      hint: expect.stringContaining(`${partNumber - 1} of 11 parts are safe`),
      details: { parts: partNumber - 1, totalParts: 11 },
    });
    app.seen.length = 0;
  }

  it("sends only the parts that are missing", async () => {
    const record = memoryRecord();
    await breakAfter(record, 7);
    const done = await upload({ record });
    expect(partsSent().sort((a, b) => a - b)).toEqual([7, 8, 9, 10, 11]);
    expect(done.resumedParts).toBe(6);
    expect(objectOf(done.key)?.equals(FILE)).toBe(true);
    expect(app.uploads.size).toBe(1);
  });

  it("keeps the part size that the upload was started with", async () => {
    const record = memoryRecord();
    await breakAfter(record, 3);
    const done = await upload({ record, chunkSize: 500 });
    expect(done.parts).toBe(11);
    expect(objectOf(done.key)?.equals(FILE)).toBe(true);
  });

  it("replaces parts whose size or MD5 is not the file's", async () => {
    const record = memoryRecord();
    await breakAfter(record, 7);
    const { parts } = app.uploads.get(record.state!.key)!;
    parts.set(2, { ...parts.get(2)!, etag: "f".repeat(32) });
    parts.set(3, { ...parts.get(3)!, size: 999 });
    const done = await upload({ record });
    expect(partsSent().sort((a, b) => a - b)).toEqual([2, 3, 7, 8, 9, 10, 11]);
    expect(objectOf(done.key)?.equals(FILE)).toBe(true);
  });

  it("sends nothing when the upload is already complete", async () => {
    const record = memoryRecord();
    const first = await upload({ record });
    app.seen.length = 0;
    const second = await upload({ record });
    expect(second).toMatchObject({ key: first.key, bytes: FILE.length, resumedParts: 11 });
    expect(app.seen).toHaveLength(1);
  });

  it("starts anew when the server has forgotten the upload", async () => {
    const record = memoryRecord();
    await breakAfter(record, 5);
    const before = record.state!.key;
    app.uploads.get(before)!.uploadId = "another";
    const done = await upload({ record });
    expect(done.key).not.toBe(before);
    expect(record.state?.key).toBe(done.key);
    expect(objectOf(done.key)?.equals(FILE)).toBe(true);
  });

  it("starts anew when the record is of a file of another size", async () => {
    const record = memoryRecord();
    await upload({ record });
    const longer = Buffer.concat([FILE, Buffer.from("more")]);
    const done = await upload({ record }, fileSource(longer));
    expect(objectOf(done.key)?.equals(longer)).toBe(true);
  });

  it("stops at once when the caller stops, and keeps what arrived", async () => {
    const record = memoryRecord();
    const stop = new AbortController();
    const onProgress = ({ parts }: { parts: number }) => parts === 4 && stop.abort(new Error("interrupted"));
    const stopped = upload({
      record,
      concurrency: 2,
      signal: stop.signal,
      onProgress: (p) => void onProgress(p),
    });
    await expect(stopped).rejects.toThrow("interrupted");
    expect(partsSent().length).toBeLessThan(8);
    const done = await upload({ record });
    expect(done.resumedParts).toBeGreaterThanOrEqual(4);
    expect(objectOf(done.key)?.equals(FILE)).toBe(true);
  });
});

describe("The plan of parts", () => {
  it("covers every byte once, in parts of one size but the last", () => {
    for (const size of [1, 999, 1000, 1001, 12_345]) {
      const parts = planParts(size, 1000);
      let next = 0;
      for (const [index, part] of parts.entries()) {
        expect(part).toMatchObject({ partNumber: index + 1, offset: next });
        if (index < parts.length - 1) expect(part.size).toBe(1000);
        next += part.size;
      }
      expect(next).toBe(size);
      expect(parts.at(-1)?.size).toBeGreaterThan(0);
    }
  });

  it("takes larger parts where 10,000 of the wanted size are too few", () => {
    const MiB = 1024 * 1024;
    expect(choosePartSize(100 * MiB, 10 * MiB)).toBe(10 * MiB);
    expect(choosePartSize(200_000 * MiB, 10 * MiB)).toBe(20 * MiB);
    expect(choosePartSize(100_001 * MiB, 10 * MiB)).toBe(11 * MiB);
    expect(() => planParts(10_001, 1)).toThrow(expect.objectContaining({ code: "CONTENT_TOO_LARGE" }));
  });
});
