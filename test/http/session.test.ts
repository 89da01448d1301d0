import { describe, expect, it } from "vitest";
import { beginSession, endSession, grantOfSession } from "../../src/http/session.ts";
import { describeToken, newToken } from "../../src/tokens.ts";

const NOW = Date.UTC(2027, 0, 1);
const HOUR = 3_600_000;
const now = () => NOW;
const options = { base: "/app/api/admin", secure: true, now };

const withCookie = (cookie: string | null) =>
  new Request("https://app.example/x", { headers: { cookie: `a=b; ${cookie?.split(";")[0]}; c=d` } });

/** A session's cookie: name and value. */
const sessionValue = (cookie: string | null) => cookie?.split(";")[0]?.slice("ferry_session=".length) ?? "";

describe("a session", () => {
  it("is of the token that it was begun with, below the base path, for 12 hours", async () => {
    const token = newToken();
    const FERRY_TOKENS = await describeToken(token, { name: "ädä", may: ["plan"], tables: ["posts"] });
    const settings = { FERRY_TOKENS };
    const cookie = await beginSession(token, { settings, ...options });
    expect(cookie).toMatch(
      /^ferry_session=[\w.-]+; Path=\/app\/api\/admin; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect(cookie).not.toContain(token);
    const grant = { name: "ädä", may: ["plan"], tables: ["posts"] };
    expect(await grantOfSession(withCookie(cookie), settings, now)).toEqual(grant);
    expect(await grantOfSession(withCookie(cookie), settings, () => NOW + 12 * HOUR - 1)).toEqual(grant);
    expect(await grantOfSession(withCookie(cookie), settings, () => NOW + 12 * HOUR)).toBeNull();
  });

  it("allows what its token allows now, and nothing once that is gone", async () => {
    const token = newToken();
    const before = await describeToken(token, { name: "ci", may: ["plan", "write"] });
    const cookie = await beginSession(token, { settings: { FERRY_TOKENS: before }, ...options });
    const less = await describeToken(token, { name: "ci", may: ["plan"] });
    expect(await grantOfSession(withCookie(cookie), { FERRY_TOKENS: less }, now)).toMatchObject({
      may: ["plan"],
    });
    const other = await describeToken(newToken(), { name: "ci", may: ["manage"] });
    expect(await grantOfSession(withCookie(cookie), { FERRY_TOKENS: other }, now)).toBeNull();
    expect(await grantOfSession(withCookie(cookie), {}, now)).toBeNull();
    // Beside another token of the same name it is still its own.
    expect(
      await grantOfSession(withCookie(cookie), { FERRY_TOKENS: `${other}\n${less}` }, now),
    ).toMatchObject({
      may: ["plan"],
    });
  });

  it("ends with its token", async () => {
    const token = newToken();
    const line = await describeToken(token, { name: "ci", may: ["plan"], expires: NOW + HOUR });
    const cookie = await beginSession(token, { settings: { FERRY_TOKENS: line }, ...options });
    expect(cookie).toContain("Max-Age=3600;");
    expect(await grantOfSession(withCookie(cookie), { FERRY_TOKENS: line }, () => NOW + HOUR)).toBeNull();
    const ended = await describeToken(token, { name: "ci", may: ["plan"], expires: NOW - 1 });
    await expect(
      beginSession(token, { settings: { FERRY_TOKENS: ended }, ...options }),
    ).rejects.toMatchObject({ code: "AUTHENTICATION_REQUIRED" });
  });

  it("is begun with no token that the app does not know", async () => {
    const settings = { FERRY_TOKEN: "t".repeat(32) };
    for (const token of ["", "t", "t".repeat(31), "T".repeat(32), "t".repeat(33)])
      expect(await beginSession(token, { settings, ...options }), token).toBeNull();
    expect(await beginSession("t".repeat(32), { settings, ...options })).not.toBeNull();
  });

  it("is not one with any character changed, moved to another name, or made longer", async () => {
    const settings = {
      FERRY_TOKEN: "t".repeat(32),
      FERRY_TOKENS: await describeToken(newToken(), { name: "ci", may: ["plan"] }),
    };
    const value = sessionValue(await beginSession("t".repeat(32), { settings, ...options }));
    const grantOf = (changed: string) =>
      grantOfSession(withCookie(`ferry_session=${changed}`), settings, now);
    expect(await grantOf(value)).toMatchObject({ name: "FERRY_TOKEN" });
    for (let i = 0; i < value.length; i++) {
      const other = value[i] === "A" ? "B" : "A";
      expect(await grantOf(value.slice(0, i) + other + value.slice(i + 1)), String(i)).toBeNull();
    }
    const [name, ends, signature] = value.split(".") as [string, string, string];
    const ci = btoa("ci").replaceAll("=", "");
    for (const forged of [
      `${ci}.${ends}.${signature}`,
      `${name}.${Number(ends) + 1}.${signature}`,
      `${name}.${ends}`,
      `${name}.${ends}.`,
      `${name}.${ends}.${signature}=`,
      `${name}.${ends}.${"%00".repeat(20)}`,
      `${"A".repeat(100_000)}.${ends}.${signature}`,
      "..",
      "",
    ])
      expect(await grantOf(forged), forged.slice(0, 80)).toBeNull();
  });

  it("is ended by a cookie that is over", () => {
    expect(endSession({ base: "/api/admin", secure: false })).toBe(
      "ferry_session=; Path=/api/admin; Max-Age=0; HttpOnly; SameSite=Strict",
    );
  });
});
