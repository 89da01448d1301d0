import { describe, expect, it } from "vitest";
import { PERMISSIONS } from "../../src/grants.ts";
import { grantOfToken, readGrant, refuseCrossOrigin, type TokenSettings } from "../../src/http/auth.ts";
import { describeToken, newToken } from "../../src/tokens.ts";

const TOKEN = "a-token-of-more-than-32-characters-0123456789";

function request(headers: Record<string, string>, method = "POST", url = "https://app.example/x") {
  return new Request(url, { method, headers });
}

const bearer = (value: string) => request({ authorization: value });

describe("the token of the app", () => {
  const grantOf = (value: string, FERRY_TOKEN: unknown = TOKEN) =>
    grantOfToken(bearer(value), { FERRY_TOKEN });

  it("allows everything", async () => {
    const everything = { name: "FERRY_TOKEN", may: PERMISSIONS };
    expect(await grantOf(`Bearer ${TOKEN}`)).toEqual(everything);
    expect(await grantOf(`bearer  ${TOKEN} `)).toEqual(everything);
  });

  it.each([
    ["another token", `Bearer ${TOKEN}x`],
    ["a prefix of it", `Bearer ${TOKEN.slice(0, -1)}`],
    ["no scheme", TOKEN],
    ["another scheme", `Basic ${TOKEN}`],
    ["nothing", ""],
    ["an empty token", "Bearer "],
    ["two tokens", `Bearer ${TOKEN} ${TOKEN}`],
  ])("is nothing to who sends %s", async (_, header) => {
    expect(await grantOf(header)).toBeNull();
  });

  it.each([undefined, null, "", "short", "x".repeat(31), { token: TOKEN }, [TOKEN]])(
    "matches nothing while it is %j",
    async (unset) => {
      for (const sent of [String(unset), "undefined", TOKEN, ""]) {
        expect(await grantOfToken(bearer(`Bearer ${sent}`), { FERRY_TOKEN: unset })).toBeNull();
      }
    },
  );

  it("matches from 32 characters on", async () => {
    expect(await grantOf(`Bearer ${"x".repeat(31)}`, "x".repeat(31))).toBeNull();
    expect(await grantOf(`Bearer ${"x".repeat(32)}`, "x".repeat(32))).not.toBeNull();
  });
});

describe("a named token", () => {
  const NOW = Date.UTC(2027, 0, 1);
  const grantOf = (token: string, settings: TokenSettings) =>
    grantOfToken(bearer(`Bearer ${token}`), settings, () => NOW);

  it("allows what its line says, beside the app's own token and others", async () => {
    const [planner, reader] = [newToken(), newToken()];
    const lines = [
      await describeToken(planner, { name: "ci", may: ["plan"], tables: ["posts"], expires: NOW + 1 }),
      await describeToken(reader, { name: "backup", may: ["read"] }),
    ];
    const settings = { FERRY_TOKEN: TOKEN, FERRY_TOKENS: lines.join("\n") };
    expect(await grantOf(planner, settings)).toEqual({ name: "ci", may: ["plan"], tables: ["posts"] });
    expect(await grantOf(reader, settings)).toMatchObject({ name: "backup", may: ["read"] });
    expect(await grantOf(TOKEN, settings)).toMatchObject({ name: "FERRY_TOKEN" });
    expect(await grantOf(newToken(), settings)).toBeNull();
    // What stands in the setting lets nobody in.
    for (const line of lines) expect(await grantOf(JSON.parse(line).sha256, settings)).toBeNull();
  });

  it("is told that it has expired, at that moment, unless a new line of it is there", async () => {
    const token = newToken();
    const line = await describeToken(token, { name: "ci", may: ["plan"], expires: NOW });
    await expect(grantOf(token, { FERRY_TOKENS: line })).rejects.toMatchObject({
      code: "AUTHENTICATION_REQUIRED",
      message: 'The token "ci" expired on 2027-01-01T00:00:00.000Z',
      details: { reason: "token-expired" },
    });
    const renewed = await describeToken(token, { name: "ci", may: ["plan"], expires: NOW + 1 });
    expect(await grantOf(token, { FERRY_TOKENS: `${line}\n${renewed}` })).toMatchObject({ name: "ci" });
  });

  it("of fewer than 32 characters is none, whatever its line says", async () => {
    const line = await describeToken("guessable", { name: "ci", may: ["plan"] });
    expect(await grantOf("guessable", { FERRY_TOKENS: line })).toBeNull();
  });

  it("stops no other: a setting that cannot be read leaves the app's own token", async () => {
    const settings = { FERRY_TOKEN: TOKEN, FERRY_TOKENS: "not a line" };
    expect(await grantOf(TOKEN, settings)).toMatchObject({ name: "FERRY_TOKEN" });
    await expect(grantOf(newToken(), settings)).rejects.toMatchObject({ code: "NOT_CONFIGURED" });
    expect(await grantOfToken(request({}), settings)).toBeNull();
  });
});

