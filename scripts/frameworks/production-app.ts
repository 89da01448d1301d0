import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { App } from "../demo/apps.ts";
import { startServer } from "../demo/processes.ts";

/** Milliseconds in which it has to be ready, also on a machine that is busy. */
const READY_MS = 120_000;

/**
 * The built app in workerd, started by the app's own wrangler, as what stands in for a deploy: a database and a bucket
 * of its own, both empty. Its secrets are those of .dev.vars, which a deploy is given by --secrets-file.
 */
export async function startProduction(app: string, state: string): Promise<App> {
  const args = ["dev", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0", "--persist-to", state];
  const server = startServer("The production app", [wranglerScript(app), ...args], { cwd: app });
  return { url: await server.address(READY_MS), state, server };
}

function wranglerScript(app: string): string {
  const manifest = createRequire(join(app, "package.json")).resolve("wrangler/package.json");
  return join(dirname(manifest), "bin/wrangler.js");
}
