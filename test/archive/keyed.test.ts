import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32, joinCrc32 } from "../../src/archive/crc32.ts";
import { type KeyedRow, keyedLines, parseKeyedText } from "../../src/archive/keyed-text.ts";
import { openArchive } from "../../src/archive/reader.ts";
import { sha256Hex } from "../../src/archive/sha256.ts";
import { bytesSource } from "../../src/archive/source.ts";
import { createArchiveWriter } from "../../src/archive/writer.ts";
import type { Bytes } from "../../src/bytes.ts";
import { seeded } from "../support/cases.ts";
import { HEADER, join, SAMPLE, writeArchive } from "./support/archives.ts";
import { expectRefusal } from "./support/refusal.ts";
import { utf8 } from "./support/sources.ts";

const HASH = await sha256Hex(utf8("a row"));
const was = fc.constantFrom({}, { was: null }, { was: HASH });
const name = fc.constantFrom("$gone", "$was", "$key", "id", "a\nb");
const cell = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constant(null),
  fc.constant({ $int: "9007199254740993" }),
);
const keyed: fc.Arbitrary<KeyedRow> = fc
  .oneof(
    fc.record({ gone: fc.array(cell, { minLength: 1, maxLength: 2 }) }),
    fc.record({ row: fc.dictionary(name, cell, { minKeys: 1, noNullPrototype: true }) }),
  )
  .chain((one) => was.map((known) => ({ ...one, ...known })));

/** An archive of one table, of keyed frames. */
async function keyedArchive(kind: "delta" | "full", frames: KeyedRow[][]): Promise<Bytes> {
  const pieces: Bytes[] = [];
  const writer = createArchiveWriter(async (bytes) => void pieces.push(bytes));
  await writer.header({ ...HEADER, kind });
  let after = null as [number] | null;
  for (const [i, rows] of frames.entries()) {
    const through: [number] = [i];
    await writer.frame({
      table: "authors",
      rows: rows.filter((one) => "row" in one).length,
      keys: rows.length,
      after,
      through,
      text: keyedLines(rows).join(",\n"),
    });
    after = through;
  }
  await writer.end();
  return join(pieces);
}

describe("a keyed frame", () => {
  it("says of each of its keys which row is there, if any, and which one was", () => {
    fc.assert(
      fc.property(fc.array(keyed, { maxLength: 8 }), (rows) => {
        expect(parseKeyedText(keyedLines(rows).join(",\n"))).toEqual(rows);
      }),
      seeded(500),
    );
  });

  it("comes back from an archive of what changed, which is no archive of all", async () => {
    const frames: KeyedRow[][] = [
      [
        { row: { id: 1, name: "Ada" }, was: HASH },
        { gone: [2], was: HASH },
      ],
      [{ gone: [3] }, { row: { id: 4, name: "Bo" }, was: null }, { row: { id: 5, name: null } }],
    ];
    const archive = await openArchive(bytesSource(await keyedArchive("delta", frames)));
    expect(archive.header.kind).toBe("delta");
    expect(archive.tables).toMatchObject([{ table: "authors", frames: 2, rows: 3 }]);
    const back: KeyedRow[][] = [];
    for await (const { entry, text } of archive.readFrames()) {
      expect(entry.keys).toBe(frames[back.length]!.length);
      back.push(parseKeyedText(text));
    }
    expect(back).toEqual(frames);
    const full = await openArchive(bytesSource(await keyedArchive("full", frames)));
    await expectRefusal(() => full.readFrame(0), "ARCHIVE_CORRUPT");
  });

  it.each([
    '{"$gone":[1],"$was":[]}',
    '{"$gone":[1],"$was":["x"]}',
    '{"$gone":[1],"more":1}',
    '{"$was":[null],"more":1},\n{"id":1}',
    '{"$was":[null]}',
    '{"$was":[null]},\n{"$gone":[1]}',
    "[1]",
    "{",
  ])("of the text %s is refused", async (text) => {
    await expectRefusal(async () => parseKeyedText(text), "ARCHIVE_CORRUPT");
  });

  it("with other numbers than it says is not written", async () => {
    const writer = createArchiveWriter(async () => {});
    await writer.header({ ...HEADER, kind: "delta" });
    const frame = { table: "t", after: null, through: [1], text: '{"$gone":[1]},\n{"id":2}' };
    await expectRefusal(() => writer.frame({ ...frame, rows: 2, keys: 2 }), "INTERNAL");
    await expectRefusal(() => writer.frame({ ...frame, rows: 1, keys: 1 }), "INTERNAL");
    await writer.frame({ ...frame, rows: 1, keys: 2 });
    await expectRefusal(() => writer.frame({ ...frame, rows: 1, after: [1], text: '{"id":2}' }), "INTERNAL");
    await writer.end();
  });
});

describe("a table's checksum", () => {
  it("of two texts is that of both joined", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (a, b) => {
        expect(joinCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(join([a, b])));
      }),
      seeded(200),
    );
  });

  it("is the same however the table is cut, and another when a row is another", async () => {
    const tablesOf = async (frames: (number | string)[][][]) => {
      const table = { name: "t", columns: ["id", "v"], frames };
      return (await openArchive(bytesSource(await writeArchive([table])))).tables;
    };
    const rows = Array.from({ length: 9 }, (_, id) => [id, `row ${id}`]);
    const [whole] = await tablesOf([rows]);
    for (const cuts of [[3], [1, 1, 8], [0, 5, 9], [4, 4]]) {
      const frames = [...cuts, 9].map((end, i) => rows.slice(cuts[i - 1] ?? 0, end));
      const [cut] = await tablesOf(frames);
      expect(cut).toEqual({ ...whole, frames: frames.length });
    }
    const [other] = await tablesOf([rows.with(4, [4, "row 5"])]);
    expect(other!.crc32).not.toBe(whole!.crc32);
    expect(other!.sha256).not.toBe(whole!.sha256);
  });

  it("goes on with a writer that takes over", async () => {
    const [plain, interrupted] = await Promise.all(
      [false, true].map((one) => writeArchive(SAMPLE, { interrupted: one, framesPerPage: 2 })),
    );
    expect(interrupted).toEqual(plain);
  });
});