describe("what the app's own rule answers", () => {
  it("is a grant, or nobody", () => {
    expect(readGrant({ name: "ada", may: [] })).toEqual({ name: "ada", may: [] });
    expect(readGrant({ name: "ada", may: ["read"], tables: ["posts"] })).toMatchObject({ tables: ["posts"] });
    for (const nobody of [null, undefined]) expect(readGrant(nobody)).toBeNull();
  });

  it.each([
    true,
    {},
    "ada",
    { via: "bearer" },
    { name: "ada" },
    { name: "ada", may: "read" },
    { name: "ada", may: ["everything"] },
    { name: "ada", may: ["read"], table: ["posts"] },
    { name: "ada", may: ["manage"], tables: ["posts"] },
    { name: "", may: [] },
  ])("lets nobody in where it is %j", (answered) => {
    expect(() => readGrant(answered)).toThrow(expect.objectContaining({ code: "NOT_CONFIGURED" }));
  });
});

describe("a change that no token of ours let in", () => {
  const check =
    (headers: Record<string, string>, method = "POST", url?: string) =>
    () =>
      refuseCrossOrigin(request(headers, method, url));
  const refused = expect.objectContaining({ code: "CROSS_ORIGIN" });

  it.each([
    ["another site's origin", { origin: "https://evil.example" }],
    ["an opaque origin", { origin: "null" }],
    ["another port", { origin: "https://app.example:8443" }],
    ["a subdomain", { origin: "https://x.app.example" }],
    ["a host that only begins alike", { origin: "https://app.example.evil.example" }],
    ["no origin, but a browser that says cross-site", { "sec-fetch-site": "cross-site" }],
    ["no origin, but a browser that says same-site", { "sec-fetch-site": "same-site" }],
    [
      "our origin, but a browser that says cross-site",
      { origin: "https://app.example", "sec-fetch-site": "cross-site" },
    ],
    [
      "an origin that is no proxy's host",
      { origin: "https://evil.example", "x-forwarded-host": "app.example" },
    ],
  ])("is refused with %s", (_, headers) => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      expect(check(headers as Record<string, string>, method)).toThrow(refused);
    }
  });

  it.each([
    ["the app's own origin", { origin: "https://app.example" }],
    ["no origin, as curl sends it", {}],
    ["a browser that says same-origin", { "sec-fetch-site": "same-origin", origin: "https://app.example" }],
    [
      "a proxy's address",
      { origin: "https://site.example", "x-forwarded-host": "site.example", "x-forwarded-proto": "https" },
    ],
    [
      "the first of two proxies' addresses",
      {
        origin: "https://site.example",
        "x-forwarded-host": "site.example, inner",
        "x-forwarded-proto": "https, http",
      },
    ],
    ["the Host header's address", { origin: "https://site.example", host: "site.example" }],
  ])("is let through with %s", (_, headers) => {
    expect(check(headers as Record<string, string>)).not.toThrow();
  });

  it("is let through from the https page of an app that sees http behind its proxy", () => {
    expect(check({ origin: "https://app.example" }, "POST", "http://app.example/x")).not.toThrow();
    expect(check({ origin: "http://app.example" }, "POST", "https://app.example/x")).toThrow(refused);
  });

  it("is another matter than reading", () => {
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      expect(check({ origin: "https://evil.example" }, method)).not.toThrow();
    }
  });
});
