import { parse } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { astro, PLAIN } from "./fixtures.ts";
import { type Files, init, initApp, makeApp } from "./support.ts";

const MANIFEST = `{
  "name": "my-site",
  "type": "module",
  "scripts": {
    "dev": "astro dev",
    "build": "astro build"
  },
  "dependencies": {
    "astro": "^7.0.0",
    "@astrojs/cloudflare": "^14.0.0"
  }
}
`;

/** As `npm create cloudflare` makes it of Astro's own starter. */
const STARTER: Files = {
  "package.json": MANIFEST,
  "astro.config.mjs": `// @ts-check
import { defineConfig } from 'astro/config';

import cloudflare from '@astrojs/cloudflare';

// https://astro.build/config
export default defineConfig({
  adapter: cloudflare()
});
`,
  "wrangler.jsonc": `{
	"name": "my-site",
	"main": "@astrojs/cloudflare/entrypoints/server",
	"compatibility_date": "2026-10-01",
	"compatibility_flags": ["nodejs_compat", "global_fetch_strictly_public"],
	"observability": {
		"enabled": true
	}
	/**
	 * Bindings
	 */
	// "vars": { "MY_VARIABLE": "production_value" }
}
`,
};

describe("Astro", () => {
  test("gets the integration, the bindings, the scripts and a token", async () => {
    const { after, json } = await initApp(STARTER);
    expect(json).toMatchObject({ framework: "astro", status: "written", snippets: [] });
    expect(after["astro.config.mjs"]).toContain(`import cloudflare from '@astrojs/cloudflare';
import d1Ferry from 'd1-ferry/astro';
`);
    expect(after["astro.config.mjs"]).toContain(`  adapter: cloudflare(),
  integrations: [d1Ferry()]
});`);
    expect(parse(after["wrangler.jsonc"] ?? "")).toEqual({
      ...parse(STARTER["wrangler.jsonc"] ?? ""),
      d1_databases: [{ binding: "DB", database_name: "my-site", database_id: "my-site" }],
      r2_buckets: [{ binding: "DATA_SYNC", bucket_name: "my-site-sync" }],
    });
    expect(JSON.parse(after["package.json"] ?? "").scripts).toMatchObject({ "ferry:push": "d1-ferry push" });
    expect(after[".gitignore"]).toBe(".dev.vars\n.env\n");
    expect(after[".env"]).toContain("LOCAL_API=http://localhost:4321\n");
  });
});

describe("astro.config", () => {
  test.each([
    [
      "with a list of lines",
      `import x from 'x'
export default defineConfig({
  integrations: [
    x(), // the first
    y({ a: 1 }) /* the second */
    // no more
  ],
  adapter: cloudflare(),
})`,
      `import x from 'x'
import d1Ferry from 'd1-ferry/astro'
export default defineConfig({
  integrations: [
    x(), // the first
    y({ a: 1 }), /* the second */
    d1Ferry()
    // no more
  ],
  adapter: cloudflare(),
})`,
    ],
    [
      "with a list in a line",
      'import x from "x";\nexport default { adapter: x(), integrations: [ x() ] };\n',
      'import x from "x";\nimport d1Ferry from "d1-ferry/astro";\nexport default { adapter: x(), integrations: [ x(), d1Ferry() ] };\n',
    ],
    [
      "with an empty list and a trailing comma",
      'import x from "x";\nexport default {\n\tadapter: x(),\n\tintegrations: [],\n};\n',
      'import x from "x";\nimport d1Ferry from "d1-ferry/astro";\nexport default {\n\tadapter: x(),\n\tintegrations: [d1Ferry()],\n};\n',
    ],
    [
      "that is named first, and typed",
      'import x from "x";\nconst config = defineConfig({\r\n  adapter: x(),\r\n} satisfies AstroUserConfig);\nexport default config;\n',
      'import x from "x";\nimport d1Ferry from "d1-ferry/astro";\nconst config = defineConfig({\r\n  adapter: x(),\r\n  integrations: [d1Ferry()],\r\n} satisfies AstroUserConfig);\nexport default config;\n',
    ],
  ])("%s", async (_name, before, wanted) => {
    const { "astro.config.mjs": config = "", ...rest } = astro(before);
    const { after } = await initApp({ ...rest, "astro.config.ts": config });
    expect(after["astro.config.ts"]).toBe(wanted);
  });

  test.each([
    ["integrations by a name", "export default defineConfig({ adapter: x(), integrations: all });"],
    [
      "integrations by a call",
      "export default defineConfig({ adapter: x(), integrations: [x()].concat(y) });",
    ],
    ["a function", "export default defineConfig(() => ({ adapter: x() }));"],
    ["another module's", 'export { default } from "./config.mjs";'],
    ["no JavaScript", "export default {{"],
  ])("with %s stays as it is, and a snippet is shown", async (_name, config) => {
    const { json, before, after } = await init(await makeApp(astro(config)));
    expect(after["astro.config.mjs"]).toBe(before["astro.config.mjs"]);
    expect(json.snippets).toMatchObject([
      { path: "astro.config.mjs", code: expect.stringContaining("d1Ferry()") },
    ]);
  });

  test("names the bindings that are called otherwise, and is read by the next run", async () => {
    const wrangler =
      '{ "name": "my-app", "d1_databases": [{ "binding": "A" }, { "binding": "B" }], "r2_buckets": [{ "binding": "M" }] }';
    const files = astro(PLAIN, { "wrangler.jsonc": wrangler });
    const { after } = await initApp(files, { args: ["--database", "B", "--bucket", "M"] });
    expect(after["astro.config.mjs"]).toContain('integrations: [d1Ferry({ database: "B", bucket: "M" })]');
    expect(after["wrangler.jsonc"]).toContain('"r2_buckets": [{ "binding": "M" }]');
  });

  test("says the base path, which is part of the local address", async () => {
    const { after } = await initApp(
      astro('import x from "x";\nexport default { base: "/app/", adapter: x() };\n'),
    );
    expect(after[".env"]).toContain("LOCAL_API=http://localhost:4321/app\n");
  });

  test("says no base path that could not stand in a line", async () => {
    const { after } = await initApp(
      astro('import x from "x";\nexport default { base: "/a\\nB=1", adapter: x() };\n'),
    );
    expect(after[".env"]).toContain("LOCAL_API=http://localhost:4321\n");
  });

  test("without an adapter is told so", async () => {
    const { json } = await init(await makeApp(astro("export default {};\n")));
    expect(json.notes).toEqual([expect.stringContaining("astro add cloudflare")]);
  });
});
