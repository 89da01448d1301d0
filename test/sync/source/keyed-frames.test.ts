import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArchiveKind, SchemaObject } from "../../../src/archive/types.ts";
import type { FrameToWrite } from "../../../src/archive/writer.ts";
import { readSchema } from "../../../src/database/schema.ts";
import { type ErrorCode, FerryError } from "../../../src/errors.ts";
import { byteAt, openFrameSource, type SourceFrame } from "../../../src/sync/source/frame-source.ts";
import { expectRefusal } from "../../archive/support/refusal.ts";
import { documentSource } from "../../support/bytes.ts";
import { seeded } from "../../support/cases.ts";
import { archiveOfFrames, keyedArchive } from "../../support/keyed-archive.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const live = await readSchema(
  memoryDatabase(`CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE pairs (a, b, n, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TABLE log (message, n)`),
);
const schema: SchemaObject[] = [...live.tables.values()];
const HASH = "0123456789abcdef".repeat(4);
const ACCEPTED: ArchiveKind[] = ["before-images"];

const countOf = (lines: string[], start: string) => lines.filter((line) => line.startsWith(start)).length;

/** A frame of any text, of whose marks the numbers are made. */
function frameOf(table: string, text: string): FrameToWrite {
  const lines = text === "" ? [] : text.split(",\n");
  const gone = countOf(lines, '{"$gone":[');
  const rows = lines.length - gone - countOf(lines, '{"$was":[');
  const through = table === "pairs" ? [9, 9] : [9];
  return { table, rows, keys: rows + gone, after: null, through, text };
}

async function framesOf(frames: FrameToWrite[], kind: ArchiveKind = "before-images"): Promise<SourceFrame[]> {
  const source = await openFrameSource(await archiveOfFrames({ kind, schema }, frames), {
    acceptsParts: [kind],
  });
  const found: SourceFrame[] = [];
  for await (const frame of source.frames(() => true, undefined)) found.push(frame);
  return found;
}

