import type { Framework } from "../framework.ts";
import { inspectWorker } from "../mount-worker.ts";

export const bareWorker: Framework = {
  name: "worker",
  title: "Worker",
  dev: "wrangler dev",
  port: 8787,
  wranglerFile: { main: "src/index.ts" },
  fits: (_project, wrangler) => typeof wrangler?.config.main === "string",
  inspect: inspectWorker,
};
