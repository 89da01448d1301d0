import { describe, expect, it } from "vitest";
import { failureOf, retryAfterOf } from "../../src/client/failure.ts";

const URL = "https://app.example/base/api/admin/r2-sync?syncKey=secret";

/** Answers that are not d1-ferry's own, and whether the same request may succeed. */
const PAGES: [what: string, status: number, body: string, transient: boolean, message: RegExp][] = [
  ["an exception in the Worker", 500, "error code: 1101", true, /threw an exception \(1101\)/],
  ["CPU time", 503, "<h1>Error <span>1102</span></h1> Worker exceeded resource limits", true, /CPU time/],
  ["a rate limit", 429, "error code: 1015", true, /too many requests/],
  ["the day's requests", 429, "error code: 1027", false, /free plan are used up/],
  ["a loop", 508, "error code: 1019", false, /loop/],
  ["no DNS", 530, "error code: 1016", false, /leads nowhere/],
  ["a host that is down", 521, "<title>521: Web server is down</title>", true, /is down \(521\)/],
  ["a host that is slow", 524, "<title>524: A timeout occurred</title>", true, /in time \(524\)/],
  ["a certificate", 526, "", false, /certificate/],
  ["a plain 500", 500, "<html>Internal Server Error</html>", true, /not as d1-ferry does/],
  ["a plain 503", 503, "", true, /503/],
  ["a gateway", 502, "Bad gateway", true, /502/],
  ["a timeout", 408, "", true, /408/],
  [
    "a server without POST",
    501,
    "<html>Unsupported method</html>",
    false,
    /There is no d1-ferry at .* \(501\)/,
  ],
  ["a teapot", 418, "", false, /418/],
];

describe("An answer in d1-ferry's place", () => {
  it.each(PAGES)("%s", async (_what, status, body, transient, message) => {
    const error = await failureOf(new Response(body, { status }), URL);
    expect(error).toMatchObject({ code: "UNREACHABLE", transient });
    expect(error.message).toMatch(message);
    expect(error.message).toContain("https://app.example/base");
    expect(error.message + error.hint).not.toContain("secret");
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  it.each([
    ["7", 7000],
    ["0", 0],
    ["Tue, 24 Nov 2026 12:00:30 GMT", 30_000],
    ["Tue, 24 Nov 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["-3", undefined],
    ["1.5", undefined],
  ])("%s is %s ms", (value, ms) => {
    expect(retryAfterOf(new Response(null, { headers: { "retry-after": value } }), now)).toBe(ms);
  });

  it("is nothing where there is none", () => {
    expect(retryAfterOf(new Response(null), now)).toBeUndefined();
  });
});
