import { type R2BucketLike, r2Bucket } from "../../src/bucket/r2.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import { createFerry } from "../../src/http/ferry.ts";
import { createDistant, type Distance } from "./distant.ts";

interface Env {
  DB: D1Like;
  DATA_SYNC: R2BucketLike;
  FERRY_TOKEN: string;
}

const distant = createDistant();

const ferry = createFerry<Env>({
  database: (env) => d1Database(distant.database(env.DB)),
  bucket: (env) => r2Bucket(distant.bucket(env.DATA_SYNC)),
  tokens: (env) => env,
});

/** d1-ferry's two routes, as far away as the bench says, and three for the bench, which are near and not counted. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case "/distance":
        distant.set((await request.json()) as Distance);
        return new Response();
      case "/trips":
        return Response.json({ ...distant.take(), waits: distant.takeWaits() });
      case "/edit":
        return edit(env.DB, (await request.json()) as string[]);
      default:
        await distant.request();
        return ferry.fetch(request, env);
    }
  },
};

/** Runs statements as the app's own code would, and answers how many rows they changed. */
async function edit(database: D1Like, statements: string[]): Promise<Response> {
  const results = await database.batch(statements.map((sql) => database.prepare(sql)));
  return Response.json(results.reduce((sum, { meta }) => sum + (meta.changes ?? 0), 0));
}
