import { describe, expect, test } from "vitest";
import { type Files, init, initApp, makeApp } from "./support.ts";

describe("a Worker's entry", () => {
  const worker = (entry: string): Files => ({
    "package.json": "{}",
    "tsconfig.json": "{}",
    "wrangler.jsonc":
      '{\n  "name": "my-app",\n  "main": "src/index.ts",\n  "compatibility_date": "2026-10-01"\n}\n',
    "src/index.ts": entry,
  });

  test.each([
    [
      "export default { fetch(req: Request, bindings: Env) { return new Response(req.url); } };",
      `export default { async fetch(req: Request, bindings: Env) {
  const answer = await ferry.handle(req, bindings);
  if (answer !== null) return answer;
   return new Response(req.url); } };`,
    ],
    [
      "const handler = {\n  fetch: async (request: Request, env: Env) => {\n    return app(request, env);\n  },\n};\nexport { handler as default };\n",
      `const handler = {
  fetch: async (request: Request, env: Env) => {
    const answer = await ferry.handle(request, env);
    if (answer !== null) return answer;
    return app(request, env);
  },
};
export { handler as default };
`,
    ],
    [
      "export default <ExportedHandler>{\n  async fetch() { // all\n    return Response.json({});\n  },\n};\n",
      `export default <ExportedHandler>{
  async fetch(request, env) {
    const answer = await ferry.handle(request, env);
    if (answer !== null) return answer; // all
    return Response.json({});
  },
};
`,
    ],
  ])("such as %j is edited", async (entry, wanted) => {
    const { after } = await initApp(worker(entry));
    expect(after["src/index.ts"]).toBe(`import { ferry } from "./ferry";\n\n${wanted}`);
  });

  test.each([
    "export default { fetch: (request) => new Response(request.url) };",
    "export default { fetch(request: Request): Response { return new Response(); } };",
    "export default { fetch({ url }: Request) { return new Response(url); } };",
    "export default { fetch: handle };",
    "export default class extends WorkerEntrypoint { fetch() { return new Response(); } }",
    "export default withSentry(options, { async fetch(request) { return new Response(); } });",
    'addEventListener("fetch", (event) => event.respondWith(new Response()));',
    "import { ferry } from './boats';\nexport default { async fetch(request, env) { return ferry(request); } };",
    'import { Hono } from "hono";\nconst app = new Hono().basePath("/v1");\nexport default app;',
    'import { Hono } from "hono";\nconst app = new Hono().get("*", (c) => c.text(""));\nexport default app;',
    "const app = makeApp();\nexport default app;",
    "this is no program",
  ])("such as %j is left alone, and a snippet is shown", async (entry) => {
    const { json, after } = await init(await makeApp(worker(entry)));
    expect(after["src/index.ts"]).toBe(entry);
    expect(json.snippets).toMatchObject([
      { path: "src/index.ts", code: expect.stringContaining("ferry.handle") },
    ]);
    expect(after["src/ferry.ts"]).toContain("createFerry<FerryBindings>");
  });

  test.each([
    "dist/worker.js",
    ".output/server/index.mjs",
    "../other/index.ts",
    "src/index.py",
    "some-package/entry",
  ])("that is no source of the app's own, such as %s, is told of and not touched", async (main) => {
    const directory = await makeApp({
      ...worker(""),
      "app/wrangler.jsonc": JSON.stringify({ main }),
      "app/dist/worker.js": "export default { async fetch() {} };\n",
      "app/.output/server/index.mjs": "export default { async fetch() {} };\n",
      "other/index.ts": "export default { async fetch() {} };\n",
    });
    const { json, before, after } = await init(directory, [], "app");
    expect(json.snippets).toMatchObject([{ path: "the Worker's entry" }]);
    for (const path of Object.keys(before).filter((name) => !name.endsWith("wrangler.jsonc")))
      expect(after[path]).toBe(before[path]);
  });

  test("imports as the others do, and takes another file where src/ferry.ts is something else", async () => {
    const { after } = await initApp({
      ...worker(
        'import { a } from "./a.ts";\nexport default { async fetch(request, env) { return a(request); } };\n',
      ),
      "src/ferry.ts": "export const boats = 3;\n",
    });
    expect(after["src/index.ts"]).toContain('import { ferry } from "./d1-ferry.ts";');
    expect(after["src/ferry.ts"]).toBe("export const boats = 3;\n");
  });

  test("is not touched where the app calls createFerry itself", async () => {
    const entry = `import { createFerry, d1Database, r2Bucket } from "d1-ferry";
const mine = createFerry<Env>({ database: (env) => d1Database(env.MAIN), bucket: (env) => r2Bucket(env.FILES) });
export default { fetch: mine.fetch };
`;
    const { after } = await initApp(worker(entry));
    expect(after["src/index.ts"]).toBe(entry);
    expect(after["wrangler.jsonc"]).toMatch(/"binding": "MAIN".*"binding": "FILES"/s);
    expect(after["src/ferry.ts"]).toBeUndefined();
  });
});

