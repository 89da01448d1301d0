import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ByteSource } from "../../src/archive/types.ts";
import { directoryBucket } from "../../src/bucket/directory.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import { bucketSource } from "../../src/bucket/source.ts";
import { bytes, read } from "./conformance.ts";
import { type Faults, faultyBucket, transient } from "./faulty.ts";

const DATA = new Uint8Array(300_000).map((_, index) => index % 253);

let path: string;
let sound: Bucket;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "d1-ferry-source-"));
  sound = directoryBucket(path);
  await sound.put("a", DATA);
});
afterEach(() => rm(path, { recursive: true, force: true }));

async function open(faults: Faults = {}): Promise<{ source: ByteSource; calls: Map<string, number> }> {
  const { bucket, calls } = faultyBucket(sound, faults);
  const source = await bucketSource(bucket, "a", { sleep: async () => {}, retries: 2 });
  return { source: source!, calls };
}

describe("An object as a byte source", () => {
  it("is null when there is no object", async () => {
    expect(await bucketSource(sound, "none")).toBeNull();
  });

  it("reads exactly the bytes asked for, and everything from an offset", async () => {
    const { source } = await open();
    expect(source.size).toBe(DATA.length);
    expect(await source.read(1000, 5)).toEqual(DATA.slice(1000, 1005));
    expect(await source.read(DATA.length, 0)).toEqual(new Uint8Array(0));
    expect(await read(await source.stream(299_000))).toEqual(DATA.slice(299_000));
    expect(await read(await source.stream(DATA.length))).toEqual(new Uint8Array(0));
  });

  it("refuses to read past the end", async () => {
    const { source } = await open();
    for (const attempt of [
      source.read(DATA.length - 2, 3),
      source.read(-1, 1),
      source.stream(DATA.length + 1),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: "ARCHIVE_TRUNCATED" });
    }
  });

  for (const how of ["breaks", "ends"] as const) {
    it(`goes on where a body ${how} early, giving each byte once`, async () => {
      const cut = (gets: number) => (gets <= 4 ? { at: 40_000, how } : null);
      const whole = await open({ cut });
      expect(await whole.source.read(10, 250_000)).toEqual(DATA.slice(10, 250_010));
      expect(whole.calls.get("get")).toBe(5);
      const streamed = await open({ cut });
      expect(await read(await streamed.source.stream(5))).toEqual(DATA.slice(5));
    });
  }

  it("opens again after a transient error of the bucket", async () => {
    const { source } = await open({
      before(operation, calls) {
        if (operation === "get" && calls < 3) throw transient();
      },
    });
    expect(await source.read(0, 3)).toEqual(DATA.slice(0, 3));
  });

  it("gives up when no byte comes through, and says where", async () => {
    const { source, calls } = await open({ cut: () => ({ at: 0, how: "ends" }) });
    await expect(source.read(500, 10)).rejects.toMatchObject({
      code: "BUCKET_ERROR",
      message: "Reading a ended at byte 500, 10 bytes early",
    });
    expect(calls.get("get")).toBe(3);
  });

  it("never mixes an object with the one that replaced it", async () => {
    const { source } = await open();
    await sound.put("a", bytes("another object altogether"));
    await expect(source.read(0, 5)).rejects.toMatchObject({ message: expect.stringContaining("replaced") });
    await sound.delete(["a"]);
    await expect(source.read(0, 5)).rejects.toMatchObject({ message: expect.stringContaining("removed") });
  });

  it("can be left in the middle", async () => {
    const { source } = await open();
    const reader = (await source.stream(0)).getReader();
    expect((await reader.read()).value?.length).toBeGreaterThan(0);
    await reader.cancel();
  });
});
