import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { webGzip } from "../../src/archive/gzip.ts";
import { archiveToJson, isArchive, openArchive, parseRows } from "../../src/archive/reader.ts";
import { bytesSource } from "../../src/archive/source.ts";
import { createArchiveWriter } from "../../src/archive/writer.ts";
import type { Bytes } from "../../src/bytes.ts";
import { sampled } from "../support/cases.ts";
import { anyTables } from "./support/arbitraries.ts";
import {
  comparable,
  expectedTables,
  framesOf,
  HEADER,
  readTables,
  SAMPLE,
  streamText,
  writeArchive,
} from "./support/archives.ts";
import { entriesOf } from "./support/ending.ts";
import { expectRefusal } from "./support/refusal.ts";
import { countingSource } from "./support/sources.ts";

describe("an archive", () => {
  it("unpacks to one JSON document with the rows, the header and the index", async () => {
    const bytes = await writeArchive(SAMPLE);
    const document = JSON.parse(gunzipSync(bytes).toString());
    const archive = await openArchive(bytesSource(bytes));
    const { tables } = archive;
    const data = Object.fromEntries(expectedTables(SAMPLE));
    const frames = await entriesOf(archive);
    const pages = [[expect.any(Number), frames.length]];
    expect(document).toEqual({ format: "d1-ferry/1", ...HEADER, data, frames, tables, pages });
  });

  it("has one row a line", async () => {
    const lines = gunzipSync(await writeArchive(SAMPLE))
      .toString()
      .split("\n");
    expect(lines.filter((line) => /\{"id":\d/.test(line))).toHaveLength(8);
  });

  it("gives back the header, the frames and their texts", async () => {
    const bytes = await writeArchive(SAMPLE);
    const archive = await openArchive(bytesSource(bytes));
    expect(archive.header).toEqual(HEADER);
    const given = [...framesOf(SAMPLE)];
    const frames = await entriesOf(archive);
    expect(frames.map(({ table, rows, after, through }) => ({ table, rows, after, through }))).toEqual(
      given.map(({ text, ...frame }) => frame),
    );
    for (const [seq, entry] of frames.entries()) {
      expect(await archive.readFrame(seq)).toMatchObject({ seq, entry, text: given[seq]!.text });
    }
    const all: string[] = [];
    for await (const { entry, text } of archive.readFrames()) {
      expect(entry).toEqual(frames[all.length]);
      all.push(text);
    }
    expect(all).toEqual(given.map(({ text }) => text));
  });

  it("of nothing is a document too", async () => {
    const bytes = await writeArchive([]);
    expect(JSON.parse(gunzipSync(bytes).toString()).data).toEqual({});
    expect(await entriesOf(bytesSource(bytes))).toEqual([]);
    expect(await streamText(archiveToJson(bytesSource(bytes)))).toBe(gunzipSync(bytes).toString());
  });

  it("is byte for byte the same when a new writer takes over before each frame", async () => {
    expect(await writeArchive(SAMPLE, { interrupted: true })).toEqual(await writeArchive(SAMPLE));
  });

  it("comes back whatever its names and cells, as rows and as text, with either compressor", async () => {
    await fc.assert(
      fc.asyncProperty(anyTables, fc.boolean(), async (tables, web) => {
        const gzip = web ? { gzip: webGzip() } : {};
        const bytes = await writeArchive(tables, { ...gzip, interrupted: web });
        expect(comparable(await readTables(bytesSource(bytes)))).toStrictEqual(
          comparable(expectedTables(tables)),
        );
        const text = gunzipSync(bytes).toString();
        expect(await streamText(archiveToJson(bytesSource(bytes)))).toBe(text);
        expect(Object.keys(JSON.parse(text).data).sort()).toEqual(tables.map(({ name }) => name).sort());
      }),
      sampled(150),
    );
  });

  it("takes a table name of any length", async () => {
    const name = "n".repeat(70_000);
    const tables = [{ name, columns: ["id"], frames: [[[1]]] }];
    const bytes = await writeArchive(tables);
    expect(JSON.parse(gunzipSync(bytes).toString()).data).toEqual({ [name]: [{ id: 1 }] });
    expect(await readTables(bytesSource(bytes))).toEqual(new Map([[name, [{ id: 1 }]]]));
  });

  it("is told from other files", async () => {
    const bytes = await writeArchive(SAMPLE);
    expect(await isArchive(bytesSource(bytes))).toBe(true);
    expect(await isArchive(bytesSource(bytes.slice(0, 300)))).toBe(true);
    expect(await isArchive(bytesSource(new TextEncoder().encode('{"data":{}}')))).toBe(false);
    expect(await isArchive(bytesSource(new Uint8Array()))).toBe(false);
  });
});

describe("reading frames", () => {
  const big = {
    name: "t",
    columns: ["id", "noise"],
    frames: Array.from({ length: 12 }, (_, f) => [[f, noise(600_000, f)]]),
  };

  it("shares reads of up to 4 MiB between frames that follow each other", async () => {
    const source = countingSource(await writeArchive([big]));
    const archive = await openArchive(source);
    expect(source.reads.length).toBeLessThanOrEqual(2);
    source.reads.length = 0;
    let rows = 0;
    for await (const { text } of archive.readFrames()) rows += parseRows(text).length;
    expect(rows).toBe(12);
    expect(source.reads.length).toBeLessThanOrEqual(3);
    expect(Math.max(...source.reads.map(({ length }) => length))).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it("reads the frames asked for and no others", async () => {
    const other = { ...big, name: "u" };
    const source = countingSource(await writeArchive([big, other, { ...big, name: "v" }]));
    const archive = await openArchive(source);
    source.reads.length = 0;
    const seen: string[] = [];
    const wanted = (table: string) => table !== "u";
    for await (const { seq, entry } of archive.readFrames({ from: 11, to: 25, wanted }))
      seen.push(`${seq} ${entry.table}`);
    expect(seen).toEqual(["11 t", "24 v"]);
    expect(source.reads.filter(({ length }) => length > 100_000)).toHaveLength(2);
    await expectRefusal(() => archive.readFrame(36), "INTERNAL");
  });

  it("reads no more of the index than the pages around them", async () => {
    const many = {
      name: "t",
      columns: ["id"],
      frames: Array.from({ length: 3000 }, (_, id) => [[id]]),
    };
    const source = countingSource(await writeArchive([many], { framesPerPage: 100 }));
    const archive = await openArchive(source);
    const before = source.reads.length;
    const texts: string[] = [];
    for await (const { text } of archive.readFrames({ from: 300, to: 302 })) texts.push(text);
    expect(texts).toEqual(['{"id":300}', '{"id":301}']);
    // Its page, the page before it, and the frames.
    expect(source.reads.length - before).toBeLessThanOrEqual(3);
  });
});

describe("the writer", () => {
  const start = async () => {
    const writer = createArchiveWriter(async () => {});
    await writer.header(HEADER);
    return writer;
  };
  const frame = { table: "t", rows: 1, after: null, through: null, text: '{"id":1}' };

  it("refuses frames that do not cover a table's keys in one run", async () => {
    const writer = await start();
    await expectRefusal(() => writer.frame({ ...frame, after: [1] }), "INTERNAL");
    await writer.frame({ ...frame, through: [1] });
    await expectRefusal(() => writer.frame({ ...frame, after: [2] }), "INTERNAL");
    await expectRefusal(() => writer.frame({ ...frame, table: "u" }), "INTERNAL");
    await expectRefusal(() => writer.end(), "INTERNAL");
    await writer.frame({ ...frame, after: [1] });
    await expectRefusal(() => writer.frame({ ...frame, after: null }), "INTERNAL");
    await writer.frame({ ...frame, table: "u" });
    await expectRefusal(() => writer.frame(frame), "INTERNAL");
    await writer.end();
  });

  it("refuses a wrong row count, and a header that is missing or comes twice", async () => {
    const writer = createArchiveWriter(async () => {});
    await expectRefusal(() => writer.frame(frame), "INTERNAL");
    await expectRefusal(() => writer.end(), "INTERNAL");
    await writer.header(HEADER);
    await expectRefusal(() => writer.header(HEADER), "INTERNAL");
    for (const rows of [0, 2]) await expectRefusal(() => writer.frame({ ...frame, rows }), "INTERNAL");
    expect(writer.state).toMatchObject({ tables: [], page: [], pages: [] });
  });

  it("of many megabytes in one frame is read only where one row makes it so", async () => {
    const rows = Array.from({ length: 300_000 }, (_, id) => [id]);
    const bytes = await writeArchive([{ name: "t", columns: ["id"], frames: [rows] }]);
    const archive = await openArchive(bytesSource(bytes));
    await expectRefusal(() => archive.readFrame(0), "ARCHIVE_CORRUPT");
    const long = await writeArchive([
      { name: "t", columns: ["id", "v"], frames: [[...rows.slice(0, 100), [1, "x".repeat(5_000_000)]]] },
    ]);
    const read = await (await openArchive(bytesSource(long))).readFrame(0);
    expect(read.entry.textBytes).toBeGreaterThan(5_000_000);
    const bounded = await openArchive(bytesSource(long), { maxFrameBytes: 1_000_000 });
    await expectRefusal(() => bounded.readFrame(0), "ROW_TOO_LARGE");
  });

  it("goes on after a write that failed, as if it had not been asked", async () => {
    const pieces: Bytes[] = [];
    let broken = false;
    const writer = createArchiveWriter(async (bytes) => {
      if (broken) throw new Error("disk full");
      pieces.push(bytes);
    });
    await writer.header(HEADER);
    for (const given of framesOf(SAMPLE)) {
      broken = true;
      await expect(writer.frame(given)).rejects.toThrow("disk full");
      broken = false;
      await writer.frame(given);
    }
    const { bytes } = await writer.end();
    const file = new Uint8Array(await new Blob(pieces).arrayBuffer());
    expect(bytes).toBe(file.length);
    expect(file).toEqual(await writeArchive(SAMPLE));
  });

  it("refuses a frame beyond what a reader unpacks", async () => {
    const writer = await start();
    await expectRefusal(
      () => writer.frame({ ...frame, text: "x".repeat(64 * 1024 * 1024 + 1) }),
      "UNSUPPORTED",
    );
  });
});

/** Text that hardly compresses. */
function noise(length: number, seed: number): string {
  let state = seed + 1;
  let text = "";
  while (text.length < length) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += state.toString(36);
  }
  return text;
}
