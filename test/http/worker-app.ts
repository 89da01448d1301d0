import { env } from "cloudflare:workers";
import { r2Bucket } from "../../src/bucket/r2.ts";
import { d1Database } from "../../src/database/d1.ts";
import { empty, emptyBucket } from "../support/worker-engine.ts";
import { type App, createApp } from "./app.ts";

/** An app on the test worker's D1 and R2. */
export function createWorkerApp(options?: Parameters<typeof createApp>[1]): App {
  return createApp({ database: d1Database(env.DB), bucket: r2Bucket(env.DATA_SYNC) }, options);
}

/** Empties both, since tests share them. */
export async function clearWorkerApp(): Promise<void> {
  await emptyBucket(env.DATA_SYNC);
  await empty(env.DB);
}
