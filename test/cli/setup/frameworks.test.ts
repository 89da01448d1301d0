import { parse } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { astro, PLAIN } from "./fixtures.ts";
import { type Files, init, initApp, makeApp } from "./support.ts";

const manifest = (scripts: Record<string, string>, packages: Record<string, string>) =>
  `${JSON.stringify({ name: "my-app", private: true, type: "module", scripts, dependencies: packages }, null, 2)}\n`;

const TSCONFIG = '{ "compilerOptions": { "strict": true } }\n';

/** What the starters of each framework make, as far as init looks at it. */
const STARTERS: Record<string, { files: Files; adds: string[]; port: number; base?: string }> = {
  worker: {
    files: {
      "package.json": manifest({ dev: "wrangler dev", "cf-typegen": "wrangler types" }, { wrangler: "^4" }),
      "tsconfig.json": TSCONFIG,
      "wrangler.jsonc": `{
	"name": "my-app",
	"main": "src/index.ts",
	"compatibility_date": "2026-07-01",
	"observability": {
		"enabled": true,
	},
}
`,
      "src/index.ts": `/**
 * Welcome to your first worker.
 */

export default {
	async fetch(request, env, ctx): Promise<Response> {
		return new Response("Hello World!");
	},
} satisfies ExportedHandler<Env>;
`,
    },
    adds: ["src/ferry.ts"],
    port: 8787,
  },
  hono: {
    files: {
      "package.json": manifest({ dev: "wrangler dev" }, { hono: "^4.13.3", wrangler: "^4" }),
      "tsconfig.json": TSCONFIG,
      "wrangler.jsonc": `{
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "my-app",
  "main": "src/index.ts",
  "compatibility_date": "2026-07-03"
  // "compatibility_flags": [
  //   "nodejs_compat"
  // ],
  // "d1_databases": [
  //   {
  //     "binding": "MY_DB"
  //   }
  // ]
}`,
      "src/index.ts": `import { Hono } from 'hono'

const app = new Hono()

app.get('/', (c) => {
  return c.text('Hello Hono!')
})

export default app
`,
    },
    adds: ["src/ferry.ts"],
    port: 8787,
  },
  next: {
    files: {
      "package.json": manifest({ dev: "next dev" }, { next: "16.4.6", "@opennextjs/cloudflare": "^1.20.0" }),
      "tsconfig.json": TSCONFIG,
      "wrangler.jsonc": `/**
 * For more details on how to configure Wrangler, refer to the documentation.
 */
{
	"$schema": "node_modules/wrangler/config-schema.json",
	"name": "my-app",
	"main": ".open-next/worker.js",
	"compatibility_date": "2026-10-01",
	"compatibility_flags": ["nodejs_compat", "global_fetch_strictly_public"],
	"services": [
		{
			// The service name must match the worker name
			"binding": "WORKER_SELF_REFERENCE",
			"service": "my-app"
		}
	],
	"observability": {
		"enabled": true
	}
}
`,
      "next.config.ts":
        'import { initOpenNextCloudflareForDev } from "@opennextjs/cloudflare";\nexport default { basePath: "/shop" };\ninitOpenNextCloudflareForDev();\n',
      "src/app/layout.tsx": "export default function Layout() {}\n",
      ".gitignore": "# env files\n.env*\n!.env.example\n.dev.vars*\n",
    },
    adds: [
      "src/app/api/admin/d1-ferry.ts",
      "src/app/api/admin/r2-sync/route.ts",
      "src/app/api/admin/multipart-upload/route.ts",
      "src/app/api/admin/ferry/route.ts",
    ],
    port: 3000,
    base: "/shop",
  },
  vinext: {
    files: {
      "package.json": manifest({ dev: "vinext dev" }, { next: "^16", vinext: "^1.4.0" }),
      "wrangler.jsonc":
        '{\n  "name": "my-app",\n  "main": "vinext/server/app-router-entry",\n  "compatibility_date": "2026-07-01"\n}\n',
      "app/layout.jsx": "export default function Layout() {}\n",
    },
    adds: [
      "app/api/admin/d1-ferry.js",
      "app/api/admin/r2-sync/route.js",
      "app/api/admin/multipart-upload/route.js",
      "app/api/admin/ferry/route.js",
    ],
    port: 5173,
  },
  "react-router": {
    files: {
      "package.json": manifest(
        { dev: "react-router dev", "cf-typegen": "wrangler types" },
        { "react-router": "8.5.3", "@react-router/dev": "8.5.3", "@cloudflare/vite-plugin": "^1" },
      ),
      "tsconfig.json": TSCONFIG,
      "wrangler.jsonc": `{
  "name": "react-router-app",
  "compatibility_date": "2026-04-04",
  "main": "./workers/app.ts",
  "vars": {
    "VALUE_FROM_CLOUDFLARE": "Hello from Cloudflare",
  },
}
`,
      "workers/app.ts": `import { createRequestHandler } from "react-router";

const requestHandler = createRequestHandler(
  () => import("virtual:react-router/server-build"),
  import.meta.env.MODE,
);

export default {
  async fetch(request) {
    return requestHandler(request);
  },
} satisfies ExportedHandler<Env>;
`,
    },
    adds: ["workers/ferry.ts"],
    port: 5173,
  },
  sveltekit: {
    files: {
      "package.json": manifest(
        { dev: "vite dev" },
        { "@sveltejs/kit": "^2.63.0", "@sveltejs/adapter-cloudflare": "^7.2.9" },
      ),
      "tsconfig.json": TSCONFIG,
      "wrangler.jsonc": `{
  "name": "my-app",
  "main": ".svelte-kit/cloudflare/_worker.js",
  "compatibility_date": "2026-07-01",
  "compatibility_flags": ["nodejs_als"],
  "assets": {
    "binding": "ASSETS",
    "directory": ".svelte-kit/cloudflare"
  }
}
`,
      ".gitignore": "node_modules\n\n# Env\n.env\n.env.*\n!.env.example\n!.env.test\n",
    },
    adds: [
      "src/lib/server/ferry.ts",
      "src/routes/api/admin/r2-sync/+server.ts",
      "src/routes/api/admin/multipart-upload/+server.ts",
      "src/routes/api/admin/ferry/+server.ts",
    ],
    port: 5173,
  },
  nuxt: {
    files: {
      "package.json": manifest({ dev: "nuxt dev" }, { nuxt: "^4.5.2" }),
      "tsconfig.json": TSCONFIG,
      "nuxt.config.ts": 'export default defineNuxtConfig({ nitro: { preset: "cloudflare_module" } });\n',
      "wrangler.jsonc": `{
  "name": "my-app",
  "main": "./.output/server/index.mjs",
  "compatibility_date": "2026-07-01",
  "assets": {
    "binding": "ASSETS",
    "directory": "./.output/public/"
  },
  "observability": {
    "enabled": true
  }
}`,
    },
    adds: [
      "server/utils/ferry.ts",
      "server/api/admin/r2-sync.ts",
      "server/api/admin/multipart-upload.ts",
      "server/api/admin/ferry.ts",
    ],
    port: 3000,
  },
  "tanstack-start": {
    files: {
      "package.json": manifest(
        { dev: "vite dev --port 3001" },
        { "@tanstack/react-start": "1.169.5", "@tanstack/react-router": "1.170.46" },
      ),
      "tsconfig.json": TSCONFIG,
      "wrangler.jsonc":
        '{\n  "name": "tanstack-start-app",\n  "compatibility_date": "2025-09-02",\n  "compatibility_flags": ["nodejs_compat"],\n  "main": "@tanstack/react-start/server-entry"\n}\n',
      ".gitignore": "node_modules\n.env\n",
    },
    adds: [
      "src/ferry.ts",
      "src/routes/api/admin/r2-sync.ts",
      "src/routes/api/admin/multipart-upload.ts",
      "src/routes/api/admin/ferry.ts",
    ],
    port: 3001,
  },
};

