import { mkdtemp } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { D1Database, R2Bucket } from "@cloudflare/workers-types";
import { LogLevel, type Miniflare } from "miniflare";
import { bundleWorker } from "../../../../scripts/build/bundle-worker.ts";
import { createClient, type FerryClient } from "../../../../src/client/index.ts";
import { startWorkerApp } from "../../../support/worker-app.ts";

export const TOKEN = "console-token-0123456789abcdef0123456789abcdef";

/** A Worker that is nothing but d1-ferry, in a workerd of its own, with its page. */
export interface ConsoleApp {
  url: string;
  /** The page's address. */
  page: string;
  client: FerryClient;
  database: D1Database;
  bucket: R2Bucket;
  close(): Promise<void>;
  /** After it was closed: at the same address, with what it held. */
  startAgain(): Promise<ConsoleApp>;
}

const WORKERS = { paid: "scripts/fidelity/app.ts", free: "test/e2e/console/support/free-worker.ts" };

const bundled = new Map<string, Promise<string>>();

/**
 * @param tokens - lines of FERRY_TOKENS
 * @param plan - "free": each request may do little, so that a run takes many
 */
export async function startConsoleApp(
  folder: string,
  { tokens = "", plan = "paid" }: { tokens?: string; plan?: keyof typeof WORKERS } = {},
): Promise<ConsoleApp> {
  const contents = bundled.get(plan) ?? bundleWorker(resolve(WORKERS[plan]));
  bundled.set(plan, contents);
  const state = await mkdtemp(join(folder, "console-"));
  return start({ contents: await contents, state, tokens });
}

interface Started {
  contents: string;
  state: string;
  tokens: string;
  port?: number;
}

async function start({ contents, state, tokens, port = 0 }: Started): Promise<ConsoleApp> {
  const server: Miniflare = startWorkerApp({
    contents,
    state,
    port,
    level: LogLevel.ERROR,
    env: {
      DB: { type: "d1", id: "console" },
      DATA_SYNC: { type: "r2", name: "console-sync" },
      FERRY_TOKEN: { type: "text", value: TOKEN },
      FERRY_TOKENS: { type: "text", value: tokens },
    },
  });
  const { origin, port: taken } = await server.ready;
  const { DB, DATA_SYNC } = await server.getBindings<{ DB: D1Database; DATA_SYNC: R2Bucket }>();
  return {
    url: origin,
    page: `${origin}/api/admin/ferry`,
    client: createClient({ baseUrl: origin, token: TOKEN }),
    database: DB,
    bucket: DATA_SYNC,
    close: () => server.dispose(),
    startAgain: () => start({ contents, state, tokens, port: Number(taken) }),
  };
}
