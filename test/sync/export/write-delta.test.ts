import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeRow } from "../../../src/archive/cells.ts";
import { parseKeyedText } from "../../../src/archive/keyed-text.ts";
import { openArchive } from "../../../src/archive/reader.ts";
import { bytesSource } from "../../../src/archive/source.ts";
import type { Cell, DocumentHeader, MergedEdits, Row } from "../../../src/archive/types.ts";
import { readSchema } from "../../../src/database/schema.ts";
import { archivedTable } from "../../../src/sync/export/archived-table.ts";
import {
  createDeltaWriter,
  type DeltaTable,
  type KeyedLine,
  writeDelta,
} from "../../../src/sync/export/write-delta.ts";
import { byteSink } from "../../support/bytes.ts";
import { seeded } from "../../support/cases.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const database = memoryDatabase(`CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
  CREATE TABLE b (x TEXT, y INT, PRIMARY KEY (x, y)); CREATE TABLE c (v)`);
const schema = await readSchema(database);
const header: Omit<DocumentHeader, "kind"> = {
  version: 3,
  exportedAt: 7,
  source: { engine: "node-sqlite", name: "somewhere" },
  schema: ["a", "b", "c"].map((name) => archivedTable(schema.tables.get(name)!)),
};

const rowOf = (id: number, v: Cell): KeyedLine & { row: Row } => ({
  key: [id],
  line: encodeRow(["id", "v"], [id, v]),
  row: { id, v },
});

/** What is in an archive, frame by frame. */
async function framesOf(bytes: Uint8Array<ArrayBuffer>) {
  const archive = await openArchive(bytesSource(bytes));
  const frames = [];
  for await (const { entry, text, rowids } of archive.readFrames()) frames.push({ entry, text, rowids });
  return { archive, frames };
}

async function written(tables: DeltaTable[], frameBytes?: number) {
  const sink = byteSink();
  const counts = await writeDelta(sink.write, { header, frameBytes, tables });
  return { counts, bytes: sink.bytes(), ...(await framesOf(sink.bytes())) };
}

describe("A delta that is written", () => {
  test("says what it is of", async () => {
    const { archive, counts } = await written([]);
    expect(archive.header).toMatchObject({
      kind: "delta",
      version: 3,
      exportedAt: 7,
      source: { engine: "node-sqlite", name: "somewhere" },
      schema: [{ name: "a" }, { name: "b" }, { name: "c" }],
    });
    expect(archive.tables).toEqual([]);
    expect(counts.tables).toEqual([]);
  });

  test("says what became of edits on both sides, and is refused where that is not of its shape", async () => {
    const merged: MergedEdits = {
      since: 5,
      kept: [{ table: "__proto__", rows: 2 }],
      conflicts: {
        rows: 30,
        taken: "ours",
        first: [
          { table: "a", key: [{ $int: "9007199254740993" }], is: "deleted-at-source" },
          {
            table: "a",
            key: [1],
            is: "edited",
            cells: [{ column: "v", base: null, ours: 1, theirs: { start: "x", of: "text", bytes: 99 } }],
          },
        ],
      },
    };
    const read = async (one: unknown) => {
      const sink = byteSink();
      await writeDelta(sink.write, { header: { ...header, merged: one as MergedEdits }, tables: [] });
      return (await openArchive(bytesSource(sink.bytes()))).header.merged;
    };
    expect(await read(merged)).toEqual(merged);
    const { conflicts } = merged;
    const wrong = [
      null,
      { ...merged, kept: { a: 2 } },
      { ...merged, since: "yesterday" },
      { ...merged, conflicts: { ...conflicts, taken: "both" } },
      { ...merged, conflicts: { ...conflicts, rows: -1 } },
      { ...merged, conflicts: { ...conflicts, first: [{ table: "a", key: [{}], is: "edited" }] } },
      { ...merged, kept: [{ table: "x".repeat(64_000), rows: 1 }] },
    ];
    for (const one of wrong) await expect(read(one)).rejects.toMatchObject({ code: "ARCHIVE_CORRUPT" });
  });

  test("gives back each key, its row, and what it was made against, however it is cut", async () => {
    const was = fc.constantFrom(undefined, null, "ab".repeat(32));
    const one = fc.record({ gone: fc.boolean(), v: fc.oneof(fc.string(), fc.integer()), was });
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { maxLength: 20 }),
        fc.integer({ min: 1, max: 200 }),
        async (all, size) => {
          const keys = all.map(({ gone, v, was: hash }, id) => ({
            ...(gone ? { gone: [id] } : rowOf(id, v)),
            ...(hash === undefined ? {} : { was: hash }),
          }));
          const { frames, counts } = await written([{ table: "a", keys }], size);
          const back = frames.flatMap(({ text }) => parseKeyedText(text));
          expect(back).toEqual(
            keys.map(({ key: _, line: _l, ...rest }: Partial<KeyedLine> & Record<string, unknown>) => rest),
          );
          const rows = all.filter(({ gone }) => !gone).length;
          const expected = { table: "a", rows, gone: all.length - rows, whole: false };
          expect(counts.tables).toEqual(all.length === 0 ? [] : [expected]);
          for (const [i, { entry }] of frames.entries()) {
            expect(entry.after).toEqual(frames[i - 1]?.entry.through ?? null);
            expect(entry.textBytes <= size || entry.keys === 1).toBe(true);
          }
        },
      ),
      seeded(100),
    );
  });

  test("closes its frames at a million bytes, not letters", async () => {
    const long = "é".repeat(300_000);
    const keys = Array.from({ length: 5 }, (_, i) => rowOf(i, long));
    const { frames } = await written([
      { table: "a", keys: [...keys, rowOf(9, long.repeat(4)), { gone: [10] }] },
    ]);
    expect(frames.map(({ entry }) => entry.keys)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    const short = Array.from({ length: 100_000 }, (_, i) => ({ gone: [i] }));
    const cut = await written([{ table: "a", keys: short }]);
    expect(cut.frames.map(({ entry }) => entry.textBytes < 1_000_000)).toEqual([true, true]);
    expect(cut.counts.tables).toEqual([{ table: "a", rows: 0, gone: 100_000, whole: false }]);
  });

  test("leaves out a table without a change, and takes one as a whole", async () => {
    const frame = { rows: 1, after: null, through: null, text: '{"rowid":1,"v":2}' };
    const { archive, counts } = await written([
      { table: "a", keys: [] },
      { table: "b", keys: [{ gone: ["x", 1] }] },
      { table: "c", whole: [frame] },
    ]);
    expect(archive.tables.map(({ table }) => table)).toEqual(["b", "c"]);
    expect(counts.tables).toEqual([
      { table: "b", rows: 0, gone: 1, whole: false },
      { table: "c", rows: 1, gone: 0, whole: true },
    ]);
  });

  test("has the rowids of a frame whose rows all have one", async () => {
    const line = (x: string) => ({ key: [x, 1], line: `{"x":"${x}","y":1}` });
    const keys = [{ ...line("a"), rowid: 7 }, { gone: ["b", 1] }, { ...line("c"), rowid: 2n ** 60n }];
    const { frames } = await written([{ table: "b", keys }]);
    expect(frames[0]!.rowids).toEqual([7, 2n ** 60n]);
    const some = await written([{ table: "b", keys: [...keys, line("d")] }]);
    expect(some.frames[0]!.rowids).toBeNull();
  });

  test("goes on where a writer before it paused, at any of its keys", async () => {
    const keys = Array.from({ length: 9 }, (_, i) => (i % 3 === 1 ? { gone: [i] } : rowOf(i, "v".repeat(i))));
    const pairs = [{ gone: ["x", 1] }, { gone: ["y", 1] }];
    const all = [...keys.map((one) => ["a", one] as const), ...pairs.map((one) => ["b", one] as const)];
    for (let at = 0; at <= all.length; at++) {
      const sink = byteSink();
      let writer = createDeltaWriter(sink.write, { header, frameBytes: 60 });
      for (const [i, [table, keyed]] of all.entries()) {
        if (i === at) {
          const state = JSON.parse(JSON.stringify(await writer.pause()));
          writer = createDeltaWriter(sink.write, { header, frameBytes: 60, state });
        }
        await writer.key(table, keyed);
      }
      const counts = await writer.end();
      expect(counts).toEqual({
        bytes: sink.bytes().byteLength,
        tables: [
          { table: "a", rows: 6, gone: 3, whole: false },
          { table: "b", rows: 0, gone: 2, whole: false },
        ],
      });
      const { frames } = await framesOf(sink.bytes());
      expect(frames.flatMap(({ text }) => parseKeyedText(text))).toHaveLength(11);
    }
  });

  test("says of no range where its keys are in no order", async () => {
    const sink = byteSink();
    const keys = [3, 1, 2].map((id) => ({ gone: [id] }));
    await writeDelta(sink.write, { header, ordered: false, frameBytes: 1, tables: [{ table: "a", keys }] });
    const { frames } = await framesOf(sink.bytes());
    expect(frames.map(({ entry: { keys, after, through } }) => [keys, after, through])).toEqual(
      Array(3).fill([1, null, null]),
    );
  });

  test("is not written with a table's keys in two places", async () => {
    const one = (table: string): DeltaTable => ({ table, keys: [{ gone: table === "b" ? ["x", 1] : [1] }] });
    await expect(written([one("a"), one("b"), one("a")])).rejects.toMatchObject({ code: "INTERNAL" });
  });
});
