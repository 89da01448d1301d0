import type { Framework } from "../framework.ts";
import { inspectWorker } from "../mount-worker.ts";

/** Its Worker is the app's own file, and is asked before React Router is. */
export const reactRouter: Framework = {
  name: "react-router",
  title: "React Router",
  dev: "react-router dev",
  port: 5173,
  wranglerFile: { main: "./workers/app.ts" },
  fits: ({ dependencies }) => dependencies.has("@react-router/dev"),
  inspect: inspectWorker,
};
