import { mkdtemp, readdir, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { bytes, describeBucket, filled, text } from "./conformance.ts";

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "d1-ferry-bucket-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function freshPath(): string {
  return join(root, String(count++));
}

describeBucket("A directory", {
  create: async () => ({ bucket: directoryBucket(freshPath()) }),
});

describe("A directory bucket on disk", () => {
  it("keeps names that look like paths inside itself", async () => {
    const path = freshPath();
    const bucket = directoryBucket(path);
    for (const name of ["../outside", "/etc/x", "..", "a/../../b"]) {
      await bucket.put(name, bytes(name));
      expect(await text((await bucket.get(name))?.body)).toBe(name);
    }
    expect((await readdir(path)).sort()).toEqual(["data", "objects"]);
    expect(await readdir(join(path, "objects"))).toHaveLength(4);
  });

  it("leaves no bytes behind after overwriting, deleting, completing and aborting", async () => {
    const path = freshPath();
    const bucket = directoryBucket(path);
    await bucket.put("a", bytes("1"));
    await bucket.put("a", bytes("2"));
    const kept = await bucket.createUpload("b");
    const { etag } = await bucket.uploadPart("b", {
      uploadId: kept.uploadId,
      partNumber: 1,
      body: filled(10, 1),
    });
    await bucket.completeUpload("b", kept.uploadId, [{ partNumber: 1, etag }]);
    const dropped = await bucket.createUpload("c");
    await bucket.uploadPart("c", { uploadId: dropped.uploadId, partNumber: 1, body: filled(10, 1) });
    await bucket.abortUpload("c", dropped.uploadId);
    expect(await readdir(join(path, "uploads"))).toEqual([]);
    expect(await readdir(join(path, "data"))).toHaveLength(2);
    await bucket.delete(["a", "b"]);
    expect(await readdir(join(path, "data"))).toEqual([]);
    expect(await readdir(join(path, "objects"))).toEqual([]);
  });

  it("is the same bucket when it is opened again", async () => {
    const path = freshPath();
    const { uploadId } = await directoryBucket(path).createUpload("a");
    const { etag } = await directoryBucket(path).uploadPart("a", {
      uploadId,
      partNumber: 1,
      body: bytes("still here"),
    });
    await directoryBucket(path).completeUpload("a", uploadId, [{ partNumber: 1, etag }]);
    expect(await text((await directoryBucket(path).get("a"))?.body)).toBe("still here");
  });

  it("reads either the old or the new object while it is being replaced", async () => {
    const bucket = directoryBucket(freshPath());
    await bucket.put("a", filled(100_000, 0));
    const writes = (async () => {
      for (let value = 1; value <= 40; value++) await bucket.put("a", filled(100_000 + value, value));
    })();
    for (let turn = 0; turn < 40; turn++) {
      const got = await bucket.get("a");
      const body = new Uint8Array(await new Response(got?.body).arrayBuffer());
      expect(body.length).toBe(got?.info.size);
      expect(new Set(body)).toEqual(new Set([body.length - 100_000]));
    }
    await writes;
  });

  it("says so when the bytes of an object are gone", async () => {
    const path = freshPath();
    const bucket = directoryBucket(path);
    await bucket.put("a", bytes("1"));
    for (const file of await readdir(join(path, "data"))) await unlink(join(path, "data", file));
    await expect(bucket.get("a")).rejects.toMatchObject({ code: "BUCKET_ERROR" });
  });
});