describe("the type of a Worker's bindings", () => {
  const app = (entry: string, rest: Files = {}): Files => ({
    "package.json": "{}",
    "tsconfig.json": "{}",
    "wrangler.jsonc":
      '{ "name": "my-app", "main": "src/index.ts", "d1_databases": [{ "binding": "DB", "database_id": "a" }] }\n',
    "src/index.ts": entry,
    ...rest,
  });
  const fetchWith = (type: string) => `export default { async fetch(request: Request, env: ${type}) {} };\n`;

  test.each([
    [
      "interface Env {\n  DB: D1Database;\n  SITE: string; // its name\n}\n",
      "interface Env {\n  DB: D1Database;\n  SITE: string; // its name\n  DATA_SYNC: R2Bucket;\n}\n",
    ],
    ["export type Env = { DB: D1Database }\n", "export type Env = { DB: D1Database; DATA_SYNC: R2Bucket }\n"],
    ["type Env = { DB: D1Database, };\n", "type Env = { DB: D1Database, DATA_SYNC: R2Bucket, };\n"],
    ["type Env = {\n\tDB: D1Database\n}\n", "type Env = {\n\tDB: D1Database\n\tDATA_SYNC: R2Bucket\n}\n"],
    ["interface Env {}\n", "interface Env {\n  DB: D1Database;\n  DATA_SYNC: R2Bucket;\n}\n"],
    ["interface Env { DB: D1Database; DATA_SYNC: R2Bucket }\n", undefined],
  ])("as %j is given what it lacks", async (declared, wanted = declared) => {
    const { json, after } = await initApp(app(declared + fetchWith("Env")));
    expect(after["src/index.ts"]).toContain(wanted);
    expect(json.notes).toEqual([]);
  });

  test.each([
    ["export default { async fetch(request, env) {} } satisfies ExportedHandler<{ DB: D1Database }>;\n"],
    [
      'import { Hono } from "hono";\nconst app = new Hono<{ Bindings: { DB: D1Database } }>();\nexport default app;\n',
    ],
  ])("is found in %j", async (entry) => {
    const { json, after } = await initApp(app(entry));
    expect(after["src/index.ts"]).toContain("{ DB: D1Database; DATA_SYNC: R2Bucket }");
    expect(json.notes).toEqual([]);
  });

  test.each([
    ["src/env.ts", 'import type { Env } from "./env";\n', "export interface Env {\n  DB: D1Database;\n}\n"],
    ["env.d.ts", "", "declare global {\n  interface Env {\n    DB: D1Database;\n  }\n}\nexport {};\n"],
  ])("is given what it lacks in %s", async (path, imports, declared) => {
    const { json, after } = await initApp(app(imports + fetchWith("Env"), { [path]: declared }));
    expect(after[path]).toBe(declared.replace(/^( +)DB: D1Database;\n/m, "$&$1DATA_SYNC: R2Bucket;\n"));
    expect(json.notes).toEqual([]);
  });

  test.each([
    ["from a package", 'import type { Env } from "@our/types";\n'],
    ["as an extension", "interface Env extends Others {}\n"],
    ["nowhere", ""],
  ])("is told of where it is declared %s", async (_where, declared) => {
    const { json } = await initApp(app(declared + fetchWith("Env")));
    expect(json.notes).toEqual([expect.stringContaining("DATA_SYNC: R2Bucket")]);
  });

  test("is left to `wrangler types` where that makes it", async () => {
    const declared = "interface Env {\n  DB: D1Database;\n}\n";
    const { json, after } = await initApp(app(fetchWith("Env"), { "worker-configuration.d.ts": declared }));
    expect([after["worker-configuration.d.ts"], json.notes]).toEqual([declared, []]);
  });
});
