import { describe, expect, it } from "vitest";
import { createFerry } from "../../src/http/ferry.ts";
import { ACCESS, BEARER, COOKIE, ORIGIN, TOKEN } from "./app.ts";
import { createNodeApp } from "./node-app.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "PURGE"];
const PATHS = [
  "/api/admin/r2-sync",
  "/api/admin/r2-sync/",
  "/app/api/admin/r2-sync",
  "/api/admin/r2-sync?operation=openapi",
  "/api/admin/r2-sync?operation=list",
  "/api/admin/r2-sync?operation=nonsense",
  "/api/admin/multipart-upload",
  "/deep/base/api/admin/multipart-upload/",
];
const ELSEWHERE = ["/", "/api/admin", "/api/admin/r2-sync/more", "/api/admin/r2-syncs", "/r2-sync"];
const STRANGERS: [string, Record<string, string>][] = [
  ["no credentials", {}],
  ["a wrong token", { authorization: `Bearer ${TOKEN.slice(1)}x` }],
  ["an empty token", { authorization: "Bearer " }],
  ["basic credentials", { authorization: `Basic ${btoa(`x:${TOKEN}`)}` }],
  ["somebody's old cookie", { cookie: "pulse_session=old" }],
  ["a foreign origin and no credentials", { origin: "https://evil.example" }],
  ["a CORS preflight", { origin: "https://evil.example", "access-control-request-method": "PUT" }],
];

describe.each(STRANGERS)("with %s", (_, headers) => {
  it.each(METHODS)("%s is refused on every path, and nothing is touched", async (method) => {
    const ferry = createFerry({ database: untouched, bucket: untouched, ...ACCESS });
    for (const path of PATHS) {
      const body = method === "POST" || method === "PUT" ? '{"operation":"export","action":"start"}' : null;
      const response = await ferry.fetch(new Request(ORIGIN + path, { method, headers, body }), undefined);
      expect(response.status, path).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
      if (method !== "HEAD") {
        expect(await response.json()).toMatchObject({
          error: "Authentication required",
          code: "AUTHENTICATION_REQUIRED",
        });
      }
    }
  });
});

function untouched(): never {
  throw new Error("A stranger's request reached the app's bindings");
}

