import { describe, expect, it } from "vitest";
import { authorizeBearer, refuseCrossOrigin } from "../../src/http/auth.ts";

const TOKEN = "a-token-of-more-than-32-characters-0123456789";

function request(headers: Record<string, string>, method = "POST", url = "https://app.example/x") {
  return new Request(url, { method, headers });
}

describe("a bearer token", () => {
  const bearer = (value: string) => request({ authorization: value });

  it("authorises when it is the configured one", async () => {
    expect(await authorizeBearer(bearer(`Bearer ${TOKEN}`), TOKEN)).toEqual({ via: "bearer" });
    expect(await authorizeBearer(bearer(`bearer  ${TOKEN} `), TOKEN)).toEqual({ via: "bearer" });
  });

  it.each([
    ["another token", `Bearer ${TOKEN}x`],
    ["a prefix of it", `Bearer ${TOKEN.slice(0, -1)}`],
    ["no scheme", TOKEN],
    ["another scheme", `Basic ${TOKEN}`],
    ["nothing", ""],
    ["an empty token", "Bearer "],
    ["two tokens", `Bearer ${TOKEN} ${TOKEN}`],
  ])("does not authorise with %s", async (_, header) => {
    expect(await authorizeBearer(bearer(header), TOKEN)).toBeNull();
  });

  it("matches nothing while the app has no token", async () => {
    for (const unset of [undefined, null, ""]) {
      expect(await authorizeBearer(bearer("Bearer undefined"), unset)).toBeNull();
      expect(await authorizeBearer(bearer("Bearer "), unset)).toBeNull();
    }
  });

  it("matches nothing while the app's token has fewer than 32 characters", async () => {
    const short = "x".repeat(31);
    expect(await authorizeBearer(bearer(`Bearer ${short}`), short)).toBeNull();
    const enough = "x".repeat(32);
    expect(await authorizeBearer(bearer(`Bearer ${enough}`), enough)).not.toBeNull();
  });
});

describe("a change made with a cookie", () => {
  const check =
    (headers: Record<string, string>, method = "POST", url?: string) =>
    () =>
      refuseCrossOrigin(request(headers, method, url), { via: "cookie" });
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

  it("is another matter than reading, and than a bearer token, which no browser sends unasked", () => {
    expect(check({ origin: "https://evil.example" }, "GET")).not.toThrow();
    const foreign = request({ origin: "https://evil.example" });
    expect(() => refuseCrossOrigin(foreign, { via: "bearer" })).not.toThrow();
  });
});
