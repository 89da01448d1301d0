import { readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.ts";
import { run, type Server, startServer } from "./processes.ts";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const EXAMPLE = fromRoot("examples/community-pulse");
const ASTRO = join(
  dirname(createRequire(join(EXAMPLE, "package.json")).resolve("astro/package.json")),
  "bin/astro.mjs",
);

/** Where a build tells wrangler what to serve. Ours are not for it: `npm run preview` serves what was there. */
const BUILD_POINTER = join(EXAMPLE, ".wrangler/deploy/config.json");

/** Milliseconds in which a server has to be ready, also on a machine that is busy. */
const READY_MS = 90_000;

/** A running app. */
export interface App {
  /** Its address, base path included, without a trailing slash. */
  readonly url: string;
  /** The folder that its database and bucket are in. */
  readonly state: string;
  readonly server: Server;
}

/** Fills an app's local database, with its own seed script. `scale` times 25,537 rows. */
export async function seed(state: string, { scale = 1 }: { scale?: number } = {}): Promise<void> {
  const args = ["scripts/seed.js", "--persist-to", state, "--scale", String(scale)];
  await succeed("The seed script", await run(args, { cwd: EXAMPLE }));
}

export interface BuildOptions {
  /** The path below which the app lives. @default "/" */
  base?: string;
}

/** Builds the app for production into a folder. One build at a time. */
export async function build(outDir: string, { base = "/" }: BuildOptions = {}): Promise<void> {
  const env = { PULSE_BASE: base };
  const pointer = await readFile(BUILD_POINTER).catch(() => null);
  try {
    await succeed("The app's build", await run([ASTRO, "build", "--outDir", outDir], { cwd: EXAMPLE, env }));
  } finally {
    if (pointer === null) await rm(BUILD_POINTER, { force: true });
    else await writeFile(BUILD_POINTER, pointer);
  }
}

/** `astro dev` of the example app, where a development user is signed in. */
export async function startLocalApp(options: { state: string; port?: number }): Promise<App> {
  const { state } = options;
  const port = await freePort(options.port);
  const url = `http://localhost:${port}`;
  const args = [ASTRO, "dev", "--port", String(port), "--ignore-lock"];
  const server = startServer("The local app", args, { cwd: EXAMPLE, env: { PULSE_STATE: state } });
  await server.said("ready in", READY_MS);
  await answers(server, `${url}/api/admin/r2-sync`);
  return { url, state, server };
}

export interface ProductionOptions {
  build: string;
  state: string;
  /** The app's secret. */
  token: string;
  /** @default any free one */
  port?: number;
  /** As it was built with. @default "/" */
  base?: string;
}

/** The built app in workerd, with a database, a bucket and a secret of its own. Nobody is signed in. */
export async function startProductionApp(options: ProductionOptions): Promise<App> {
  const { state, token, base = "/" } = options;
  const port = await freePort(options.port);
  const args = [fromRoot("scripts/demo/serve.ts"), options.build, state, String(port)];
  const server = startServer("The production app", args, { env: { FERRY_TOKEN: token } });
  await server.said("ready on", READY_MS);
  return { url: `http://127.0.0.1:${port}${base.replace(/\/$/, "")}`, state, server };
}

/** Waits until the address answers: a development server compiles what is asked for only then. */
async function answers(server: Server, url: string): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(READY_MS) }).catch(() => null);
    await response?.body?.cancel();
    if (response !== null && response.status < 500) return;
    if (!server.running || Date.now() > until) {
      throw new Error(
        `${server.name} does not answer (${response?.status ?? "no connection"}):\n${server.output()}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function succeed(
  what: string,
  { code, stdout, stderr }: Awaited<ReturnType<typeof run>>,
): Promise<void> {
  if (code !== 0) throw new Error(`${what} ended with code ${code}:\n${stdout}${stderr}`);
}
