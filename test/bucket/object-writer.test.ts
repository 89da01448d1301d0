import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { createSink, type SinkOptions } from "../../src/bucket/object-writer.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import type { Bytes } from "../../src/bytes.ts";
import { FerryError } from "../../src/errors.ts";

const directory = mkdtempSync(join(tmpdir(), "d1-ferry-sink-"));

const bucket = directoryBucket(directory);

afterAll(() => rm(directory, { recursive: true }));

const MIB = 1024 * 1024;

const partBytes = 5 * MIB;

function pattern(length: number, seed: number) {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >> 8) + seed;
  return bytes;
}

async function stored(name: string) {
  const object = await bucket.get(name);
  return object === null ? null : new Uint8Array(await new Response(object.body).arrayBuffer());
}

async function equal(name: string, pieces: Uint8Array[]) {
  expect(Buffer.compare(Buffer.concat(pieces), (await stored(name)) ?? new Uint8Array())).toBe(0);
}

describe("an object of unknown size", () => {
  it("is one put when it never fills a part", async () => {
    const sink = createSink(bucket, "small", { partBytes, metadata: { version: "3" } });
    await sink.write(pattern(1000, 1));
    await sink.write(pattern(500, 2));
    expect(await sink.finish()).toBe(1500);
    await equal("small", [pattern(1000, 1), pattern(500, 2)]);
    expect((await bucket.head("small"))?.metadata.version).toBe("3");
  });

  it("is equal parts when it does, wherever its pieces end", async () => {
    const sizes = [3 * MIB, 4 * MIB + 7, 5 * MIB, 11 * MIB, 13];
    const pieces = sizes.map((size, seed) => pattern(size, seed));
    const sink = createSink(bucket, "large", { partBytes });
    for (const piece of pieces) await sink.write(piece);
    expect((await sink.pause()).state.parts).toHaveLength(4);
    await sink.finish();
    await equal("large", pieces);
  });

  it("is complete when its last part is full", async () => {
    const sink = createSink(bucket, "exact", { partBytes });
    await sink.write(pattern(10 * MIB, 5));
    await sink.finish();
    await equal("exact", [pattern(10 * MIB, 5)]);
  });

  it("goes on in another invocation from what a pause returned, as plain JSON", async () => {
    const pieces = [pattern(7 * MIB, 1), pattern(6 * MIB, 2), pattern(100, 3)];
    let paused: SinkOptions["paused"];
    let carried: Uint8Array<ArrayBuffer>[] = [];
    let reads = 0;
    const readCarried = async () => {
      reads++;
      return new Uint8Array(Buffer.concat(carried));
    };
    for (const piece of pieces) {
      const sink = createSink(bucket, "paused", { partBytes, ...(paused === undefined ? {} : { paused }) });
      await sink.write(piece);
      const { state, left } = await sink.pause();
      carried = [...carried, left.slice()].slice(-state.carried.length);
      expect(carried.map(({ length }) => length)).toEqual(state.carried);
      paused = { state: JSON.parse(JSON.stringify(state)), readCarried };
    }
    // Once for the part that they fill.
    expect(reads).toBe(1);
    expect(await stored("paused")).toBeNull();
    await createSink(bucket, "paused", { paused: paused as NonNullable<SinkOptions["paused"]> }).finish();
    await equal("paused", pieces);
  });

  it("is filled on while one part is on its way, and one alone", async () => {
    const released: (() => void)[] = [];
    const slow: Bucket = {
      ...bucket,
      async uploadPart(name, part) {
        await new Promise<void>((resolve) => released.push(resolve));
        return bucket.uploadPart(name, part);
      },
    };
    const sink = createSink(slow, "slow", { partBytes });
    const pieces = [pattern(6 * MIB, 1), pattern(3 * MIB, 2), pattern(8 * MIB, 3)];
    await sink.write(pieces[0] as Bytes);
    await sink.write(pieces[1] as Bytes);
    const third = sink.write(pieces[2] as Bytes);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(released).toHaveLength(1);
    released[0]?.();
    await expect.poll(() => released.length).toBe(2);
    released[1]?.();
    await expect.poll(() => released.length).toBe(3);
    await third;
    const paused = sink.pause();
    released[2]?.();
    const { state, left } = await paused;
    expect([state.parts.map(({ partNumber }) => partNumber), left.byteLength]).toEqual([[1, 2, 3], 2 * MIB]);
    const end = sink.finish();
    await expect.poll(() => released.length).toBe(4);
    released[3]?.();
    await end;
    await equal("slow", pieces);
  });

  it("is not there when a part fails on its way, whatever is written then", async () => {
    const failing: Bucket = {
      ...bucket,
      uploadPart: async () => {
        throw new FerryError("BUCKET_ERROR", "The bucket failed");
      },
    };
    const sink = createSink(failing, "failed", { partBytes });
    await sink.write(pattern(6 * MIB, 1));
    await sink.write(pattern(MIB, 2));
    await expect(sink.pause()).rejects.toThrow("The bucket failed");
    await expect(sink.write(pattern(5 * MIB, 3))).rejects.toThrow("The bucket failed");
    await expect(sink.finish()).rejects.toThrow("The bucket failed");
    await sink.abort();
    expect(await stored("failed")).toBeNull();
  });

  it("was never there when it is aborted", async () => {
    const sink = createSink(bucket, "aborted", { partBytes });
    await sink.write(pattern(6 * MIB, 1));
    await sink.abort();
    expect(await stored("aborted")).toBeNull();
  });
});
