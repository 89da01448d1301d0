import { env } from "cloudflare:workers";
import { r2Bucket } from "../../../src/bucket/r2.ts";
import { empty } from "../../support/worker-engine.ts";
import type { Ground } from "./walk.ts";

/** workerd's D1 and R2, emptied for each case. */
export function workerGround(): Ground {
  return {
    async stores(app) {
      const [binding, objects] =
        app === "source" ? [env.DB_SOURCE, env.DATA_SYNC_SOURCE] : [env.DB, env.DATA_SYNC];
      for (let page = await objects.list(); page.objects.length > 0; page = await objects.list()) {
        await objects.delete(page.objects.map(({ key }) => key));
      }
      return { database: await empty(binding), bucket: r2Bucket(objects) };
    },
  };
}
