import { type R2BucketLike, r2Bucket } from "../../src/bucket/r2.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import type { Database } from "../../src/database/port.ts";
import { authorizeBearer } from "../../src/http/auth.ts";
import { createFerry } from "../../src/http/ferry.ts";
import { type ByHandDatabase, insertByHand } from "./by-hand.ts";
import { createLedger } from "./ledger.ts";
import type { Watched } from "./start.ts";
import { createVisitLog } from "./visits.ts";

/** V8's, where `--expose-gc` is set. */
declare function gc(): void;

interface Env {
  DB: D1Like & ByHandDatabase;
  DATA_SYNC: R2BucketLike;
  FERRY_TOKEN: string;
  /** What the bench looks at, "" for nothing. */
  WATCHED: Watched | "";
}

const ledger = createLedger();
const visits = createVisitLog();

const ferry = createFerry<Env>({
  database(env) {
    const exact = env.WATCHED === "statements";
    const database = d1Database(ledger.wrap(env.DB, { exact }));
    return env.WATCHED === "memory" ? pausing(database) : database;
  },
  bucket: (env) => r2Bucket(env.DATA_SYNC),
  authorize: (request, env) => authorizeBearer(request, env.FERRY_TOKEN),
});

/** The smallest app that carries d1-ferry: its two routes, and three for the bench. */
export default {
  fetch(request: Request, env: Env): Promise<Response> | Response {
    switch (new URL(request.url).pathname) {
      case "/ledger":
        return Response.json(ledger.read());
      case "/by-hand":
        return insertByHand(request, env.DB, ledger);
      case "/visits":
        return Response.json(visits.read());
      default:
        return visits.follow(request, () => ferry(request, env));
    }
  },
};

/**
 * D1 runs in the same thread here, so a Worker at work on it never lets the inspector speak. A
 * pause behind each answer does, at the moment when its rows are in memory. Garbage is collected
 * first: how long V8 lets it lie depends on the machine, not on the work.
 */
function pausing(database: Database): Database {
  const pause = () => {
    gc();
    return new Promise((resolve) => setTimeout(resolve, 5));
  };
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
