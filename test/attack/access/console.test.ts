import { describe, expect, it } from "vitest";
import type { Permission } from "../../../src/grants.ts";
import { describeToken, newToken } from "../../../src/tokens.ts";
import { countTried } from "../../support/figures.ts";
import { ALL, GRANTS, granted } from "./grants.ts";
import { trap } from "./trap.ts";

const PAGE = "https://app.example/api/admin/ferry";
const KEY = "sync-1700000000000-k3v9x0a7b2qd";
const EXPORT_KEY = "export-1700000000000-k3v9x0a7b2qd";

interface Sent {
  fields: Record<string, string>;
  needs: readonly Permission[];
}

/** Written by hand: what each form of the page may be sent for. */
const FORMS: Record<string, Sent> = {
  plan: { fields: { key: KEY, mode: "mirror", create: "all", force: "on" }, needs: ["plan"] },
  apply: { fields: { key: KEY, plan: "0".repeat(64), deletes: "0" }, needs: ["write"] },
  undo: { fields: { key: KEY }, needs: ["plan"] },
  export: { fields: { newKey: EXPORT_KEY, all: "on" }, needs: ["read"] },
  drop: { fields: { key: KEY }, needs: ["plan"] },
  prune: { fields: { olderThanMs: "0" }, needs: ["manage"] },
};

const post = (action: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  new Request(`${PAGE}?do=${action}`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin", ...headers },
    body: new URLSearchParams(fields),
  });

const get = (query = "", headers: Record<string, string> = {}) => new Request(PAGE + query, { headers });

describe("a form of the page", () => {
  it.each(Object.entries(FORMS))(
    "%s, does nothing for a grant that does not allow it",
    async (action, sent) => {
      for (const may of GRANTS) {
        const { touched, recorded, ask } = trap();
        const response = await ask(post(action, sent.fields, granted({ name: "ada", may })));
        countTried("forms of the page with each set of permissions");
        const missing = sent.needs.filter((one) => !may.includes(one));
        const told = `with ${may.join(" ") || "nothing"}`;
        if (missing.length === 0 && may.length > 0) {
          expect(response.status, told).not.toBe(403);
          expect(touched.length, told).toBeGreaterThan(0);
          continue;
        }
        expect(response.status, told).toBe(403);
        expect(touched, told).toEqual([]);
        expect(recorded.length, told).toBe(may.length > 0 ? 1 : 0);
        const html = await response.text();
        expect(html, told).toContain("You may not do this");
        if (may.length > 0) expect(html, told).toContain(`the grant does not allow`);
      }
    },
  );

  it.each(Object.entries(FORMS))("%s, is nothing to strangers, and not read", async (action, { fields }) => {
    const { touched, recorded, ask } = trap({ tokens: () => ({ FERRY_TOKEN: newToken() }) });
    const strangers = [
      {},
      { cookie: "ferry_session=RkVSUllfVE9LRU4.9999999999999.x" },
      { authorization: "Bearer x" },
    ];
    for (const headers of strangers) {
      const request = post(action, fields, headers);
      const response = await ask(request);
      countTried("forms of the page by strangers");
      expect(response.status).toBe(401);
      expect(request.bodyUsed).toBe(false);
    }
    expect(touched).toEqual([]);
    expect(recorded).toEqual([]);
  });

  it.each(Object.entries(FORMS))("%s, is refused from a page elsewhere", async (action, { fields }) => {
    const token = newToken();
    const { touched, ask } = trap({ tokens: () => ({ FERRY_TOKEN: token }) });
    const cookie = await signIn(ask, token);
    for (const login of [granted(ALL), { cookie }]) {
      for (const from of [
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site", origin: "https://app.example" },
        { "sec-fetch-site": "cross-site", origin: "null" },
      ]) {
        const response = await ask(post(action, fields, { ...login, ...from }));
        expect(response.status).toBe(403);
        expect(await response.text()).toContain("CROSS_ORIGIN");
      }
    }
    expect(touched).toEqual([]);
  });

  it("cannot do what the policy leaves out, whoever sends it", async () => {
    for (const [action, { fields }] of Object.entries(FORMS)) {
      const { touched, ask } = trap({ policy: { operations: ["list", "history", "status"] } });
      const response = await ask(post(action, fields, granted(ALL)));
      expect(response.status, action).toBe(403);
      expect(touched, action).toEqual([]);
    }
  });

  it.each(["nothing", "__proto__", "constructor", "toString", ""])("called %j is none", async (action) => {
    const { touched, ask } = trap();
    const response = await ask(post(action, { key: KEY }, granted(ALL)));
    expect([400, 500]).toContain(response.status);
    expect(await response.text()).toContain("UNKNOWN_OPERATION");
    expect(touched).toEqual([]);
  });

  it("is not read beyond 64 KiB", async () => {
    const { touched, ask } = trap();
    const response = await ask(post("plan", { key: KEY, mode: "x".repeat(70_000) }, granted(ALL)));
    expect(response.status).toBe(413);
    expect(touched).toEqual([]);
  });
});

