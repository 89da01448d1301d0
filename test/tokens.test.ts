import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { PERMISSIONS } from "../src/grants.ts";
import { describeToken, hashToken, MIN_TOKEN_LENGTH, newToken, parseTokens } from "../src/tokens.ts";

const SECRET = "s3cr3t-0123456789-0123456789-0123456789";
const SHA = createHash("sha256").update(SECRET).digest("hex");
const LINE = { name: "ci", may: ["plan"], sha256: SHA };

describe("a token", () => {
  it("is made at random, long enough, of characters that any header and shell takes", () => {
    const tokens = new Set(Array.from({ length: 50 }, newToken));
    expect(tokens.size).toBe(50);
    for (const token of tokens) {
      expect(token).toMatch(/^ferry_[0-9a-f]{64}$/);
      expect(token.length).toBeGreaterThan(MIN_TOKEN_LENGTH);
    }
  });

  it("is kept as its hash, and its line never holds it", async () => {
    expect(await hashToken(SECRET)).toBe(SHA);
    const expires = Date.UTC(2027, 0, 31, 12);
    const line = await describeToken(SECRET, { name: "ci", may: ["plan", "read"], tables: ["a b"], expires });
    expect(line).not.toContain(SECRET);
    expect(line).not.toContain("\n");
    expect(parseTokens(line)).toEqual([
      { name: "ci", may: ["plan", "read"], tables: ["a b"], expires, sha256: SHA },
    ]);
    await expect(describeToken(SECRET, { name: "", may: ["plan"] })).rejects.toMatchObject({
      code: "NOT_CONFIGURED",
    });
  });
});

describe("FERRY_TOKENS", () => {
  it("is a line a token, or an array, as text or as JSON that the environment holds", () => {
    const other = { ...LINE, name: "backup", may: [...PERMISSIONS], sha256: SHA.toUpperCase() };
    const both = [LINE, { ...other, sha256: SHA }];
    expect(parseTokens(`${JSON.stringify(LINE)}\r\n\n  ${JSON.stringify(other)}\n`)).toEqual(both);
    expect(parseTokens(JSON.stringify([LINE, other], null, 2))).toEqual(both);
    expect(parseTokens([LINE, other])).toEqual(both);
    for (const nothing of [undefined, null, "", " \n ", "[]"]) expect(parseTokens(nothing)).toEqual([]);
  });

  it("has times with their zone, and dates as their first moment in UTC", () => {
    const read = (expires: string) => parseTokens([{ ...LINE, expires }])[0]?.expires;
    expect(read("2027-01-31")).toBe(Date.UTC(2027, 0, 31));
    expect(read("2027-01-31T12:00:00+02:00")).toBe(Date.UTC(2027, 0, 31, 10));
  });

  it.each([
    ["a token in place of its hash", { ...LINE, sha256: SECRET }, '"sha256"'],
    ["no hash", { name: "ci", may: ["plan"] }, '"sha256" is missing'],
    ["an unknown permission", { ...LINE, may: ["admin"] }, '"may.0"'],
    ["nothing allowed", { ...LINE, may: [] }, '"may" has to allow something'],
    ["a misspelt bound, which would allow all tables", { ...LINE, table: ["a"] }, '"table" is not known'],
    ["a bound on what has none", { ...LINE, may: ["manage"], tables: ["a"] }, '"manage"'],
    ["a name of two lines", { ...LINE, name: "ci\nroot" }, '"name"'],
    ["a time without its zone", { ...LINE, expires: "2027-01-31T12:00:00" }, '"expires"'],
    ["a time that is none", { ...LINE, expires: "2027-13-31" }, '"expires"'],
    ["a number", 7, "has to be an object"],
    ["nothing", null, "has to be an object"],
  ])("is refused with %s, telling where and not what", (_, entry, problem) => {
    const text = `${JSON.stringify(LINE)}\n${JSON.stringify(entry)}`;
    const refused = expect.objectContaining({
      code: "NOT_CONFIGURED",
      message: expect.stringMatching(/FERRY_TOKENS.*line 2/),
    });
    expect(() => parseTokens(text)).toThrow(refused);
    expect(() => parseTokens(text)).toThrow(problem);
    expect(() => parseTokens(text)).not.toThrow(SECRET);
  });

  it("is refused, and not shown, where it is the token itself or no JSON", () => {
    for (const text of [SECRET, `{"name":"${SECRET}`, `[${SECRET}`]) {
      expect(() => parseTokens(text)).toThrow(/is not JSON/);
      expect(() => parseTokens(text)).not.toThrow(SECRET);
    }
  });
});
