import type { Framework } from "../framework.ts";
import { inspectWorker } from "../mount-worker.ts";

export const hono: Framework = {
  name: "hono",
  title: "Hono",
  dev: "wrangler dev",
  port: 8787,
  wranglerFile: { main: "src/index.ts" },
  fits: ({ dependencies }) => dependencies.has("hono"),
  inspect: inspectWorker,
};
