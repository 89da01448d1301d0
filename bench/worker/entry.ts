import { type R2BucketLike, r2Bucket } from "../../src/bucket/r2.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import { createFerry } from "../../src/http/ferry.ts";
import { type ByHandDatabase, insertByHand } from "./by-hand.ts";
import { serveFloor } from "./floor.ts";
import { createLedger } from "./ledger.ts";
import { pausing } from "./pauses.ts";
import type { Watched } from "./start.ts";
import { createVisitLog } from "./visits.ts";

interface Env {
  DB: D1Like & ByHandDatabase;
  DATA_SYNC: R2BucketLike;
  FERRY_TOKEN: string;
  /** What the bench looks at, "" for nothing. */
  WATCHED: Watched | "";
  /** Whom to tell when the isolate's memory is looked at; "" where it is not. */
  HEAP_WATCH: string;
}

const ledger = createLedger();
const visits = createVisitLog();

const ferry = createFerry<Env>({
  database(env) {
    const exact = env.WATCHED === "statements";
    const database = d1Database(ledger.wrap(env.DB, { exact }));
    return env.HEAP_WATCH === "" ? database : pausing(database, env.HEAP_WATCH);
  },
  bucket(env) {
    const bucket = r2Bucket(env.DATA_SYNC);
    return env.HEAP_WATCH === "" ? bucket : pausing(bucket, env.HEAP_WATCH);
  },
  tokens: (env) => env,
});

/** The smallest app that carries d1-ferry: its two routes, and some for the bench. */
export default {
  fetch(request: Request, env: Env): Promise<Response> | Response {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/floor/"))
      return serveFloor(request, { database: ledger.wrap(env.DB), bucket: env.DATA_SYNC });
    switch (pathname) {
      case "/ledger":
        return Response.json(ledger.read());
      case "/by-hand":
        return insertByHand(request, env.DB, ledger);
      case "/visits":
        return Response.json(visits.read());
      default:
        return visits.follow(request, () => ferry.fetch(request, env));
    }
  },
};