describe("A keyed frame", () => {
  test.each<ArchiveKind>(["before-images", "delta", "subset"])(
    "of %s gives its keys, their rows, and what they were made against, as often as it is asked",
    async (kind) => {
      const keys = [
        { row: { id: 1, name: "Ada" } },
        { gone: [2], was: HASH },
        { row: { id: 3, name: "Bo" }, was: null },
        { gone: [4] },
      ];
      const archive = await keyedArchive({ schema, kind, tables: [{ table: "authors", keys }] });
      const source = await openFrameSource(archive, { acceptsParts: [kind] });
      expect(source.outline).toMatchObject({ kind: "archive", parts: kind, totalRows: 2 });
      const frames: SourceFrame[] = [];
      for await (const frame of source.frames(() => true, undefined)) frames.push(frame);
      for (const _ of ["once", "and again"]) {
        expect(frames.flatMap(({ keyed }) => [...keyed!.keys()])).toEqual(keys);
        expect(frames.flatMap((frame) => [...frame.rows()].flat())).toEqual([keys[0]!.row, keys[2]!.row]);
      }
      expect(frames.map(({ seq, next, written }) => [seq, next, written])).toMatchObject([
        [0, { frame: 1 }, undefined],
        [1, { frame: 2 }, undefined],
      ]);
      const bytes = frames.flatMap(({ start, next }) => [byteAt(start), byteAt(next)]);
      expect(bytes).toEqual(bytes.toSorted((a, b) => a! - b!));
      expect(bytes.at(-1)).toBeLessThan(archive.size);
      expect(frames[0]!.keyed!.columns).toEqual(["id"]);
    },
  );

  test.each<ArchiveKind>(["before-images", "delta", "subset"])(
    "of %s is not opened unasked",
    async (kind) => {
      const archive = await keyedArchive({
        schema,
        kind,
        tables: [{ table: "authors", keys: [{ gone: [1] }] }],
      });
      const others = (["before-images", "delta", "subset"] as const).filter((other) => other !== kind);
      for (const options of [{}, { acceptsParts: others }]) {
        const error = await expectRefusal(() => openFrameSource(archive, options), "UNSUPPORTED");
        expect(error.details).toEqual({ reason: "archive-of-parts", kind });
      }
    },
  );

  test("of a plain document is refused, for its marks would be taken for rows", async () => {
    const document = documentSource({ kind: "before-images", data: { authors: [{ $gone: [1] }] } });
    const opened = () => openFrameSource(document, { acceptsParts: ACCEPTED });
    const error = await expectRefusal(opened, "UNSUPPORTED");
    expect(error.details).toMatchObject({ reason: "archive-of-parts" });
  });

  const hostile: [what: string, table: string, text: string, code?: ErrorCode][] = [
    ["a gone key with a cell too many", "authors", '{"$gone":[1,2]}'],
    ["a gone key with a cell too few", "pairs", '{"$gone":[1]}'],
    ["a gone key without a cell", "authors", '{"$gone":[]}'],
    ["a gone key that is a list", "authors", '{"$gone":[[1]]}'],
    ["a gone key that is true", "authors", '{"$gone":[true]}'],
    ["a gone key that is an object", "authors", '{"$gone":[{"a":1}]}'],
    ["a gone key with a malformed tag", "authors", '{"$gone":[{"$blob":"?"}]}'],
    ["a gone key beyond every number", "authors", '{"$gone":[1e400]}'],
    ["a gone key of NULL", "authors", '{"$gone":[null]}'],
    ["a gone key with a NULL", "pairs", '{"$gone":[1,null]}'],
    ["a gone key that another follows in the same mark", "authors", '{"$gone":[1],"$gone":7}'],
    ["a gone key nested deeply", "authors", `{"$gone":[${"[".repeat(200_000)}${"]".repeat(200_000)}]}`],
    ["a row without its key", "authors", '{"name":"x"}'],
    ["a row with a part of its key", "pairs", '{"a":1,"n":2}'],
    ["a row with its key in other letters", "authors", '{"ID":1,"name":"x"}'],
    ["a row with a NULL in its key", "pairs", '{"a":1,"b":null,"n":2}'],
    ["a row that only inherits its key", "authors", '{"__proto__":{"id":1},"name":"x"}'],
    ["a key with a row and without one", "authors", '{"id":1,"name":"x"},\n{"$gone":[1]}'],
    ["a key that is gone twice", "pairs", '{"$gone":[1,"b"]},\n{"$gone":[1,"a"]},\n{"$gone":[1,"b"]}'],
    ["a key with two rows", "authors", '{"id":1,"name":"x"},\n{"id":1,"name":"y"}'],
    ["a blob's key twice", "pairs", '{"$gone":[{"$blob":"AA=="},1]},\n{"a":{"$blob":"AA=="},"b":1,"n":0}'],
    ["a hash that is none", "authors", `{"$gone":[1],"$was":["${HASH.slice(1)}"]}`],
    ["a hash in capitals", "authors", `{"$gone":[1],"$was":["${HASH.toUpperCase()}"]}`],
    ["a hash that is a number", "authors", '{"$was":[1]},\n{"id":1,"name":"x"}'],
    ["a hash of nothing", "authors", '{"$was":[null]}'],
    ["a hash of two", "authors", `{"$was":["${HASH}","${HASH}"]},\n{"id":1,"name":"x"}`],
    ["a line that is no JSON", "authors", '{"id":1,"name":"x'],
    ["a row over two lines", "authors", '{"id":1,\n"name":"x"}'],
    ["a row that is a list", "authors", "[1]"],
    ["a row with a malformed tag", "authors", '{"id":1,"name":{"$int":"x"}}', "DOCUMENT_INVALID"],
    [
      "a row nested deeply",
      "authors",
      `{"id":1,"name":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
      "DOCUMENT_INVALID",
    ],
  ];

  test.each(hostile)("with %s is refused", async (_, table, text, code = "ARCHIVE_CORRUPT") => {
    const [frame] = await framesOf([frameOf(table, text)]);
    for (const read of [() => [...frame!.keyed!.keys()], () => [...frame!.rows()]])
      await expectRefusal(read, code);
  });

  test("may have keys that are no JavaScript equals, and one that is a text of another's JSON", async () => {
    const text = [[1], ["1"], [{ $blob: "AA==" }], ['[{"$blob":"AA=="}]'], [{ $int: "9007199254740993" }]]
      .map((key) => JSON.stringify({ $gone: key }))
      .join(",\n");
    const [frame] = await framesOf([frameOf("authors", text)]);
    expect([...frame!.keyed!.keys()]).toHaveLength(5);
  });

  test("of any text is read or refused", async () => {
    const lines = [
      '{"$gone":[1]}',
      `{"$gone":[2],"$was":["${HASH}"]}`,
      `{"$was":["${HASH}"]}`,
      '{"$was":[null]}',
      '{"id":3,"name":"x"}',
      '{"id":{"$int":"9007199254740993"},"name":{"$blob":"AA=="}}',
    ];
    const letters = fc.constantFrom(
      '"',
      "[",
      "]",
      "{",
      "}",
      ",\n",
      "\n",
      ":",
      "null",
      "$",
      "1e999",
      "\\",
      "",
    );
    const changes = fc.array(fc.tuple(fc.nat(400), letters), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(lines), changes, async (some, changed) => {
        let text = some.join(",\n");
        for (const [at, letter] of changed) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + letter + text.slice(place + 1);
        }
        const [frame] = await framesOf([frameOf("authors", text)]);
        try {
          for (const key of frame!.keyed!.keys()) expect("gone" in key || "id" in key.row).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FerryError);
          expect((error as FerryError).code).toMatch(/^(ARCHIVE_CORRUPT|DOCUMENT_INVALID)$/);
        }
      }),
      seeded(300),
    );
  });
});

describe("An archive of before-images", () => {
  test("that holds a table by ranges is refused", async () => {
    const whole = { table: "authors", rows: 0, after: null, through: null, text: "" };
    const error = await expectRefusal(() => framesOf([whole]), "UNSUPPORTED");
    expect(error.details).toMatchObject({ reason: "archive-of-parts", table: "authors" });
  });

  test("that does not say what a key is of is refused", async () => {
    const other = { ...frameOf("authors", '{"$gone":[1]}'), table: "others" };
    await expectRefusal(() => framesOf([other]), "ARCHIVE_CORRUPT");
  });
});

describe("A keyless frame", () => {
  const keyless = (text: string, entry: Partial<FrameToWrite> = {}): FrameToWrite => {
    const rows = text.split(",\n").length;
    const marks = { made: true, keyless: true } as const;
    return { table: "log", rows, keys: rows, ...marks, after: [7], through: null, text, ...entry };
  };
  const ROW = '{"message":"a","n":1}';

  test("gives its rows as often as they were added, and the rowid that they are above", async () => {
    const frames = await framesOf([
      { table: "log", rows: 1, keys: 1, made: true, after: null, through: null, text: '{"rowid":1,"n":2}' },
      keyless(`${ROW},\n${ROW}`),
      keyless('{"message":"b"}', { after: [{ $int: "-9223372036854775808" }] }),
      keyless(ROW, { after: null }),
    ]);
    expect(frames.map(({ keyed }) => keyed?.keyless?.above)).toEqual([
      undefined,
      "7",
      "-9223372036854775808",
      null,
    ]);
    expect([...frames[1]!.keyed!.keys()]).toEqual([
      { row: { message: "a", n: 1 } },
      { row: { message: "a", n: 1 } },
    ]);
  });

  const { made: _, ...notMade } = keyless(ROW);
  test.each<[what: string, frame: FrameToWrite, kind?: ArchiveKind]>([
    ["of a delta", keyless(ROW), "delta"],
    ["of rows that nobody made", notMade],
    ["of rows that were deleted", { ...notMade, deleted: true }],
    ["of rows that were made and deleted", keyless(ROW, { deleted: true })],
    ["of more keys than rows", keyless('{"$gone":[1]}', { rows: 0 })],
    ["that has an end", keyless(ROW, { through: [9] })],
    ["with rowids beside it", keyless(ROW, { rowids: [8] })],
    ["above two cells", keyless(ROW, { after: [1, 2] })],
    ["above a text", keyless(ROW, { after: ["7 OR 1"] })],
    ["above a fraction", keyless(ROW, { after: [7.5] })],
    ["above a NULL", keyless(ROW, { after: [null] })],
    ["above more than a rowid can be", keyless(ROW, { after: [{ $int: "9223372036854775808" }] })],
    ["of a table that has a key", keyless('{"name":"x"}', { table: "authors" })],
    ["with a row that has its rowid", keyless('{"rowid":8,"message":"a"}')],
    ["with what a row was made against", keyless(`{"$was":[null]},\n${ROW}`, { rows: 1, keys: 1 })],
    ["with a hash of a row", keyless(`{"$was":["${HASH}"]},\n${ROW}`, { rows: 1, keys: 1 })],
  ])("%s is refused", async (_, frame, kind) => {
    const read = async () => (await framesOf([frame], kind)).map(({ keyed }) => [...keyed!.keys()]);
    await expectRefusal(read, "ARCHIVE_CORRUPT");
  });
});
