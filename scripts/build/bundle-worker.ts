import { rolldown } from "rolldown";
import { browserScript } from "./browser-script.ts";

export interface BundleOptions {
  /** What stands for a package. @default none */
  alias?: Record<string, string>;
  /** Modules that are left out. @default none */
  without?: RegExp[];
  /** As wrangler deploys it. @default false */
  minify?: boolean;
}

/** A Worker from its sources, in one module. */
export async function bundleWorker(
  input: string,
  { alias = {}, without = [], minify = false }: BundleOptions = {},
): Promise<string> {
  const bundle = await rolldown({
    input,
    platform: "neutral",
    external: [/^node:/, /^cloudflare:/, ...without],
    resolve: { alias },
    plugins: [browserScript()],
  });
  try {
    const { output } = await bundle.generate({ format: "esm", codeSplitting: false, minify });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
