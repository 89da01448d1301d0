import { env } from "cloudflare:workers";
import { r2Bucket } from "../../src/bucket/r2.ts";
import { d1Database } from "../../src/database/d1.ts";
import { type App, createApp } from "./app.ts";

/** An app on the test worker's D1 and R2. */
export function createWorkerApp(options?: Parameters<typeof createApp>[1]): App {
  return createApp({ database: d1Database(env.DB), bucket: r2Bucket(env.DATA_SYNC) }, options);
}

/** Empties both, since tests of one file share them. */
export async function clearWorkerApp(): Promise<void> {
  for (let page = await env.DATA_SYNC.list(); page.objects.length > 0; page = await env.DATA_SYNC.list()) {
    await env.DATA_SYNC.delete(page.objects.map(({ key }) => key));
  }
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>();
  const drops = results.map(({ name }) => env.DB.prepare(`DROP TABLE "${name}"`));
  if (drops.length > 0) await env.DB.batch([env.DB.prepare("PRAGMA defer_foreign_keys = on"), ...drops]);
}
