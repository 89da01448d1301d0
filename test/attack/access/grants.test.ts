import { describe, expect, it } from "vitest";
import { ROUTES, type RouteName } from "../../../src/api/routes.ts";
import type { Policy } from "../../../src/operations/policy.ts";
import { describeToken, newToken } from "../../../src/tokens.ts";
import { countTried } from "../../support/figures.ts";
import { ALL, CALLS, EVERY, GRANTS, granted, requestOf } from "./grants.ts";
import { trap } from "./trap.ts";

it("There is an attempt for every route, by its path and method", () => {
  expect(Object.keys(CALLS).sort()).toEqual(Object.keys(ROUTES).sort());
  for (const [name, { path, method }] of Object.entries(CALLS)) {
    expect(ROUTES[name as RouteName]).toMatchObject({ path, method });
  }
});

describe("a call", () => {
  it.each(EVERY)(
    "%s, %s, is answered to the grants that allow it, and to no other",
    async (name, _, call, attempt) => {
      for (const may of GRANTS) {
        const { touched, recorded, ask } = trap();
        const headers = granted({ name: "ada", may });
        const response = await ask(requestOf(name, call, { attempt, headers }));
        countTried("calls with each set of permissions");
        const missing = (attempt.needs ?? []).filter((one) => !may.includes(one));
        const told = `with ${may.join(" ") || "nothing"}`;
        if (missing.length === 0 && may.length > 0) {
          expect(response.status, told).not.toBe(403);
          // What gets through gets to the app's own, but for what is answered from the API alone,
          // and a document that is found damaged.
          const isAlone = name === "openapi" || attempt.body instanceof Uint8Array;
          expect(touched.length > 0, told).toBe(!isAlone);
          continue;
        }
        expect(response.status, told).toBe(403);
        expect(touched, told).toEqual([]);
        // Who may do nothing writes nothing either.
        expect(recorded.length, told).toBe(may.length > 0 ? 1 : 0);
        const body = await response.json();
        expect(body, told).toMatchObject({ code: "FORBIDDEN", hint: expect.stringContaining("the test") });
        if (missing.length > 0) expect(body.details, told).toMatchObject({ name: "ada", missing });
      }
    },
  );

  it.each(EVERY)(
    "%s, %s, is nothing to strangers, by any method, and its body is not read",
    async (name, _, call, attempt) => {
      const line = await describeToken(newToken(), { name: "old", may: ["plan"], expires: 0 });
      const expired = newToken();
      const ended = await describeToken(expired, { name: "ended", may: ["plan"], expires: Date.now() - 1 });
      const tokens = () => ({ FERRY_TOKEN: "short", FERRY_TOKENS: `${line}\n${ended}` });
      const strangers: Record<string, string>[] = [
        {},
        { authorization: `Bearer ${newToken()}` },
        { authorization: `Bearer ${expired}` },
        { authorization: "Bearer short" },
        { cookie: "session=old" },
        { origin: "https://evil.example" },
      ];
      for (const headers of strangers) {
        const { touched, recorded, ask } = trap({ tokens });
        const request = requestOf(name, call, { attempt, headers });
        const response = await ask(request);
        countTried("calls by strangers");
        expect(recorded).toEqual([]);
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toContain("Bearer");
        expect(touched).toEqual([]);
        expect(request.bodyUsed).toBe(false);
      }
    },
  );

  it.each(EVERY)("%s, %s, is not answered where the policy leaves it out", async (name, _, call, attempt) => {
    const others = (Object.keys(ROUTES) as RouteName[]).filter((one) => one !== name);
    const { touched, ask } = trap({ policy: { operations: others } });
    const response = await ask(requestOf(name, call, { attempt, headers: granted(ALL) }));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "FORBIDDEN", details: { policy: "operations" } });
    expect(touched).toEqual([]);
  });
});

describe("a change", () => {
  const changes = EVERY.filter(([, , { method }]) => method !== "GET");
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "https://app.example" },
  ];

  it.each(changes)(
    "%s, %s, is refused from a page elsewhere, unless a token of ours came with it",
    async (name, _, call, attempt) => {
      const token = newToken();
      const tokens = () => ({ FERRY_TOKEN: token });
      for (const headers of foreign) {
        const { touched, ask } = trap({ tokens });
        const withLogin = await ask(
          requestOf(name, call, { attempt, headers: { ...headers, ...granted(ALL) } }),
        );
        expect(withLogin.status).toBe(403);
        expect(await withLogin.json()).toMatchObject({ code: "CROSS_ORIGIN" });
        // A bearer token that the app itself believes is no token of ours.
        const bearer = { ...headers, ...granted(ALL), authorization: `Bearer ${newToken()}` };
        const withAnother = await ask(requestOf(name, call, { attempt, headers: bearer }));
        expect(await withAnother.json()).toMatchObject({ code: "CROSS_ORIGIN" });
        expect(touched).toEqual([]);
        const own = { ...headers, authorization: `Bearer ${token}` };
        expect((await ask(requestOf(name, call, { attempt, headers: own }))).status).not.toBe(403);
      }
    },
  );

  it("is refused also where the app's rule claims that it was no cookie", async () => {
    const claims = { ...ALL, via: "bearer" };
    const { touched, ask } = trap({ authorize: () => claims });
    const headers = { origin: "https://evil.example" };
    const [name, , call, attempt] = changes[0] as (typeof changes)[number];
    const response = await ask(requestOf(name, call, { attempt, headers }));
    expect(response.status).toBe(503);
    expect(touched).toEqual([]);
  });
});