describe("init finds what an app is made with, and puts d1-ferry where that looks for it", () => {
  test.for(Object.entries(STARTERS))("%s", async ([name, { files, adds, port, base = "" }]) => {
    const { json, before, after } = await initApp(files);
    expect(json).toMatchObject({ framework: name, status: "written", snippets: [] });
    expect(json.notes).toEqual(
      name === "next" ? [expect.stringContaining("OpenNext builds what .env says")] : [],
    );
    const added = Object.keys(after).filter((path) => !(path in before));
    expect(added.filter((path) => !path.startsWith(".")).sort()).toEqual([...adds].sort());
    const config = parse(after["wrangler.jsonc"] ?? "");
    const app = config.name;
    expect(config).toMatchObject({
      ...parse(before["wrangler.jsonc"] ?? "", [], { allowTrailingComma: true }),
      compatibility_flags: config.compatibility_flags,
      d1_databases: [{ binding: "DB", database_name: app, database_id: app }],
      r2_buckets: [{ binding: "DATA_SYNC", bucket_name: `${app}-sync` }],
    });
    expect(config.compatibility_flags).toContain("nodejs_compat");
    expect(after[".env"]).toContain(`LOCAL_API=http://localhost:${port}${base}\n`);
  });
});

describe("the code that init writes", () => {
  test("asks d1-ferry first in a Worker's fetch", async () => {
    const { after } = await initApp(STARTERS.worker?.files ?? {});
    expect(after["src/index.ts"]).toBe(`/**
 * Welcome to your first worker.
 */

import { ferry } from "./ferry";

export default {
	async fetch(request, env, ctx): Promise<Response> {
		const answer = await ferry.handle(request, env);
		if (answer !== null) return answer;
		return new Response("Hello World!");
	},
} satisfies ExportedHandler<Env>;
`);
  });

  test("takes the environment where a Worker's fetch does not", async () => {
    const { after } = await initApp(STARTERS["react-router"]?.files ?? {});
    expect(after["workers/app.ts"]).toContain(`  async fetch(request, env) {
    const answer = await ferry.handle(request, env);
    if (answer !== null) return answer;
    return requestHandler(request);
`);
  });

  test("is the first middleware of a Hono app", async () => {
    const { after } = await initApp(STARTERS.hono?.files ?? {});
    expect(after["src/index.ts"]).toContain(`import { Hono } from 'hono'
import { type FerryBindings, ferry } from './ferry'

const app = new Hono()

app.use("/api/admin/*", async (c, next) => (await ferry.handle(c.req.raw, c.env as FerryBindings)) ?? next())

app.get('/', (c) => {`);
  });
});

