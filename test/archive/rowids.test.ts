import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRowids, rowidMembers } from "../../src/archive/rowids.ts";
import type { Rowid } from "../../src/archive/types.ts";
import { seeded } from "../support/cases.ts";
import { expectRefusal } from "./support/refusal.ts";

const MOST = 2n ** 63n - 1n;

/** A number where it is exact, as the reader gives it. */
const rowid = (value: bigint): Rowid =>
  BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

const anyRowid = fc
  .oneof(
    fc.bigInt({ min: -MOST - 1n, max: MOST }),
    fc.bigInt({ min: -300n, max: 300n }),
    fc.constantFrom(-MOST - 1n, MOST, 2n ** 53n, -(2n ** 53n), 2n ** 51n, 2n ** 48n, 0n),
  )
  .map(rowid);

describe("rowids beside a frame", () => {
  it("come back in their order, whatever they are, and are no part of the text", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyRowid, { maxLength: 60 }), (rowids) => {
        const members = rowidMembers(rowids);
        expect(readRowids(members, rowids.length)).toEqual(rowids);
        if (rowids.length > 0) expect(gunzipSync(members)).toHaveLength(0);
      }),
      seeded(500),
    );
  });

  it("take a byte each where they follow each other, and as many members as they need", () => {
    const following = Array.from({ length: 200_000 }, (_, i) => i + 1);
    const members = rowidMembers(following);
    expect(members.length).toBeLessThan(201_000);
    expect(readRowids(members, following.length)).toEqual(following);
  });

  it("are refused where they were changed, cut, are of other rows or twice the same", async () => {
    const rowids = [5, 9, -3, MOST, 2 ** 40];
    const members = rowidMembers(rowids);
    for (let at = 0; at < members.length; at++) {
      const changed = members.slice();
      changed[at]! ^= 1;
      await expectRefusal(async () => readRowids(changed, rowids.length), "ARCHIVE_CORRUPT");
      await expectRefusal(async () => readRowids(members.slice(0, at), rowids.length), "ARCHIVE_CORRUPT");
    }
    await expectRefusal(async () => readRowids(members, rowids.length - 1), "ARCHIVE_CORRUPT");
    await expectRefusal(async () => readRowids(rowidMembers([4, 4]), 2), "ARCHIVE_CORRUPT");
  });
});
