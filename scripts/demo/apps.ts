import { fileURLToPath } from "node:url";
import { ASTRO, copyExample, EXAMPLE, type OwnAppOptions } from "./own-app.ts";
import { freePort } from "./ports.ts";
import { run, type Server, startServer } from "./processes.ts";

const SERVE = fileURLToPath(new URL("serve.ts", import.meta.url));

/** Milliseconds in which a server has to be ready, also on a machine that is busy. */
const READY_MS = 180_000;

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

export interface BuildOptions extends OwnAppOptions {
  /** The path below which the app lives. @default "/" */
  base?: string;
}

/** Builds the app for production into a folder, from a copy of its own beside it. */
export async function build(outDir: string, { base = "/", ...own }: BuildOptions = {}): Promise<void> {
  const app = `${outDir}-app`;
  await copyExample(app, own);
  const args = [ASTRO, "build", "--outDir", outDir];
  await succeed("The app's build", await run(args, { cwd: app, env: { PULSE_BASE: base } }));
}

export interface LocalOptions extends OwnAppOptions {
  state: string;
  /** Another one where it is taken. @default any free one */
  port?: number;
}

/** `astro dev` of the example app, from a copy of its own, where a development user is signed in. */
export async function startLocalApp({ state, port: wanted, ...own }: LocalOptions): Promise<App> {
  const app = `${state}-app`;
  await copyExample(app, own);
  const port = await freePort(wanted);
  const args = [ASTRO, "dev", "--host", "127.0.0.1", "--port", String(port)];
  const server = startServer("The local app", args, { cwd: app, env: { PULSE_STATE: state } });
  // Not the port that was asked for: Astro moves on to the next where somebody was quicker.
  const url = await server.address(READY_MS);
  await answers(server, `${url}/api/admin/r2-sync`);
  return { url, state, server };
}

export interface ProductionOptions {
  build: string;
  state: string;
  /** The app's secret. */
  token: string;
  /** Another one where it is taken. @default any free one */
  port?: number;
  /** As it was built with. @default "/" */
  base?: string;
}

/** The built app in workerd, with a database, a bucket and a secret of its own. Nobody is signed in. */
export async function startProductionApp(options: ProductionOptions): Promise<App> {
  const { state, token, base = "/", port = 0 } = options;
  const args = [SERVE, options.build, state, String(port)];
  const server = startServer("The production app", args, { env: { FERRY_TOKEN: token } });
  const origin = await server.address(READY_MS);
  return { url: `${origin}${base.replace(/\/$/, "")}`, state, server };
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
