import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Miniflare } from "miniflare";
import { bundleWorker } from "../../../scripts/build/bundle-worker.ts";
import { type Bindings, startWorkerApp } from "../../support/worker-app.ts";

interface WorkerOptions {
  /** Where it is written and bundled. */
  cwd: string;
  env: Bindings;
  /** Called with each line that the Worker logs. @default nobody is */
  onLog?: (line: string) => void;
}

/** Starts a Worker of the docs as it stands, in a workerd of its own. */
export async function startWorker(source: string, { cwd, env, onLog }: WorkerOptions): Promise<Miniflare> {
  const input = join(cwd, "worker.ts");
  await writeFile(input, source);
  const contents = await bundleWorker(input, { alias: { "d1-ferry": resolve("src/index.ts") } });
  return startWorkerApp({ contents, env, onLog });
}
