import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeRow, isTagged } from "../../src/archive/cells.ts";
import { positionRows } from "../../src/archive/positions.ts";
import { parseRows } from "../../src/archive/reader.ts";
import type { Cell } from "../../src/archive/types.ts";
import { seeded } from "../support/cases.ts";
import { anyCell } from "./support/arbitraries.ts";

const textOf = (names: readonly string[], rows: readonly Cell[][]) =>
  rows.map((cells) => encodeRow(names, cells)).join(",\n");

/** Some rows of the same properties. */
const table = fc
  .tuple(
    fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: 5 }),
  )
  .chain(([names, count]) =>
    fc.record({
      names: fc.constant(names),
      rows: fc.array(fc.tuple(...names.map(() => anyCell)) as fc.Arbitrary<Cell[]>, {
        minLength: count,
        maxLength: count,
      }),
    }),
  );

describe("Rows by position", () => {
  it("are what the parsed rows are, or none", () => {
    let positioned = 0;
    fc.assert(
      fc.property(table, ({ names, rows }) => {
        const text = textOf(names, rows);
        const found = positionRows(text);
        const parsed = parseRows(text);
        if (found === null) return;
        positioned++;
        expect(rows.flat().some(isTagged)).toBe(false);
        expect(found.names).toEqual(Object.keys(parsed[0] ?? {}));
        expect(found.rows.map((row) => JSON.parse(row))).toEqual(parsed.map((row) => Object.values(row)));
      }),
      seeded(1_000),
    );
    expect(positioned).toBeGreaterThan(100);
  });

  it("of a text that was tampered with are what the parsed rows are, or none", () => {
    const base = textOf(
      ["id", "t", "n"],
      [
        [1, 'a "quoted", text\\', null],
        [2, ',"n":null},\n', 1.5],
      ],
    );
    const pieces = fc.constantFrom(
      '"',
      "\\",
      ",",
      "{",
      "}",
      "[",
      ",\n",
      '"n":',
      "null",
      "1e2",
      "01",
      "-",
      "true",
      " ",
      "x",
    );
    fc.assert(
      fc.property(fc.nat(base.length), fc.nat(3), pieces, (at, removed, piece) => {
        const text = base.slice(0, at) + piece + base.slice(at + removed);
        const found = positionRows(text);
        if (found === null) return;
        const array = `[${found.rows.join(",")}]`;
        let rows: unknown[][] | null = null;
        try {
          rows = JSON.parse(array);
        } catch {
          // SQLite's to refuse: no such text has the hash of an archive that d1-ferry wrote
        }
        if (rows !== null) expect(rows).toEqual(parseRows(text).map((row) => Object.values(row)));
      }),
      seeded(5_000),
    );
  });

  it.each([
    ["nothing", ""],
    ["a row without properties", "{}"],
    ["a list", "[1]"],
    ["rows of other properties", '{"a":1},\n{"b":1}'],
    ["rows in another order", '{"a":1,"b":2},\n{"b":2,"a":1}'],
    ["a row too long", '{"a":1},\n{"a":1,"b":2}'],
    ["a tag", '{"a":{"$int":"9007199254740993"}}'],
    ["a boolean", '{"a":true}'],
    ["a REAL that JSON writes as an integer", '{"a":1.0}'],
    ["an integer beyond 2^53", '{"a":9007199254740993}'],
    ["a number in other digits", '{"a":1e2}'],
    ["a minus zero", '{"a":-0}'],
    ["no number", '{"a":1-2}'],
    ["a text without an end", '{"a":"x'],
    ["white space", '{"a": 1}'],
    ["half a row", '{"a":1},\n'],
  ])("are none of %s", (_, text) => expect(positionRows(text)).toBeNull());
});
