import { describe, expect, it } from "vitest";
import { REFUSALS as UPLOADS } from "../../src/bucket/refusals.ts";
import { FerryError } from "../../src/errors.ts";
import { answerError } from "../../src/http/errors.ts";
import { hintFor } from "../../src/http/hints.ts";
import { REFUSALS as SYNCS } from "../../src/refusals.ts";

/** What the hints are made of. */
const DETAILS = {
  key: "sync-1-abcdefghijkl",
  partSize: 5_242_880,
  arrived: 2,
  highest: 3,
  table: "t",
  nextVersion: 4,
  addColumn: "ALTER TABLE",
  tables: ["t"],
  parents: ["p"],
  parent: "p",
  child: "c",
  syncKey: "sync-1-abcdefghijkl",
  undoes: "sync-1-abcdefghijkl",
  undoneBy: "undo-1-abcdefghijkl",
};

describe("A hint", () => {
  it.each(Object.entries({ ...UPLOADS, ...SYNCS }))("says what to do about %s", (reason, code) => {
    const hint = hintFor(new FerryError(code, "Refused", { details: { ...DETAILS, reason } }));
    expect(hint).toMatch(/^[A-Z0-9].*\.$/);
    expect(hint).not.toContain("undefined");
  });

  it("is made from the details", () => {
    const missing = new FerryError("PART_MISSING", "Part 3 of 3 never arrived", {
      details: { ...DETAILS, reason: "parts-not-received" },
    });
    expect(hintFor(missing)).toBe("2 of 3 parts are safe: send the missing ones, then complete again.");
  });

  it("is the error's own where it has one", () => {
    const own = new FerryError("INVALID_KEY", "No key", {
      hint: "Look again.",
      details: { reason: "key-malformed" },
    });
    expect(hintFor(own)).toBe("Look again.");
  });

  it.each([{}, { reason: "no such reason" }, { reason: "toString" }, { reason: 7 }])(
    "is missing for details of %j",
    (details) => expect(hintFor(new FerryError("INTERNAL", "Failed", { details }))).toBeUndefined(),
  );

  it("stands in the answer", async () => {
    const refused = new FerryError("INVALID_REQUEST", "Part 1 is listed twice", {
      details: { partNumber: 1, reason: "part-listed-twice" },
    });
    expect(await answerError(refused).json()).toEqual({
      error: "Part 1 is listed twice",
      code: "INVALID_REQUEST",
      hint: "List each part once.",
      details: { partNumber: 1, reason: "part-listed-twice" },
    });
  });
});
