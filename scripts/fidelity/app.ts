import { type R2BucketLike, r2Bucket } from "../../src/bucket/r2.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import { createFerry } from "../../src/http/ferry.ts";

interface Env {
  DB: D1Like;
  DATA_SYNC: R2BucketLike;
  FERRY_TOKEN: string;
}

const ferry = createFerry<Env>({
  database: (env) => d1Database(env.DB),
  bucket: (env) => r2Bucket(env.DATA_SYNC),
  tokens: (env) => env,
});

/** The smallest app that carries d1-ferry. */
export default { fetch: ferry.fetch };
