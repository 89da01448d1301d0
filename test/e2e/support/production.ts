import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import { logIn } from "../../../scripts/demo/account.ts";
import { type App, startProductionApp } from "../../../scripts/demo/apps.ts";
import { freePort } from "../../../scripts/demo/ports.ts";

/** A production app of a test's own: empty tables, an empty bucket, a token. */
export interface Production extends App {
  readonly token: string;
  /** The same app again, on the same port and state, after its server has ended. */
  restart(): Promise<Production>;
}

export interface ProductionSettings {
  /** @default "/" */
  base?: "/" | "/app";
}

/** Stop its server when the test ends. */
export async function startProduction({ base = "/" }: ProductionSettings = {}): Promise<Production> {
  const { folder, build, basedBuild } = inject("shared");
  const state = await mkdtemp(join(folder, "production-"));
  const token = randomBytes(24).toString("hex");
  const options = { build: base === "/" ? build : basedBuild, state, token, base };
  async function start(port?: number): Promise<Production> {
    const app = await startProductionApp({ ...options, ...(port === undefined ? {} : { port }) });
    if (port !== undefined && Number(new URL(app.url).port) !== port) {
      await app.server.stop();
      throw new Error(`Port ${port} was taken by another program before the app was there again`);
    }
    return { ...app, token, restart: () => startAgain(Number(new URL(app.url).port)) };
  }
  /** What was killed a moment ago may hold its port a little longer. */
  async function startAgain(port: number): Promise<Production> {
    while ((await freePort(port)) !== port) await new Promise((resolve) => setTimeout(resolve, 50));
    return start(port);
  }
  return start();
}

export const ACCOUNT = { username: "ada", password: "correct horse battery" };

/** The Cookie header of someone who made the first account and logged in with it. */
export async function logInto(production: Production): Promise<string> {
  const fields = { ...ACCOUNT, email: "ada@pulse.example", token: production.token };
  const made = await fetch(`${production.url}/setup`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: new URL(production.url).origin },
    body: new URLSearchParams(fields),
  });
  if (made.status !== 303) throw new Error(`/setup answered ${made.status}: ${await made.text()}`);
  return logIn(production.url, ACCOUNT);
}
