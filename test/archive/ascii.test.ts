import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiJson } from "../../src/archive/ascii.ts";
import { seeded } from "../support/cases.ts";
import { utf8 } from "./support/sources.ts";

/** Mostly ASCII, so that escaping is worthwhile, at any offset within a word. */
const mostlyAscii = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant("plain ASCII, ") },
      { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 2 }) },
    ),
    { minLength: 10, maxLength: 60 },
  )
  .map((texts) => texts.join(""));

const strictly = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

describe("JSON in ASCII alone", () => {
  it("means the same", () => {
    fc.assert(
      fc.property(mostlyAscii, fc.integer({ min: 0, max: 5 }), (text, offset) => {
        const json = utf8(" ".repeat(offset) + JSON.stringify([text])).subarray(offset);
        const escaped = asciiJson(json);
        if (escaped === null) return; // too much of it is beyond ASCII
        const written = strictly.decode(escaped);
        expect(written).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(written)).toEqual([text]);
      }),
      seeded(500),
    );
  });

  it("is the same bytes where there is nothing else", () => {
    const json = utf8('["a",1]');
    expect(asciiJson(json)).toBe(json);
  });

  it.each([
    ["two bytes", "é", "\\u00e9"],
    ["three bytes", "€", "\\u20ac"],
    ["four bytes", "😀", "\\ud83d\\ude00"],
    ["the last character", "\u{10ffff}", "\\udbff\\udfff"],
    ["the edges of the surrogates", "\ud7ff\ue000", "\\ud7ff\\ue000"],
  ])("escapes characters of %s", (_, text, escaped) => {
    const around = "x".repeat(100);
    expect(strictly.decode(asciiJson(utf8(around + text + around)) ?? utf8(""))).toBe(
      around + escaped + around,
    );
  });

  it("leaves texts of another alphabet as they are", () => {
    expect(asciiJson(utf8(JSON.stringify(["Это не по-английски"])))).toBeNull();
  });

  it("refuses exactly what is no UTF-8", () => {
    const damage = fc.array(fc.integer({ min: 0x80, max: 0xff }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.integer({ min: 60, max: 64 }), (bytes, before) => {
        const json = Uint8Array.from([...utf8("a".repeat(before)), ...bytes, ...utf8("z".repeat(60))]);
        let text: string | null = null;
        try {
          text = strictly.decode(json);
        } catch {
          // it is none
        }
        const escaped = asciiJson(json);
        expect(escaped === null).toBe(text === null);
        if (escaped !== null) expect(JSON.parse(`"${strictly.decode(escaped)}"`)).toBe(text);
      }),
      seeded(2_000),
    );
  });
});