/** Signs in with a token, and answers the cookie to send. */
async function signIn(ask: (request: Request) => Promise<Response>, token: string): Promise<string> {
  const response = await ask(post("sign-in", { token }));
  expect(response.status).toBe(303);
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

describe("signing in", () => {
  it("asks neither database nor bucket, and tells nothing of a token that is wrong or has ended", async () => {
    const [token, ended] = [newToken(), newToken()];
    const line = await describeToken(ended, { name: "old", may: ["plan"], expires: Date.now() - 1 });
    const { touched, recorded, ask } = trap({ tokens: () => ({ FERRY_TOKEN: token, FERRY_TOKENS: line }) });
    for (const sent of ["", "short", newToken(), `${token}x`, "<script>alert(1)</script>".repeat(10)]) {
      const response = await ask(post("sign-in", { token: sent }));
      countTried("tries to sign in");
      expect(response.status).toBe(401);
      expect(response.headers.get("set-cookie")).toBeNull();
      const html = await response.text();
      expect(html).toContain("does not know this token");
      if (sent.length > 20) expect(html).not.toContain(sent);
    }
    expect(await (await ask(post("sign-in", { token: ended }))).text()).toContain("expired");
    expect(await signIn(ask, token)).toMatch(/^ferry_session=/);
    expect([touched, recorded]).toEqual([[], []]);
  });

  it("is refused from a page elsewhere, and with more than a token", async () => {
    const token = newToken();
    const { ask } = trap({ tokens: () => ({ FERRY_TOKEN: token }) });
    expect((await ask(post("sign-in", { token }, { "sec-fetch-site": "cross-site" }))).status).toBe(403);
    expect((await ask(post("sign-in", { token: token + " ".repeat(5000) }))).status).toBe(413);
  });

  it("gives a session that does what its token may, and nothing from elsewhere", async () => {
    const token = newToken();
    const line = await describeToken(token, { name: "ci", may: ["plan"] });
    const { ask } = trap({ tokens: () => ({ FERRY_TOKENS: line }) });
    const cookie = await signIn(ask, token);
    const prune = await ask(post("prune", FORMS.prune?.fields ?? {}, { cookie }));
    expect([prune.status, await prune.text()]).toEqual([403, expect.stringContaining("&quot;manage&quot;")]);
    // The session holds for the API as well, under the same rules.
    const api = "https://app.example/api/admin/r2-sync";
    const body = JSON.stringify({ operation: "prune" });
    const call = (headers: Record<string, string>) =>
      ask(
        new Request(api, {
          method: "POST",
          headers: { cookie, "content-type": "application/json", ...headers },
          body,
        }),
      );
    expect(await (await call({ "sec-fetch-site": "same-origin" })).json()).toMatchObject({
      code: "FORBIDDEN",
    });
    expect(await (await call({ "sec-fetch-site": "cross-site" })).json()).toMatchObject({
      code: "CROSS_ORIGIN",
    });
  });
});

describe("a view", () => {
  const VIEWS = [
    "",
    "?view=runs",
    "?view=in",
    "?view=out",
    "?view=compare",
    `?run=${KEY}`,
    "?view=__proto__",
  ];

  it.each(VIEWS)(
    "%s shows a stranger where to sign in, and a user without a grant that it is not theirs",
    async (query) => {
      const { touched, ask } = trap();
      const stranger = await ask(get(query));
      expect([stranger.status, await stranger.text()]).toEqual([401, expect.stringContaining("Sign in")]);
      const nobody = await ask(get(query, granted({ name: "bob", may: [] })));
      expect([nobody.status, await nobody.text()]).toEqual([
        403,
        expect.stringContaining("You may not do this"),
      ]);
      expect(touched).toEqual([]);
    },
  );

  it.each(VIEWS)("%s lets in no script but its own, and is in no frame", async (query) => {
    const { ask } = trap();
    for (const headers of [{}, granted(ALL)]) {
      const response = await ask(get(query, headers));
      const html = await response.text();
      const policy = response.headers.get("content-security-policy") ?? "";
      const nonce = /script-src 'nonce-(\w+)'/.exec(policy)?.[1] ?? "none";
      expect(policy).toMatch(/^default-src 'none'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect([...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag)).toEqual([
        `<script nonce="${nonce}">`,
      ]);
      expect([...html.matchAll(/<style\b[^>]*>/g)].map(([tag]) => tag)).toEqual([`<style nonce="${nonce}">`]);
      expect(html).not.toMatch(/\son\w+=|\sstyle=|javascript:/i);
      // Nothing of it is fetched, from here or from elsewhere.
      expect(html).not.toMatch(/\s(src|srcset|action|formaction)="(?!\?)/);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    expect((await ask(get(query))).headers.get("content-security-policy")).not.toBe(
      (await ask(get(query))).headers.get("content-security-policy"),
    );
  });

  it("is not there where the app leaves it out", async () => {
    const { ask, touched } = trap({ console: false });
    expect((await ask(get("", granted(ALL)))).status).toBe(404);
    expect((await ask(post("sign-in", { token: newToken() }))).status).toBe(404);
    expect(touched).toEqual([]);
  });

  it.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("does not answer to %s", async (method) => {
    const { ask, touched } = trap();
    const response = await ask(new Request(PAGE, { method, headers: granted(ALL) }));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
    expect(touched).toEqual([]);
  });
});
