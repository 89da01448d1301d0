import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonSyntax } from "../../src/archive/json-syntax.ts";
import type { Bytes } from "../../src/bytes.ts";
import { byteChanges, changeBytes } from "../fuzz/mutations.ts";
import { seeded } from "../support/cases.ts";
import { utf8 } from "./support/sources.ts";

/** The length of the value at the text's start, read in pieces of so many bytes; what was wrong with it. */
function read(text: Bytes, pieceBytes = text.length): number | "cut" | "invalid" {
  const syntax = new JsonSyntax();
  for (let start = 0; start < text.length; start += pieceBytes) {
    try {
      const behind = syntax.read(text, start, Math.min(start + pieceBytes, text.length));
      if (behind !== -1) return behind;
    } catch {
      return "invalid";
    }
  }
  return "cut";
}

function isJson(text: Bytes): boolean {
  try {
    JSON.parse(new TextDecoder().decode(text));
    return true;
  } catch {
    return false;
  }
}

const SOME = '{"a":[1,-2.5e3,true,null,"x\\u00e9\\n",{}],"b\\"":{"c":[[],{"d":"é😀"}]}}';

const values = fc.oneof(
  fc.constant(SOME),
  fc.json({ maxDepth: 6 }).filter((text) => /^["[{]/.test(text)),
  fc.json().map((text) => JSON.stringify(JSON.parse(`[${text}]`), null, " \t")),
);

test("takes what JSON.parse takes, to its last byte, in pieces of any size", () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 40 }), (text, pieceBytes) => {
      const bytes = utf8(text);
      expect(read(utf8(`${text}]} behind it`), pieceBytes)).toBe(bytes.length);
      for (let cut = 0; cut < bytes.length; cut++) expect(read(bytes.slice(0, cut), pieceBytes)).toBe("cut");
    }),
    seeded(200),
  );
});

test("refuses what JSON.parse refuses, whatever was changed", () => {
  fc.assert(
    fc.property(values, byteChanges, fc.integer({ min: 1, max: 40 }), (text, changes, pieceBytes) => {
      const changed = changeBytes(utf8(text), changes);
      // Others are not given to it.
      fc.pre(/^["[{]/.test(new TextDecoder().decode(changed)));
      const end = read(changed, pieceBytes);
      if (typeof end === "number") expect(isJson(changed.slice(0, end))).toBe(true);
      else expect(isJson(changed)).toBe(false);
    }),
    seeded(2000),
  );
});

test.each([
  ['{"frames":5("rows":4}', "invalid"],
  ["[1,]", "invalid"],
  ["[,1]", "invalid"],
  ['{"a"}', "invalid"],
  ['{"a":1,}', "invalid"],
  ["{1:2}", "invalid"],
  ["[1}", "invalid"],
  ['{"a":1]', "invalid"],
  ["[01]", "invalid"],
  ["[1 2]", "invalid"],
  ["[nul]", "invalid"],
  ['["\\x"]', "invalid"],
  ['["\\u12g4"]', "invalid"],
  ['["\n"]', "invalid"],
  [`[${"1".repeat(2000)}]`, "invalid"],
  ['["\\', "cut"],
  ["[[[", "cut"],
])("says of %j: %s", (text, verdict) => {
  expect(read(utf8(text))).toBe(verdict);
});

test("goes a million brackets deep", () => {
  const deep = 1_000_000;
  const text = `${'[{"a":'.repeat(deep)}1${"}]".repeat(deep)}`;
  expect(read(utf8(text))).toBe(text.length);
  expect(read(utf8(text.replace("}]}]", "}]]}")))).toBe("invalid");
});
