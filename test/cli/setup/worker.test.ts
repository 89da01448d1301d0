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
