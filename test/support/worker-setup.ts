import { env } from "cloudflare:workers";
import { beforeAll } from "vitest";
import "./late-handlers.ts";
import { empty, emptyBucket } from "./worker-engine.ts";

// Files share a worker (`isolate: false`), and each begins with its databases and buckets empty.
beforeAll(async () => {
  await empty(env.DB);
  await empty(env.DB_SOURCE);
  await emptyBucket(env.DATA_SYNC);
  await emptyBucket(env.DATA_SYNC_SOURCE);
});
