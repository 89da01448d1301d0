import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Miniflare } from "miniflare";
import { rolldown } from "rolldown";
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
  const bundling = await rolldown({
    input,
    platform: "neutral",
    external: [/^node:/, /^cloudflare:/],
    resolve: { alias: { "d1-ferry": resolve("src/index.ts") } },
  });
  const { output } = await bundling.generate({ format: "esm" });
  await bundling.close();
  return startWorkerApp({ contents: output[0].code, env, onLog });
}
