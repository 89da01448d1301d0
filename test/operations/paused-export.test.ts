import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { newKey } from "../../src/bucket/keys.ts";
import { forgetState, keepPiece, readCarried } from "../../src/operations/carried-pieces.ts";
import {
  exportBusyUntil,
  isExportPaused,
  readPausedExport,
  type StoredExport,
  writePausedExport,
} from "../../src/operations/paused-export.ts";

const directory = mkdtempSync(join(tmpdir(), "d1-ferry-state-"));

const bucket = directoryBucket(directory);

afterAll(() => rm(directory, { recursive: true }));

const engine: StoredExport["engine"] = {
  version: 3,
  tables: ["posts"],
  rowidKeys: [],
  notes: ["a note\nof two lines"],
  table: 0,
  ahead: { ranges: [], after: null, more: true },
  counts: [12],
  asked: {},
  reading: { attempt: 1, from: 1, marker: { rows: "0 0 1", schema: "" }, earlier: null },
  writer: { bytes: 5, headerBytes: 2, tables: [], content: null, page: [], pages: [], last: null },
};

const sink = {
  partBytes: 5 * 1024 * 1024,
  uploadId: "u",
  parts: [{ partNumber: 1, etag: "e" }],
  carried: [4],
};

const owner = "token:ä b";

const paused = { owner, engine, sink, pieces: ["one"] };

describe("an export between two requests", () => {
  it("is read as it was written", async () => {
    const key = newKey("export");
    expect(await readPausedExport(bucket, key)).toBeNull();
    expect(await isExportPaused(bucket, key)).toBe(false);
    const etag = await writePausedExport(bucket, key, paused, { etag: null });
    expect(await isExportPaused(bucket, key)).toBe(true);
    expect(await readPausedExport(bucket, key)).toEqual({ ...paused, etag, busyUntil: 0 });
  });

  it("says until when a request is at work on it, where a list shows it", async () => {
    const key = newKey("export");
    await writePausedExport(bucket, key, paused, { etag: null });
    const { etag } = (await readPausedExport(bucket, key)) as StoredExport;
    const busyUntil = 1_700_000_000_000;
    expect(await writePausedExport(bucket, key, paused, { etag, busyUntil })).not.toBeNull();
    expect(await readPausedExport(bucket, key)).toMatchObject({ ...paused, busyUntil });
    const { objects } = await bucket.list({ prefix: `d1-ferry/state/${key}` });
    expect(objects.map(exportBusyUntil)).toEqual([busyUntil]);
  });

  it("is written only over what was read, whoever else writes", async () => {
    const key = newKey("export");
    expect(await writePausedExport(bucket, key, paused, { etag: "0".repeat(32) })).toBeNull();
    const states = [paused, { ...paused, pieces: [] }];
    const first = await Promise.all(
      states.map((state) => writePausedExport(bucket, key, state, { etag: null })),
    );
    expect(first.filter((etag) => etag !== null)).toHaveLength(1);
    const { etag } = (await readPausedExport(bucket, key)) as StoredExport;
    const second = await Promise.all(
      states.map((state) => writePausedExport(bucket, key, state, { etag, busyUntil: 1 })),
    );
    expect(second.filter((one) => one !== null)).toHaveLength(1);
  });

  it("keeps what each request left behind, and forgets all of it", async () => {
    const key = newKey("export");
    const left = new Uint8Array([0, 10, 255, 10]);
    const keep = (pieces: string[], carried: number[], bytes: typeof left) =>
      keepPiece(bucket, key, { pieces, sink: { ...sink, carried }, left: bytes });
    const first = await keep([], [4], left);
    const both = (await keep(first.pieces, [4, 4], left)).pieces;
    expect(both).toHaveLength(2);
    expect(both[0]).toBe(first.pieces[0]);
    expect(await readCarried(bucket, key, both)).toEqual(new Uint8Array([...left, ...left]));
    expect(await keep(both, [4, 4], new Uint8Array())).toEqual({ pieces: both, carried: [4, 4] });
    // A part was filled: nothing of before is left.
    expect((await keep(both, [4], left)).pieces).toHaveLength(1);
    let all = { pieces: [] as string[], carried: [] as number[] };
    const written: number[] = [];
    for (let request = 0; request < 40; request++) {
      const piece = new Uint8Array(5).fill(request);
      written.push(...piece);
      all = await keep(all.pieces, [...all.carried, piece.length], piece);
      expect(all.pieces.length).toBe(all.carried.length);
      expect(all.pieces.length).toBeLessThanOrEqual(8);
      expect(await readCarried(bucket, key, all.pieces)).toEqual(new Uint8Array(written));
    }
    await expect(readCarried(bucket, key, ["gone"])).rejects.toMatchObject({ code: "BUCKET_ERROR" });
    await writePausedExport(bucket, key, { ...paused, pieces: both }, { etag: null });
    await forgetState(bucket, key);
    expect((await bucket.list({ prefix: `d1-ferry/state/${key}` })).objects).toEqual([]);
  });
});
