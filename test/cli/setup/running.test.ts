import { spawnSync } from "node:child_process";
import { readFile, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import type { Miniflare } from "miniflare";
import { expect, test } from "vitest";
import { oneOf } from "../../support/cases.ts";
import { startWorkerApp } from "../../support/worker-app.ts";
import { type Files, init, makeApp } from "./support.ts";

const ENTRIES = {
  worker:
    'export default {\n  async fetch(request) {\n    return new Response("own answer");\n  },\n} satisfies ExportedHandler;\n',
  hono: 'import { Hono } from "hono";\n\nconst app = new Hono();\n\napp.get("*", (c) => c.text("own answer"));\n\nexport default app;\n',
};

const app = (name: keyof typeof ENTRIES): Files => ({
  "package.json": JSON.stringify({ type: "module", dependencies: name === "hono" ? { hono: "4" } : {} }),
  "tsconfig.json": "{}",
  "wrangler.jsonc":
    '{\n  "name": "my-app",\n  "main": "src/index.ts",\n  "compatibility_date": "2026-10-01"\n}\n',
  "src/index.ts": ENTRIES[name],
});

/** What wrangler would deploy, run as it would run there. */
async function start(directory: string): Promise<Miniflare> {
  const wrangler = resolve("node_modules/.bin/wrangler");
  const build = spawnSync(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", "built"], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" },
  });
  expect(build.status, build.stderr).toBe(0);
  const contents = await readFile(join(directory, "built/index.js"), "utf8");
  const { FERRY_TOKEN = "" } = parseEnv(await readFile(join(directory, ".dev.vars"), "utf8"));
  return startWorkerApp({
    contents,
    env: {
      DB: { type: "d1", id: "my-app" },
      DATA_SYNC: { type: "r2", name: "my-app-sync" },
      FERRY_TOKEN: { type: "text", value: FERRY_TOKEN },
    },
  });
}

test.for(oneOf(["worker", "hono"] as const))("A %s that init has set up answers", async (name) => {
  const directory = await makeApp(app(name));
  expect((await init(directory)).json).toMatchObject({ framework: name, snippets: [] });
  await symlink(resolve("node_modules"), join(directory, "node_modules"));
  const running = await start(directory);
  try {
    const { DB } = await running.getBindings<{ DB: { exec(sql: string): Promise<unknown> } }>();
    await DB.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
    await DB.exec("INSERT INTO posts VALUES (1, 'a'), (2, 'b')");
    const ask = (headers: Record<string, string>) =>
      running.dispatchFetch("http://localhost/api/admin/r2-sync", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: '{"operation":"export"}',
      });
    const { FERRY_TOKEN } = parseEnv(await readFile(join(directory, ".env"), "utf8"));
    const exported = await ask({ authorization: `Bearer ${FERRY_TOKEN}` });
    expect(await exported.json()).toMatchObject({
      status: "completed",
      stats: [{ table: "posts", count: 2 }],
    });
    expect((await ask({})).status).toBe(401);
    expect(await (await running.dispatchFetch("http://localhost/api/other")).text()).toBe("own answer");
  } finally {
    await running.dispose();
  }
});
