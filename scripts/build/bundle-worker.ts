import { rolldown } from "rolldown";
import { browserScript } from "./browser-script.ts";

/** A Worker from its sources, in one module. */
export async function bundleWorker(input: string, alias: Record<string, string> = {}): Promise<string> {
  const bundle = await rolldown({
    input,
    platform: "neutral",
    external: [/^node:/, /^cloudflare:/],
    resolve: { alias },
    plugins: [browserScript()],
  });
  try {
    const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
