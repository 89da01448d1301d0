import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfObject, keyTime, newKey, objectName, parseKey, uploadPrefix } from "../../src/bucket/keys.ts";
import { seeded } from "../support/cases.ts";

describe("A key", () => {
  it("is made of its kind, its time and twelve random letters and digits", () => {
    expect(newKey("export", 1700000000000)).toMatch(/^export-1700000000000-[0-9a-z]{12}$/);
    expect(newKey("sync")).toMatch(/^sync-\d{13}-[0-9a-z]{12}$/);
    expect(new Set(Array.from({ length: 1000 }, () => newKey("sync", 0))).size).toBe(1000);
  });

  it("uses every letter and digit about equally often", () => {
    const counts = new Map<string, number>();
    for (let turn = 0; turn < 3000; turn++) {
      for (const letter of newKey("sync", 0).slice("sync-0-".length)) {
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(36);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(250);
  });

  it("is read back, with its time and its object", () => {
    const key = newKey("export", 1700000000123);
    expect(parseKey(key)).toBe(key);
    expect(keyTime(key)).toBe(1700000000123);
    expect(objectName(key)).toBe(`d1-ferry/${key}`);
    expect(keyOfObject(objectName(key))).toBe(key);
    expect(keyOfObject(`${uploadPrefix(key)}started`)).toBeNull();
  });

  it("is refused in every other form", () => {
    const forms = [
      "",
      "../x",
      "sync-1-../../../aaaa",
      "export-123...",
      "SYNC-1-abcdefghijkl",
      "sync-1-abcdefghijkl/",
    ];
    forms.push(
      "sync-1-abcdefghijkl\n",
      "sync-1-abcdefghijklm",
      "sync--abcdefghijkl",
      "d1-ferry/sync-1-abcdefghijkl",
    );
    for (const text of [...forms, null, undefined, 7, {}, ["sync-1-abcdefghijkl"]]) {
      expect(() => parseKey(text)).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseKey(text)).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
      }),
      seeded(100),
    );
  });
});
