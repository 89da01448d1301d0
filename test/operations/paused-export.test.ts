import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { newKey } from "../../src/bucket/keys.ts";
import {
  exportBusyUntil,
  isExportPaused,
  markExportBusy,
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
  writer: { bytes: 5, headerBytes: 2, tables: [], page: [], pages: [], last: null },
};

const sink = { partBytes: 5 * 1024 * 1024, uploadId: "u", parts: [{ partNumber: 1, etag: "e" }] };

const owner = "token:ä b";

const carry = new Uint8Array([0, 10, 255, 10]);

describe("an export between two requests", () => {
  it("is read as it was written, its bytes as well", async () => {
    const key = newKey("export");
    expect(await readPausedExport(bucket, key)).toBeNull();
    expect(await isExportPaused(bucket, key)).toBe(false);
    await writePausedExport(bucket, key, { owner, engine, sink, carry });
    expect(await isExportPaused(bucket, key)).toBe(true);
    expect(await readPausedExport(bucket, key)).toMatchObject({ owner, engine, sink, carry, busyUntil: 0 });
  });

  it("says until when a request is at work on it, where a list shows it, and stays the same bytes", async () => {
    const key = newKey("export");
    await writePausedExport(bucket, key, { owner, engine, sink, carry });
    const stored = (await readPausedExport(bucket, key)) as StoredExport;
    await markExportBusy(bucket, key, { ...stored, busyUntil: 1_700_000_000_000 });
    expect(await readPausedExport(bucket, key)).toEqual({ ...stored, busyUntil: 1_700_000_000_000 });
    const { objects } = await bucket.list({ prefix: `d1-ferry/state/${key}` });
    expect(objects.map(exportBusyUntil)).toEqual([1_700_000_000_000]);

    await writePausedExport(bucket, key, { owner, engine, sink, carry });
    expect((await readPausedExport(bucket, key))?.busyUntil).toBe(0);
  });
});
