import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveRange } from "../../src/http/range.ts";
import { seeded } from "../support/cases.ts";

describe("a Range header", () => {
  it.each([
    ["bytes=0-9", { offset: 0, length: 10 }],
    ["bytes=90-", { offset: 90, length: 10 }],
    ["bytes=90-500", { offset: 90, length: 10 }],
    ["bytes=-7", { offset: 93, length: 7 }],
    ["bytes=-700", { offset: 0, length: 100 }],
    ["bytes=99-99", { offset: 99, length: 1 }],
  ])("%s of 100 bytes is that range", (header, expected) => {
    expect(resolveRange(header, 100)).toEqual(expected);
  });

  it.each([null, "", "bytes", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "rows=0-1", "bytes=a-b"])(
    "%s means all of it",
    (header) => expect(resolveRange(header, 100)).toBeNull(),
  );

  it.each(["bytes=100-", "bytes=100-200", "bytes=-0"])("%s of 100 bytes cannot be satisfied", (header) => {
    expect(() => resolveRange(header, 100)).toThrow(expect.objectContaining({ status: 416 }));
  });

  it("never reaches outside the object", () => {
    const bound = fc.option(fc.nat(300), { nil: "" as const });
    fc.assert(
      fc.property(bound, bound, fc.nat(200), (first, last, size) => {
        let range: ReturnType<typeof resolveRange> = null;
        try {
          range = resolveRange(`bytes=${first}-${last}`, size);
        } catch (error) {
          expect(error).toMatchObject({ code: "RANGE_NOT_SATISFIABLE" });
          return;
        }
        if (range === null) {
          expect(first === "" ? last === "" : last !== "" && Number(last) < Number(first)).toBe(true);
          return;
        }
        expect(range.offset).toBeGreaterThanOrEqual(0);
        expect(range.length).toBeGreaterThan(0);
        expect(range.offset + range.length).toBeLessThanOrEqual(size);
      }),
      seeded(100),
    );
  });
});