describe("with credentials", () => {
  it.each([
    ["/api/admin/r2-sync", "GET, HEAD, POST", ["PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "PURGE"]],
    ["/api/admin/multipart-upload", "GET, HEAD, POST, PUT", ["DELETE", "PATCH", "OPTIONS", "QUERY", "PURGE"]],
  ])("%s answers only to %s", async (path, allow, others) => {
    const app = createNodeApp();
    for (const method of others) {
      const response = await app.fetch(path, { method, headers: BEARER });
      expect(response.status, method).toBe(405);
      expect(response.headers.get("allow")).toBe(allow);
      expect(await response.json()).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
    }
  });

  it("any other path is not found", async () => {
    const app = createNodeApp();
    for (const path of ELSEWHERE) {
      const response = await app.fetch(path, { headers: BEARER });
      expect(response.status, path).toBe(404);
      expect(await response.json()).toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it("every answer forbids caching, sniffing and embedding, and allows no other origin", async () => {
    const app = createNodeApp();
    const calls: [string, string, Record<string, string>][] = [
      ["GET", "/api/admin/r2-sync", BEARER],
      ["GET", "/api/admin/r2-sync?operation=openapi", BEARER],
      ["POST", "/api/admin/r2-sync", BEARER],
      ["DELETE", "/api/admin/r2-sync", BEARER],
      ["GET", "/nowhere", BEARER],
      ["GET", "/api/admin/r2-sync", {}],
    ];
    for (const [method, path, credentials] of calls) {
      const headers = { ...credentials, origin: "https://evil.example" };
      const response = await app.fetch(path, { method, headers });
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      const names = [...response.headers.keys()];
      expect(names.filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  it("a change by cookie from another origin is refused, on every path and method that changes", async () => {
    const app = createNodeApp();
    const headers = { ...COOKIE, origin: "https://evil.example" };
    for (const path of PATHS) {
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "QUERY", "PURGE"]) {
        const response = await app.fetch(path, { method, headers });
        expect(response.status, `${method} ${path}`).toBe(403);
        expect(await response.json()).toMatchObject({ code: "CROSS_ORIGIN" });
      }
    }
    const start = { method: "POST", body: '{"action":"start"}' };
    const own = await app.fetch("/api/admin/multipart-upload", {
      ...start,
      headers: { ...COOKIE, origin: ORIGIN },
    });
    expect(own.status).toBe(200);
  });
});

describe("a path that is not d1-ferry's", () => {
  it("is the app's own: nobody is asked who it is, and handle answers nothing", async () => {
    const ferry = createFerry({ database: untouched, bucket: untouched, authorize: untouched });
    for (const path of ELSEWHERE) {
      const request = new Request(ORIGIN + path, { method: "POST", body: "{}" });
      expect(await ferry.handle(request, undefined), path).toBeNull();
      expect((await ferry.fetch(request, undefined)).status, path).toBe(404);
      expect(request.bodyUsed).toBe(false);
    }
  });

  it("is so by another base path, which stands behind any mount and in whatever is said next", async () => {
    const app = createNodeApp({ basePath: "/internal" });
    expect((await app.fetch("/api/admin/r2-sync", { headers: BEARER })).status).toBe(404);
    for (const mount of ["", "/app", "/deep/er"]) {
      const response = await app.fetch(`${mount}/internal/r2-sync`, { headers: BEARER });
      expect(response.status, mount).toBe(200);
      const body = await response.json();
      expect(body.operations.export.example).toContain(`POST ${mount}/internal/r2-sync {`);
    }
  });

  it.each(["internal", "/internal/", "/in ternal", "/a?b"])(
    "cannot be told by the base path %j",
    (basePath) => {
      const make = () => createFerry({ database: untouched, bucket: untouched, ...ACCESS, basePath });
      expect(make).toThrow(expect.objectContaining({ code: "NOT_CONFIGURED" }));
    },
  );
});

describe("GET alone", () => {
  it("tells a program only what it needs, where it asks briefly", async () => {
    const { status, body } = await createNodeApp().call("GET", "r2-sync?brief=");
    expect({ status, members: Object.keys(body) }).toEqual({
      status: 200,
      members: ["platform", "frameBytes", "grant"],
    });
  });

  it("explains every operation, with the app's base path in its examples", async () => {
    const app = createNodeApp();
    const response = await app.fetch("/app/api/admin/r2-sync/", { headers: BEARER });
    const body = await response.json();
    expect(Object.keys(body.operations).sort()).toEqual(
      [
        "compare",
        "download",
        "drop",
        "export",
        "health",
        "history",
        "list",
        "log",
        "prune",
        "rows",
        "status",
        "sync",
        "undo",
        "upload",
      ].sort(),
    );
    expect(body.operations.export.example).toContain("POST /app/api/admin/r2-sync {");
    expect(body.openapi).toBe("/app/api/admin/r2-sync?operation=openapi");
  });

  it("answers HEAD without a body", async () => {
    const response = await createNodeApp().fetch("/api/admin/r2-sync", { method: "HEAD", headers: BEARER });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

describe("what fails unexpectedly", () => {
  it("says nothing of its cause to a stranger", async () => {
    const ferry = createFerry({
      database: untouched,
      bucket: untouched,
      authorize() {
        throw new Error("SELECT * FROM sessions WHERE secret = 'hunter2'");
      },
    });
    const response = await ferry.fetch(new Request(`${ORIGIN}/api/admin/r2-sync`), undefined);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain("hunter2");
    expect(JSON.parse(text)).toMatchObject({ code: "INTERNAL" });
  });

  it("tells its message, and only that, to who is authorised", async () => {
    const ferry = createFerry({
      database: untouched,
      bucket() {
        throw new TypeError("The binding DATA_SYNC is odd\n    at secret (/srv/app.js:1)");
      },
      ...ACCESS,
    });
    const request = new Request(`${ORIGIN}/api/admin/multipart-upload`, {
      method: "POST",
      headers: BEARER,
      body: '{"action":"start"}',
    });
    const response = await ferry.fetch(request, undefined);
    expect(response.status).toBe(500);
    const body = await response.json();
    expect(body).toMatchObject({ code: "INTERNAL", error: expect.stringContaining("DATA_SYNC is odd") });
    expect(JSON.stringify(body)).not.toContain("/srv/app.js");
  });

  it("is answered also when what was thrown is no error", async () => {
    const ferry = createFerry({
      database: untouched,
      bucket: () => {
        throw "a string";
      },
      ...ACCESS,
    });
    const request = new Request(`${ORIGIN}/api/admin/r2-sync?operation=list`, { headers: BEARER });
    expect((await ferry.fetch(request, undefined)).status).toBe(500);
  });

  it("is a missing binding when the app has none", async () => {
    const ferry = createFerry<unknown>({
      database: () => undefined as never,
      bucket: () => undefined as never,
      ...ACCESS,
    });
    const request = new Request(`${ORIGIN}/api/admin/r2-sync?operation=history`, { headers: BEARER });
    const response = await ferry.fetch(request, undefined);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "NOT_CONFIGURED" });
  });
});
