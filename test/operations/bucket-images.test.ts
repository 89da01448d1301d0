import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { type FerryKey, newKey, objectName } from "../../src/bucket/keys.ts";
import { listAll } from "../../src/bucket/list.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import { bucketSource } from "../../src/bucket/source.ts";
import { createBudget } from "../../src/budget.ts";
import type { Bytes } from "../../src/bytes.ts";
import { bucketImages } from "../../src/operations/bucket-images.ts";
import { createInvocation } from "../../src/operations/invocation.ts";
import { listObjects } from "../../src/operations/list.ts";
import { pruneStale } from "../../src/operations/prune.ts";
import { loadRun } from "../../src/sync/run/stored-runs.ts";
import { faultyBucket, transient } from "../bucket/faulty.ts";
import { somePoints } from "../support/cases.ts";
import { archiveOf, drive, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const MiB = 1024 * 1024;
const DAY = 24 * 60 * 60 * 1000;

function emptyBucket(): Bucket {
  const directory = mkdtempSync(join(tmpdir(), "d1-ferry-images-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directoryBucket(directory);
}

async function names(bucket: Bucket): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of listAll(bucket, "d1-ferry/")) found.push(name);
  return found;
}

async function contentOf(bucket: Bucket, key: string): Promise<Bytes> {
  const object = await bucket.get(objectName(key as FerryKey));
  return new Uint8Array(await new Response(object?.body).arrayBuffer());
}

/** Pieces of an archive, each of one number's bytes. */
const piecesOf = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, i) => new Uint8Array(bytes).fill(i + 1));

const joined = (pieces: readonly Bytes[]) => new Uint8Array(Buffer.concat(pieces));

/** The bucket, its objects so many milliseconds older than they are. */
function aged(bucket: Bucket, ms: number): Bucket {
  return {
    ...bucket,
    async list(options) {
      const page = await bucket.list(options);
      const older = (date: Date) => new Date(date.getTime() - ms);
      return { ...page, objects: page.objects.map((one) => ({ ...one, uploaded: older(one.uploaded) })) };
    },
  };
}

describe("rows as they were before a run, in the bucket", () => {
  it("are one object of its owner's", async () => {
    const bucket = emptyBucket();
    const key = newKey("undo");
    const sink = bucketImages(bucket, "app:ada").open(key, undefined);
    await sink.write(Uint8Array.of(1, 2));
    await sink.write(Uint8Array.of(3));
    expect(await sink.finish()).toBe(3);
    expect(await names(bucket)).toEqual([objectName(key)]);
    expect(await contentOf(bucket, key)).toEqual(Uint8Array.of(1, 2, 3));
    const info = await bucket.head(objectName(key));
    expect(info?.metadata).toEqual({ owner: encodeURIComponent("app:ada") });
  });

  it("are written over many requests, in parts once they fill one, and nothing is left beside them", async () => {
    const bucket = emptyBucket();
    const key = newKey("undo");
    const store = bucketImages(bucket, null);
    const pieces = piecesOf(12, 1_100_000);
    let state: unknown;
    for (const piece of pieces) {
      const sink = store.open(key, state);
      await sink.write(piece);
      state = JSON.parse(JSON.stringify(await sink.pause()));
    }
    expect(await store.open(key, state).finish()).toBe(12 * 1_100_000);
    expect(await names(bucket)).toEqual([objectName(key)]);
    expect(Buffer.compare(await contentOf(bucket, key), joined(pieces))).toBe(0);
  });

  it("go on from a state once more where the request behind it died", async () => {
    const bucket = emptyBucket();
    const key = newKey("undo");
    const store = bucketImages(bucket, null);
    const [first, second, third] = piecesOf(3, 4 * MiB) as [Bytes, Bytes, Bytes];
    const began = store.open(key, undefined);
    await began.write(first);
    const state = await began.pause();
    const died = store.open(key, structuredClone(state));
    await died.write(third);
    await died.pause();
    const next = store.open(key, structuredClone(state));
    await next.write(second);
    await next.write(third);
    await next.finish();
    expect(Buffer.compare(await contentOf(bucket, key), joined([first, second, third]))).toBe(0);
  });

  it("are said to be gone where an earlier request finished them, or somebody removed their pieces", async () => {
    const bucket = emptyBucket();
    const key = newKey("undo");
    const store = bucketImages(bucket, null);
    const sink = store.open(key, undefined);
    for (const piece of piecesOf(6, MiB)) await sink.write(piece);
    const state = await sink.pause();
    await store.open(key, structuredClone(state)).finish();
    await expect(store.open(key, state).finish()).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
    const small = store.open(key, undefined);
    await small.write(Uint8Array.of(1));
    const paused = await small.pause();
    await bucket.delete((await names(bucket)).filter((name) => name.includes("/state/")));
    await expect(store.open(key, paused).finish()).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
  });

  it("leave an upload behind that the next request, or a prune, forgets", async () => {
    const bucket = emptyBucket();
    const aborted: string[] = [];
    const onTheirWay: Promise<unknown>[] = [];
    const watched: Bucket = {
      ...bucket,
      uploadPart(name, part) {
        const sent = bucket.uploadPart(name, part);
        onTheirWay.push(sent);
        return sent;
      },
      async abortUpload(name, uploadId) {
        aborted.push(name);
        await bucket.abortUpload(name, uploadId);
      },
    };
    const key = newKey("undo");
    for (let died = 0; died < 2; died++) {
      const sink = bucketImages(watched, null).open(key, undefined);
      for (const piece of piecesOf(6, MiB)) await sink.write(piece);
      // It dies once its part has arrived.
      await Promise.all(onTheirWay);
      expect(aborted).toHaveLength(died);
    }
    const database = memoryDatabase();
    const prune = (age: number) =>
      pruneStale(createInvocation({ database, bucket: aged(watched, age), platform: "workers-paid" }));
    expect((await prune(6 * DAY)).pruned).toEqual([]);
    expect((await prune(8 * DAY)).pruned).toMatchObject([
      { key, kind: "undo", reason: "rows as they were before a sync, not finished" },
    ]);
    expect(aborted).toHaveLength(2);
    expect(await names(bucket)).toEqual([]);
  });

  it("are the same whichever call to the bucket is a request's last", async () => {
    const source = memoryDatabase(SCHEMA);
    source.sqlite.exec(`INSERT INTO t ${some(1, 400, "'new '")}`);
    const archive = await archiveOf(source, { frameBytes: 2_000 });
    const options = { mode: "mirror", budget: () => createBudget({ bytes: 6_000 }) } as const;
    const afresh = () => {
      const target = memoryDatabase(SCHEMA);
      target.sqlite.exec(`INSERT INTO t ${some(50, 450, "'old '")}`);
      return target;
    };
    const read = async (bucket: Bucket, target: ReturnType<typeof afresh>, run: string) => {
      const images = (await loadRun(target, run))?.details.images ?? [];
      expect(images).toHaveLength(1);
      const kept = await bucketSource(bucket, objectName(images[0]?.key as FerryKey));
      const { readFrames } = await openArchive(kept as NonNullable<typeof kept>);
      const texts: string[] = [];
      for await (const { entry, text } of readFrames())
        texts.push(...text.split(",\n").map((line) => `${entry.made === true} ${line}`));
      return texts.toSorted();
    };
    const expected = await (async () => {
      const [bucket, target, run] = [emptyBucket(), afresh(), newRunKey()];
      await drive(target, archive, run, { ...options, images: bucketImages(bucket, null) });
      return read(bucket, target, run);
    })();
    expect(expected).toHaveLength(401 + 400);
    for (const when of ["before", "after"] as const) {
      for (const last of somePoints(1)) {
        const [bucket, target, run] = [emptyBucket(), afresh(), newRunKey()];
        let calls = 0;
        const die = () => {
          if (++calls >= last) throw transient();
        };
        const dying = faultyBucket(bucket, { [when]: die }).bucket;
        const survived = await drive(target, archive, run, {
          ...options,
          images: bucketImages(dying, null),
        }).then(
          () => true,
          () => false,
        );
        if (survived) break;
        await drive(target, archive, run, { ...options, images: bucketImages(bucket, null) });
        expect(await read(bucket, target, run), `${when} ${last}`).toEqual(expected);
      }
    }
  });
});

