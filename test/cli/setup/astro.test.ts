import { parse } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { type Files, initApp } from "./support.ts";

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
