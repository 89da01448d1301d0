import cloudflare from "@astrojs/cloudflare";
import { defineConfig } from "astro/config";
import d1Ferry from "d1-ferry/astro";

/** Where the local D1 and R2 are kept, when it is not wrangler's own place (.wrangler/state). */
const state = process.env.PULSE_STATE;

export default defineConfig({
  output: "server",
  base: process.env.PULSE_BASE ?? "/",
  adapter: cloudflare({
    imageService: "passthrough",
    persistState: state ? { path: state } : true,
  }),
  // The app keeps its own sessions, in D1: Astro's would ask for a KV namespace.
  session: false,
  integrations: [d1Ferry({ users: "./src/ferry-users.ts" })],
});
