import { env } from "cloudflare:workers";
import { r2Bucket } from "../../../src/bucket/r2.ts";
import { empty, emptyBucket } from "../../support/worker-engine.ts";
import type { Ground } from "./walk.ts";

/** workerd's D1 and R2, emptied for each case. */
export function workerGround(): Ground {
  return {
    async stores(app) {
      const [binding, objects] =
        app === "source" ? [env.DB_SOURCE, env.DATA_SYNC_SOURCE] : [env.DB, env.DATA_SYNC];
      await emptyBucket(objects);
      return { database: await empty(binding), bucket: r2Bucket(objects) };
    },
  };
}
