import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleWorker as bundle } from "../../scripts/build/bundle-worker.ts";

const ENTRY = fileURLToPath(new URL("entry.ts", import.meta.url));

/** Bundles a worker from the sources into one module at `path`. */
export async function bundleWorker(path: string, entry: string = ENTRY): Promise<void> {
  await writeFile(path, await bundle(entry));
}
