import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ENTRY = fileURLToPath(new URL("entry.ts", import.meta.url));

/** Bundles a worker from the sources into one module at `path`. */
export async function bundleWorker(path: string, entry: string = ENTRY): Promise<void> {
  const bundle = await rolldown({ input: entry, platform: "neutral", external: [/^node:/, /^cloudflare:/] });
  try {
    const { output } = await bundle.generate({ format: "esm", minify: false });
    await writeFile(path, output[0].code);
  } finally {
    await bundle.close();
  }
}