const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

const some = (from: number, to: number, v: string) =>
  `WITH n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) SELECT i, ${v} || printf('%040d', i * 7919) FROM n`;

describe("archives that syncs are undone from", () => {
  async function keep(bucket: Bucket, bytes: number): Promise<FerryKey> {
    const key = newKey("undo");
    await bucket.put(objectName(key), new Uint8Array(bytes));
    return key;
  }

  it("are kept for 30 days, longer where that is asked for, and never for less", async () => {
    const bucket = emptyBucket();
    const key = await keep(bucket, 10);
    const database = memoryDatabase();
    const prune = async (age: number, input: { olderThanMs?: number } = {}) =>
      (
        await pruneStale(createInvocation({ database, bucket: aged(bucket, age) }), {
          ...input,
          dryRun: true,
        })
      ).pruned.map((one) => one.key);
    expect(await prune(29 * DAY)).toEqual([]);
    expect(await prune(29 * DAY, { olderThanMs: 0 })).toEqual([]);
    expect(await prune(31 * DAY)).toEqual([key]);
    expect(await prune(31 * DAY, { olderThanMs: 40 * DAY })).toEqual([]);
    const { objects } = await listObjects(createInvocation({ database, bucket }));
    expect(objects).toMatchObject([{ key, kind: "undo", bytes: 10, version: null, status: null }]);
  });

  it("are removed from the oldest on where they take more than 1 GB, but for the newest", async () => {
    const bucket = emptyBucket();
    const keys: FerryKey[] = [];
    for (let i = 0; i < 3; i++) keys.push(await keep(bucket, 10));
    const large: Bucket = {
      ...bucket,
      async list(options) {
        const page = await bucket.list(options);
        const objects = page.objects.map((one) => {
          const place = keys.findIndex((key) => one.name === objectName(key));
          return { ...one, size: 600_000_000, uploaded: new Date(Date.now() - (3 - place) * 1000) };
        });
        return { ...page, objects };
      },
    };
    const { pruned } = await pruneStale(createInvocation({ database: memoryDatabase(), bucket: large }));
    expect(pruned.map(({ key, kind }) => `${kind} ${key}`).toSorted()).toEqual(
      keys
        .slice(0, 2)
        .map((key) => `undo ${key}`)
        .toSorted(),
    );
    expect(await names(bucket)).toEqual([objectName(keys[2] as FerryKey)]);
  });
});
