import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import type { LedgerPart } from "../../src/bucket/ledger.ts";
import { checkParts } from "../../src/bucket/part-rules.ts";
import { seeded } from "../support/cases.ts";
import { describeUploads } from "./uploads-suite.ts";

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "d1-ferry-uploads-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describeUploads("a directory", async () => ({ bucket: directoryBucket(join(root, String(count++))) }));

describe("The rules of parts", () => {
  const MiB = 1024 * 1024;
  const ledger = (sizes: number[]): LedgerPart[] =>
    sizes.map((size, index) => ({ partNumber: index + 1, etag: `e${index + 1}`, size }));

  it("allow 10,000 parts listed in any order", () => {
    const parts = ledger(Array.from({ length: 10_000 }, () => 5 * MiB));
    expect(checkParts(parts.toReversed(), parts)).toEqual(parts);
    expect(() => checkParts([...parts, { partNumber: 10_001, etag: "x" }], parts)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST" }),
    );
  });

  it("allow exactly what R2 allows", () => {
    const size = fc.constantFrom(1, 5 * MiB - 1, 5 * MiB, 5 * MiB + 1, 8 * MiB);
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), (sizes) => {
        const inner = sizes.slice(0, -1);
        const allowed =
          inner.every((value) => value >= 5 * MiB && value === inner[0]) &&
          (inner[0] === undefined || (sizes.at(-1) ?? 0) <= inner[0]);
        const check = () => checkParts(ledger(sizes), ledger(sizes));
        if (allowed) expect(check()).toHaveLength(sizes.length);
        else expect(check).toThrow(expect.objectContaining({ code: expect.stringMatching(/^PART_/) }));
      }),
      seeded(100),
    );
  });

  it("allow nothing but the whole list with its own etags", () => {
    const held = ledger([5 * MiB, 5 * MiB, 5 * MiB, 7]);
    const entry = fc.record({
      partNumber: fc.integer({ min: 1, max: 6 }),
      etag: fc.constantFrom("e1", "e2", "e3", "e4", "e5"),
    });
    fc.assert(
      fc.property(fc.oneof(fc.array(entry, { maxLength: 6 }), fc.shuffledSubarray(held)), (listed) => {
        const whole =
          listed.length === 4 &&
          new Set(listed.map(({ partNumber }) => partNumber)).size === 4 &&
          listed.every(({ partNumber, etag }) => partNumber <= 4 && etag === `e${partNumber}`);
        if (whole) expect(checkParts(listed, held)).toEqual(held);
        else {
          const code = expect.stringMatching(/^(PART_MISSING|ETAG_MISMATCH|INVALID_REQUEST)$/);
          expect(() => checkParts(listed, held)).toThrow(expect.objectContaining({ code }));
        }
      }),
      seeded(100),
    );
  });
});
