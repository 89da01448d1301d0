import type { Files } from "./support.ts";

/** An Astro app with this config. */
export const astro = (config: string, rest: Files = {}): Files => ({
  "package.json":
    '{\n  "name": "my-app",\n  "dependencies": { "astro": "^7", "@astrojs/cloudflare": "^14" }\n}\n',
  "astro.config.mjs": config,
  "wrangler.jsonc": '{\n  "name": "my-app",\n  "compatibility_date": "2026-10-01"\n}\n',
  ...rest,
});

/** A config as somebody writes it who wants nothing but the adapter. */
export const PLAIN = `import cloudflare from "@astrojs/cloudflare";
import { defineConfig } from "astro/config";

export default defineConfig({ adapter: cloudflare() });
`;
