import { createHash } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64ToBytes, bytesToBase64, isBase64 } from "../../src/archive/base64.ts";
import { canonicalRowText, encodeRow, isTagged } from "../../src/archive/cells.ts";
import { crc32 } from "../../src/archive/crc32.ts";
import { parseRows } from "../../src/archive/reader.ts";
import { sha256Hex } from "../../src/archive/sha256.ts";
import type { Cell } from "../../src/archive/types.ts";
import { seeded } from "../support/cases.ts";
import { anyCell, taggedCell } from "./support/arbitraries.ts";
import { expectRefusal } from "./support/refusal.ts";
import { utf8 } from "./support/sources.ts";

describe("checksums and base64", () => {
  it("agree with those of Node for any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (given) => {
        const bytes = new Uint8Array(given);
        expect(crc32(bytes)).toBe(zlibCrc32(bytes));
        expect(await sha256Hex(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
        expect(bytesToBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(base64ToBytes(bytesToBase64(bytes))).toEqual(bytes);
        expect(isBase64(bytesToBase64(bytes))).toBe(true);
      }),
      seeded(100),
    );
  });

  it("take a megabyte of base64", () => {
    const bytes = new Uint8Array(1_500_000).map((_, i) => i);
    expect(base64ToBytes(bytesToBase64(bytes))).toEqual(bytes);
    expect(isBase64("A".repeat(2_000_000))).toBe(true);
  });

  it.each(["A", "AA", "AAA", "A===", "AB==", "AAB=", "AA=A", "AA-_", "AA==\n", " AAA"])(
    "do not take %j for base64",
    (text) => expect(isBase64(text)).toBe(false),
  );
});

describe("a row as a line", () => {
  it("has the columns in the order asked for", () => {
    expect(encodeRow(["b", "1", "__proto__"], [1, "x", null])).toBe('{"b":1,"1":"x","__proto__":null}');
  });

  it("tags the numbers that digits would bend", () => {
    const line = (cell: Cell) => encodeRow(["n"], [cell]);
    expect(line(-0)).toBe('{"n":{"$real":"-0"}}');
    expect(line(2 ** 53)).toBe('{"n":{"$real":"9007199254740992"}}');
    expect(line(-(2 ** 63))).toBe('{"n":{"$real":"-9223372036854776000"}}');
    expect(line(Infinity)).toBe('{"n":{"$real":"Infinity"}}');
    expect(line(1e20)).toBe('{"n":100000000000000000000}');
    expect(line(1e300)).toBe('{"n":1e+300}');
    expect(line(Number.MAX_SAFE_INTEGER)).toBe('{"n":9007199254740991}');
    expect(() => line(Number.NaN)).toThrow("NaN");
  });

  it("comes back as it was written, whatever the cells", () => {
    fc.assert(
      fc.property(fc.array(anyCell, { minLength: 1, maxLength: 8 }), (cells) => {
        const columns = cells.map((_, i) => `c${i}`);
        const line = encodeRow(columns, cells);
        expect(line).not.toContain("\n");
        const [row] = parseRows(line);
        expect(columns.map((column) => row![column])).toStrictEqual(cells);
        expect(canonicalRowText(row!, columns)).toBe(line);
      }),
      seeded(100),
    );
  });

  it("differs when the row lost a column or was given one", () => {
    const columns = ["id", "name"];
    const line = encodeRow(columns, [1, "ada"]);
    expect(canonicalRowText({ name: "ada", id: 1 }, columns)).toBe(line);
    expect(canonicalRowText({ id: 1 }, columns)).toBe('{"id":1}');
    expect(canonicalRowText({ id: 1, name: "ada", extra: 2 }, columns)).toBe(
      '{"id":1,"name":"ada","extra":2}',
    );
    expect(canonicalRowText({ id: 1, extra: 2 }, columns)).not.toBe(line);
  });
});

describe("a tag", () => {
  it("is believed for every well-formed cell", () => {
    fc.assert(
      fc.property(taggedCell, (cell) => {
        expect(isTagged(cell)).toBe(true);
      }),
      seeded(100),
    );
  });

  it.each([
    null,
    "x",
    5,
    [],
    {},
    { $int: 5 },
    { $int: "1.0" },
    { $int: "01" },
    { $int: "-0" },
    { $int: "9223372036854775808" },
    { $int: "-9223372036854775809" },
    { $int: "1", $real: "1" },
    { $int: "1", x: 1 },
    { $blob: "not base64" },
    { $text: null },
    { $real: "NaN" },
    { $real: "1e999" },
    { $real: "0x10" },
    { $real: "" },
    { $date: "2026" },
  ])("is not seen in %j", (value) => expect(isTagged(value)).toBe(false));
});

describe("parsing a frame's text", () => {
  it("refuses what is not rows", async () => {
    for (const text of [
      "{",
      "1",
      "[]",
      "null",
      '{"a":1}{"b":2}',
      '{"a":1}],[{"a":2}',
      '{"a":{"$int":"x"}}',
    ]) {
      await expectRefusal(() => parseRows(text), "DOCUMENT_INVALID");
    }
  });

  it("survives absurd nesting", async () => {
    const depth = 2_000_000;
    await expectRefusal(
      () => parseRows(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`),
      "DOCUMENT_INVALID",
    );
  });

  it("keeps a property named __proto__ a property", () => {
    const [row] = parseRows('{"__proto__":{"$blob":"AA=="},"x":true}');
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.entries(row!)).toEqual([
      ["__proto__", { $blob: "AA==" }],
      ["x", 1],
    ]);
  });
});

it("the hash of a row is that of its line, which its columns' order changes", async () => {
  const hashOf = (columns: string[], cells: Cell[]) => sha256Hex(utf8(encodeRow(columns, cells)));
  const line = createHash("sha256").update('{"a":"x","b":1}').digest("hex");
  expect(await hashOf(["a", "b"], ["x", 1])).toBe(line);
  expect(await hashOf(["b", "a"], [1, "x"])).not.toBe(line);
});