describe("a large body", () => {
  /** Counts what is read of it. */
  function counted(megabytes: number) {
    const seen = { bytes: 0, cancelled: false };
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (seen.bytes >= megabytes * 1_000_000) return controller.close();
          seen.bytes += 50_000;
          controller.enqueue(new Uint8Array(50_000).fill(0x20));
        },
        cancel() {
          seen.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    return { seen, stream };
  }
  const post = (path: string, stream: ReadableStream, headers: Record<string, string>, method = "POST") =>
    new Request(`https://app.example/api/admin/${path}`, {
      method,
      headers,
      body: stream,
      duplex: "half",
    } as RequestInit);

  it.each([
    ["r2-sync", "POST"],
    ["multipart-upload", "POST"],
    ["multipart-upload?key=sync-1700000000000-k3v9x0a7b2qd&uploadId=u&partNumber=1", "PUT"],
    ["r2-sync", "DELETE"],
  ])(
    "to %s by %s is not read of strangers, and a megabyte of it of who may not send it",
    async (path, method) => {
      const stranger = counted(100);
      expect((await trap().ask(post(path, stranger.stream, {}, method))).status).toBe(401);
      expect(stranger.seen).toEqual({ bytes: 0, cancelled: false });

      const reader = counted(100);
      const headers = granted({ name: "bob", may: ["read", "write"] });
      const { touched, ask } = trap();
      expect([403, 405]).toContain((await ask(post(path, reader.stream, headers, method))).status);
      expect(reader.seen.bytes).toBeLessThanOrEqual(1_200_000);
      expect(reader.seen.cancelled).toBe(true);
      expect(touched).toEqual([]);
    },
  );

  it("that announces its size is refused without a look", async () => {
    const { seen, stream } = counted(100);
    const headers = { ...granted({ name: "bob", may: ["write"] }), "content-length": "100000000" };
    const before = performance.now();
    expect((await trap().ask(post("r2-sync", stream, headers))).status).toBe(403);
    expect(performance.now() - before).toBeLessThan(3000);
    expect(seen.bytes).toBeLessThanOrEqual(1_100_000);
  });

  it("of a planner that is too large gets its 413, which many senders read only behind their body", async () => {
    const { seen, stream } = counted(100);
    const headers = granted({ name: "bob", may: ["plan"] });
    const { touched, ask } = trap();
    expect((await ask(post("r2-sync", stream, headers))).status).toBe(413);
    expect(seen.bytes).toBe(100_000_000);
    expect(touched).toEqual([]);
  });
});

describe("a policy on making schema", () => {
  const made = (create: unknown) =>
    requestOf("sync", CALLS.sync, {
      attempt: { sends: { syncKey: "sync-1700000000000-k3v9x0a7b2qd", create }, needs: [] },
      headers: granted(ALL),
    });

  it.each<[Policy["create"], unknown[], unknown[]]>([
    [false, [true, "all"], [false, undefined]],
    [true, ["all"], [true, false]],
    ["all", [], [true, "all"]],
    [undefined, [], [true, "all"]],
  ])("of %j refuses %j and lets %j", async (create, refused, let_) => {
    for (const asked of refused) {
      const { touched, ask } = trap({ policy: { create } });
      const response = await ask(made(asked));
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ details: { policy: "create" } });
      expect(touched).toEqual([]);
    }
    for (const asked of let_) {
      const { touched, ask } = trap({ policy: { create } });
      expect((await ask(made(asked))).status).not.toBe(403);
      expect(touched).not.toEqual([]);
    }
  });

  it.each([
    { neverExports: ["users"] },
    { create: "tables" },
    { largestDelete: 1.5 },
    { operations: ["destroy"] },
    true,
  ])("cannot be misspelt: %j", (policy) => {
    expect(() => trap({ policy: policy as Policy })).toThrow(
      expect.objectContaining({ code: "NOT_CONFIGURED" }),
    );
  });
});
