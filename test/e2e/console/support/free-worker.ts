import { type R2BucketLike, r2Bucket } from "../../../../src/bucket/r2.ts";
import { type D1Like, d1Database } from "../../../../src/database/d1.ts";
import { createFerry } from "../../../../src/http/ferry.ts";

interface Env {
  DB: D1Like;
  DATA_SYNC: R2BucketLike;
  FERRY_TOKEN: string;
}

/** An app of which each request may do little, so that a run takes many. */
const ferry = createFerry<Env>({
  database: (env) => d1Database(env.DB),
  bucket: (env) => r2Bucket(env.DATA_SYNC),
  tokens: (env) => env,
  platform: "workers-free",
});

export default { fetch: ferry.fetch };
