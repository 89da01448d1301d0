import { type R2BucketLike, r2Bucket } from "../../src/bucket/r2.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import type { Database } from "../../src/database/port.ts";
import { authorizeBearer } from "../../src/http/auth.ts";
import { createFerry } from "../../src/http/ferry.ts";

interface Env {
  DB: D1Like;
  DATA_SYNC: R2BucketLike;
  FERRY_TOKEN: string;
  /** Set where the heap is watched. */
  PAUSES?: string;
}

const ferry = createFerry<Env>({
  database: (env) => (env.PAUSES === undefined ? d1Database(env.DB) : pausing(d1Database(env.DB))),
  bucket: (env) => r2Bucket(env.DATA_SYNC),
  authorize: (request, env) => authorizeBearer(request, env.FERRY_TOKEN),
});

/** The smallest app that carries d1-ferry: its two routes and nothing else. */
export default { fetch: (request: Request, env: Env) => ferry(request, env) };

/**
 * D1 runs in the same thread here, so a Worker at work on it never lets the inspector speak. A
 * pause behind each answer does, at the moment when its rows are in memory.
 */
function pausing(database: Database): Database {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  const paused = async <T>(answer: Promise<T>): Promise<T> => {
    const result = await answer;
    await pause();
    return result;
  };
  return {
    engine: database.engine,
    query: (statement) => paused(database.query(statement)),
    batch: (statements) => paused(database.batch(statements)),
  };
}
