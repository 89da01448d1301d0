import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleWorker } from "./bundle-worker.ts";

export interface ConsoleSize {
  /** What the page adds to an app's Worker, bytes gzipped. */
  worker: number;
  /** The script of it that a browser gets, bytes gzipped. */
  script: number;
}

/** Measures a Worker that is nothing but d1-ferry, minified as wrangler does it, with its page and without. */
export async function measureConsole(): Promise<ConsoleSize> {
  const [whole, bare, script] = await Promise.all([
    bundled("src/http/ferry.ts", []),
    bundled("src/http/ferry.ts", [/\/console\/index\.ts$/]),
    bundled("src/console/browser/index.ts", []),
  ]);
  return { worker: whole - bare, script };
}

async function bundled(input: string, without: RegExp[]): Promise<number> {
  const code = await bundleWorker(resolve(input), { without, minify: true });
  return gzipSync(code, { level: 9 }).byteLength;
}