describe("routes", () => {
  test("that are taken by something else stay, and a snippet is shown", async () => {
    const own = "export const GET = () => new Response();\n";
    const { json, after } = await init(
      await makeApp({
        "package.json": '{ "dependencies": { "next": "16", "@opennextjs/cloudflare": "1" } }',
        "wrangler.jsonc": "{}",
        "app/api/admin/r2-sync/route.js": own,
      }),
    );
    expect(after["app/api/admin/r2-sync/route.js"]).toBe(own);
    expect(json.snippets).toMatchObject([
      { path: "app/api/admin/r2-sync/route.js", code: expect.stringContaining("answer as GET") },
      { path: "next.config.mjs", code: expect.stringContaining("initOpenNextCloudflareForDev()") },
    ]);
  });
});

describe("which framework", () => {
  test("Next alone is one for OpenNext, which it lacks", async () => {
    const { json } = await init(await makeApp({ "package.json": '{ "dependencies": { "next": "16" } }' }));
    expect(json).toMatchObject({
      framework: "next",
      notes: expect.arrayContaining([expect.stringContaining("npm install @opennextjs/cloudflare")]),
    });
  });

  test("nothing says: the flag is named, and nothing is written", async () => {
    const directory = await makeApp({ "package.json": "{}" });
    const { run, json, before, after } = await init(directory);
    expect([run.code, json.code, after]).toEqual([2, "USAGE", before]);
    expect(json.hint).toContain("--framework astro");
  });

  test("two of them may be: both are named", async () => {
    const directory = await makeApp({ "package.json": '{ "dependencies": { "astro": "7", "nuxt": "4" } }' });
    const { run, json } = await init(directory);
    expect([run.code, json.hint]).toEqual([2, "Say which: --framework astro"]);
    expect((await init(directory, ["--framework", "nuxt"])).json).toMatchObject({
      framework: "nuxt",
      status: "written",
    });
  });

  test("one that d1-ferry does not know is refused with those that it knows", async () => {
    const { run, json } = await init(await makeApp({ "package.json": "{}" }), ["--framework", "rails"]);
    expect([run.code, json.hint]).toEqual([2, expect.stringContaining("tanstack-start")]);
  });
});

describe("a monorepo", () => {
  test("is told where its apps are, when the command is run above them", async () => {
    const { run, json, before, after } = await init(
      await makeApp({
        "package.json": '{ "private": true, "workspaces": ["apps/*"] }',
        "apps/api/wrangler.toml": 'main = "src/index.ts"\n',
        "apps/docs/package.json": "{ broken",
        "apps/web/package.json": '{ "dependencies": { "astro": "7" } }',
        "node_modules/some/package.json": '{ "dependencies": { "astro": "7" } }',
      }),
    );
    expect([run.code, json.hint]).toEqual([2, "Run it where the app is: in apps/api, or in apps/web"]);
    expect(after).toEqual(before);
  });

  test("is set up in the app's own folder, with the workspace's package manager", async () => {
    const app = astro(PLAIN);
    const files = Object.fromEntries(Object.entries(app).map(([path, text]) => [`apps/web/${path}`, text]));
    const root: Files = {
      "package.json": '{ "private": true, "workspaces": ["apps/*"] }',
      "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
      ".gitignore": ".env\n",
    };
    const { json, before, after } = await initApp({ ...root, ...files }, { cwd: "apps/web" });
    for (const path of Object.keys(root)) expect(after[path]).toBe(before[path]);
    expect(after["apps/web/.gitignore"]).toBe(".dev.vars\n");
    expect(json.next).toMatchObject([
      { command: expect.stringMatching(/^npm pack .* && pnpm add \.\/d1-ferry-.*\.tgz$/) },
      {},
      { command: expect.stringMatching(/^pnpm exec d1-ferry /) },
    ]);
  });
});
