import { describe, expect, it } from "vitest";
import { type App, BEARER, snapshotBucket } from "./app.ts";

const PART = 5 * 1024 * 1024;
const FOREIGN_KEY = "sync-1700000000000-aaaaaaaaaaaa";

/** The multipart route over one kind of bucket. */
export function describeMultipart(name: string, create: () => App): void {
  async function start(app: App, body: object = { action: "start", chunkSize: PART }) {
    const { status, body: started } = await app.call("POST", "multipart-upload", body);
    expect(status).toBe(200);
    return started as { syncKey: string; key: string; uploadId: string; chunkSize: number };
  }

  function put(app: App, key: string, uploadId: string, partNumber: number | string, bytes: Uint8Array) {
    const query = new URLSearchParams({ key, uploadId, partNumber: String(partNumber) });
    return app.call("PUT", `multipart-upload?${query}`, bytes);
  }

  function complete(app: App, key: string, uploadId: string, parts: unknown) {
    return app.call("POST", "multipart-upload", { action: "complete", key, uploadId, parts });
  }

  function bytes(length: number, seed: number) {
    const filled = new Uint8Array(length).fill(0x20 + seed);
    filled[0] = 0x7b;
    return filled;
  }

  describe(`an upload in parts (${name})`, () => {
    it("is started, sent, looked at, completed, and then downloads as it was sent", async () => {
      const app = create();
      const { key, syncKey, uploadId, chunkSize } = await start(app);
      expect({ key, chunkSize }).toEqual({ key: syncKey, chunkSize: PART });
      const text = new TextEncoder().encode(
        `{"version":1,"data":{"t":[${'{"a":1},'.repeat(700_000)}{"a":2}]}}`,
      );
      const pieces = [text.slice(0, PART), text.slice(PART)];
      const parts = [];
      for (const [index, piece] of pieces.entries()) {
        const { status, body } = await put(app, key, uploadId, index + 1, piece);
        expect(status).toBe(200);
        expect(body).toMatchObject({ success: true, partNumber: index + 1, size: piece.length });
        parts.push({ partNumber: body.partNumber, etag: body.etag });
      }
      const held = await app.call("GET", `multipart-upload?${new URLSearchParams({ key, uploadId })}`);
      expect(held.body).toMatchObject({ key, uploadId, chunkSize: PART, completed: null });
      expect(held.body.parts.map((part: { size: number }) => part.size)).toEqual(pieces.map((p) => p.length));

      const done = await complete(app, key, uploadId, parts);
      expect(done.body).toMatchObject({ success: true, syncKey: key, bytes: text.length });
      expect(done.body.nextStep).toContain(key);

      const download = await app.fetch(`/api/admin/r2-sync?operation=download&exportKey=${key}`, {
        headers: BEARER,
      });
      expect(download.headers.get("content-disposition")).toBe(`attachment; filename="${key}.json"`);
      expect(await download.text()).toBe(new TextDecoder().decode(text));
    });

    it("is found again by the name of its file, while it is sent and once it is there", async () => {
      const app = create();
      const name = 'Beiträge 📦 "März" שלום.json';
      const { key, uploadId } = await start(app, { action: "start", name, format: "document" });
      const told = async () => (await app.call("GET", `r2-sync?syncKey=${key}`)).body.status;
      expect(await told()).toMatchObject({ status: "uploading", name, format: "document" });
      const { body: part } = await put(app, key, uploadId, 1, bytes(100, 1));
      expect((await complete(app, key, uploadId, [part])).status).toBe(200);
      expect(await told()).toMatchObject({ status: "pending", name, format: "document" });
      const unnamed = await start(app);
      const { body: other } = await put(app, unnamed.key, unnamed.uploadId, 1, bytes(100, 1));
      await complete(app, unnamed.key, unnamed.uploadId, [other]);
      const { objects } = (await app.call("GET", "r2-sync?operation=list")).body;
      const named = objects.map((one: { name: string | null; format: string | null }) => [
        one.name,
        one.format,
      ]);
      expect(named.sort()).toEqual(
        [
          [null, null],
          [name, "document"],
        ].sort(),
      );
    });

    it("takes names that an object can carry, of 120 characters at the most", async () => {
      const app = create();
      const { key } = await start(app, { action: "start", name: `${"漢".repeat(119)}\ud800` });
      const { body } = await app.call("GET", `r2-sync?syncKey=${key}`);
      expect(body.status.name).toBe(`${"漢".repeat(119)}\ufffd`);
      for (const refused of [{ name: "" }, { name: "x".repeat(121) }, { name: 1 }, { format: "sqlite" }]) {
        const answer = await app.call("POST", "multipart-upload", { action: "start", ...refused });
        expect(answer.body).toMatchObject({
          code: "INVALID_REQUEST",
          details: { field: Object.keys(refused)[0] },
        });
      }
    });

    it("has parts of 10 MiB unless another size is asked for", async () => {
      expect((await start(create(), { action: "start" })).chunkSize).toBe(10 * 1024 * 1024);
    });

    it("answers a second complete like the first", async () => {
      const app = create();
      const { key, uploadId } = await start(app);
      const { body: part } = await put(app, key, uploadId, 1, bytes(100, 1));
      const first = await complete(app, key, uploadId, [part]);
      const second = await complete(app, key, uploadId, [part]);
      expect(second.status).toBe(200);
      expect(second.body.etag).toBe(first.body.etag);
    });

    it("is gone once aborted, and aborting again is fine", async () => {
      const app = create();
      const { key, uploadId } = await start(app);
      await put(app, key, uploadId, 1, bytes(100, 1));
      const abort = () => app.call("POST", "multipart-upload", { action: "abort", key, uploadId });
      expect((await abort()).body).toMatchObject({ success: true, aborted: true });
      expect((await abort()).body).toMatchObject({ success: true, aborted: false });
      expect(await snapshotBucket(app.bucket)).toEqual([]);
      expect((await put(app, key, uploadId, 1, bytes(100, 1))).body.code).toBe("UPLOAD_NOT_FOUND");
    });

    it("is dropped with its key while it is unfinished", async () => {
      const app = create();
      const { key, uploadId } = await start(app);
      await put(app, key, uploadId, 1, bytes(100, 1));
      const { status } = await app.call("POST", "r2-sync", { operation: "drop", syncKey: key });
      expect(status).toBe(200);
      expect(await snapshotBucket(app.bucket)).toEqual([]);
    });

    it("shows its state under its key before it is completed", async () => {
      const app = create();
      const { key, uploadId } = await start(app);
      await put(app, key, uploadId, 1, bytes(100, 1));
      const { status, body } = await app.call("GET", `r2-sync?syncKey=${key}`);
      expect(status).toBe(200);
      expect(body.status).toMatchObject({ syncKey: key, status: "uploading", bytes: 100 });
    });
  });

  describe(`the key of an undo (${name})`, () => {
    const key = "undo-1700000000000-aaaaaaaaaaaa";

    it.each<[string, (app: App) => Promise<{ status: number; body: { code: string } }>]>([
      ["started", (app) => app.call("POST", "multipart-upload", { action: "start", newKey: key })],
      ["sent a part of", (app) => put(app, key, "u", 1, bytes(PART, 1))],
      ["completed", (app) => complete(app, key, "u", [{ partNumber: 1, etag: "e" }])],
      ["exported to", (app) => app.call("POST", "r2-sync", { operation: "export", newKey: key })],
      ["exported on to", (app) => app.call("POST", "r2-sync", { operation: "export", exportKey: key })],
    ])("is not %s, whether a run has kept rows there or not", async (_, attempt) => {
      const app = create();
      for (const kept of [false, true]) {
        if (kept) await app.bucket.put(`d1-ferry/${key}`, bytes(100, 3));
        const before = await snapshotBucket(app.bucket);
        const { status, body } = await attempt(app);
        expect({ status, code: body.code }).toEqual({ status: 400, code: "INVALID_KEY" });
        expect(await snapshotBucket(app.bucket)).toEqual(before);
      }
    });

    it("is no key that a document gets which names it", async () => {
      const app = create();
      const named = { operation: "upload", syncKey: key, key, exportKey: key, data: { t: [] } };
      const { body } = await app.call("POST", "r2-sync", named);
      expect(body.syncKey).toMatch(/^sync-/);
      expect(await app.bucket.head(`d1-ferry/${key}`)).toBeNull();
    });

    it("is no key that is synced where no run of this database has kept it", async () => {
      const app = create();
      await app.bucket.put(`d1-ferry/${key}`, bytes(100, 3));
      const { status, body } = await app.call("POST", "r2-sync", { operation: "sync", syncKey: key });
      expect({ status, code: body.code }).toEqual({ status: 404, code: "NOT_FOUND" });
    });
  });

  describe(`bad multipart input changes nothing in the bucket (${name})`, () => {
    async function open() {
      const app = create();
      const { key, uploadId } = await start(app);
      const first = (await put(app, key, uploadId, 1, bytes(PART, 1))).body;
      const second = (await put(app, key, uploadId, 2, bytes(100, 2))).body;
      return { app, key, uploadId, parts: [first, second], before: await snapshotBucket(app.bucket) };
    }

    it.each<[string, (parts: { partNumber: number; etag: string }[]) => unknown, string]>([
      ["a missing part", ([, second]) => [second], "PART_MISSING"],
      ["a part that was never sent", (parts) => [...parts, { partNumber: 3, etag: "x" }], "PART_MISSING"],
      ["no parts", () => [], "PART_MISSING"],
      ["a wrong etag", ([first, second]) => [{ ...first, etag: second?.etag }, second], "ETAG_MISMATCH"],
      ["an etag that is no text", ([first]) => [{ ...first, etag: 5 }], "INVALID_REQUEST"],
      ["parts that are no list", () => ({ 1: "etag" }), "INVALID_REQUEST"],
      ["no list of parts", () => undefined, "INVALID_REQUEST"],
      ["a part number of 0", ([first]) => [{ ...first, partNumber: 0 }], "INVALID_REQUEST"],
      ["a part number of 1.5", ([first]) => [{ ...first, partNumber: 1.5 }], "INVALID_REQUEST"],
    ])("complete with %s", async (_, choose, code) => {
      const { app, key, uploadId, parts, before } = await open();
      const { status, body } = await complete(app, key, uploadId, choose(parts));
      expect({ status, code: body.code }).toEqual({ status: 400, code });
      expect(await snapshotBucket(app.bucket)).toEqual(before);
    });

    it("complete with a part below 5 MiB that is not the last", async () => {
      const app = create();
      const { key, uploadId } = await start(app);
      const parts = [];
      for (const number of [1, 2])
        parts.push((await put(app, key, uploadId, number, bytes(1000, number))).body);
      const before = await snapshotBucket(app.bucket);
      const { status, body } = await complete(app, key, uploadId, parts);
      expect({ status, code: body.code }).toEqual({ status: 400, code: "PART_TOO_SMALL" });
      expect(await snapshotBucket(app.bucket)).toEqual(before);
    });

    it("complete with unequal parts", async () => {
      const app = create();
      const { key, uploadId } = await start(app, { action: "start", chunkSize: PART + 10 });
      const parts = [];
      for (const [number, size] of [PART + 10, PART, 10].entries()) {
        parts.push((await put(app, key, uploadId, number + 1, bytes(size, number))).body);
      }
      const before = await snapshotBucket(app.bucket);
      const { status, body } = await complete(app, key, uploadId, parts);
      expect({ status, code: body.code }).toEqual({ status: 400, code: "PART_SIZE_MISMATCH" });
      expect(await snapshotBucket(app.bucket)).toEqual(before);
    });

    it.each<[string, Record<string, string>, string, number]>([
      ["a path for a key", { key: "../x" }, "INVALID_KEY", 400],
      ["another object's name for a key", { key: "d1-ferry/state/x" }, "INVALID_KEY", 400],
      ["no key", { key: "" }, "INVALID_REQUEST", 400],
      ["a key that nobody was given", { key: FOREIGN_KEY }, "UPLOAD_NOT_FOUND", 404],
      ["somebody else's upload id", { uploadId: "someone-elses" }, "UPLOAD_NOT_FOUND", 404],
      ["no upload id", { uploadId: "" }, "INVALID_REQUEST", 400],
      ["a part number of 0", { partNumber: "0" }, "INVALID_REQUEST", 400],
      ["a part number of 10,001", { partNumber: "10001" }, "INVALID_REQUEST", 400],
      ["a part number that is no number", { partNumber: "one" }, "INVALID_REQUEST", 400],
      ["no part number", { partNumber: "" }, "INVALID_REQUEST", 400],
    ])("a part with %s", async (_, change, code, status) => {
      const { app, key, uploadId, before } = await open();
      const query = new URLSearchParams({ key, uploadId, partNumber: "3", ...change });
      const answer = await app.call("PUT", `multipart-upload?${query}`, bytes(200, 3));
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
      expect(await snapshotBucket(app.bucket)).toEqual(before);
    });

    it("a part that is larger than its upload's parts", async () => {
      const { app, key, uploadId, before } = await open();
      const { status, body } = await put(app, key, uploadId, 3, bytes(PART + 1, 3));
      expect({ status, code: body.code }).toEqual({ status: 413, code: "CONTENT_TOO_LARGE" });
      expect(await snapshotBucket(app.bucket)).toEqual(before);
    });

    it("a part without its length", async () => {
      const { app, key, uploadId, before } = await open();
      const query = new URLSearchParams({ key, uploadId, partNumber: "3" });
      const response = await app.fetch(`/api/admin/multipart-upload?${query}`, {
        method: "PUT",
        headers: BEARER,
        body: new Blob([bytes(200, 3)]).stream(),
        duplex: "half",
      } as RequestInit);
      expect(response.status).toBe(411);
      expect(await response.json()).toMatchObject({ code: "LENGTH_REQUIRED" });
      expect(await snapshotBucket(app.bucket)).toEqual(before);
    });

    it.each<[string, unknown, string]>([
      ["no JSON", "{action: start}", "INVALID_JSON"],
      ["an empty body", "", "INVALID_JSON"],
      ["a list", "[]", "INVALID_REQUEST"],
      ["no action", {}, "UNKNOWN_OPERATION"],
      ["an unknown action", { action: "begin" }, "UNKNOWN_OPERATION"],
      ["an action that is no text", { action: 1 }, "UNKNOWN_OPERATION"],
      ["a chunk size that is no number", { action: "start", chunkSize: "10MB" }, "INVALID_REQUEST"],
      ["a chunk size below 5 MiB", { action: "start", chunkSize: 1000 }, "INVALID_REQUEST"],
      ["a chunk size above 95 MiB", { action: "start", chunkSize: 1e9 }, "INVALID_REQUEST"],
      ["an abort without an upload id", { action: "abort", key: FOREIGN_KEY }, "INVALID_REQUEST"],
      ["an abort of a path", { action: "abort", key: "../x", uploadId: "u" }, "INVALID_KEY"],
    ])("a POST with %s", async (_, sent, code) => {
      const app = create();
      const { status, body } = await app.call("POST", "multipart-upload", sent);
      expect({ status, code: body.code }).toEqual({ status: 400, code });
      expect(await snapshotBucket(app.bucket)).toEqual([]);
    });

    it("an unknown action names the known ones", async () => {
      const { body } = await create().call("POST", "multipart-upload", { action: "begin" });
      expect(body).toMatchObject({
        error: 'Unknown action "begin"',
        details: { known: ["start", "complete", "abort"] },
      });
    });
  });
}
