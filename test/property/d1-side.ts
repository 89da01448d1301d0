import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { bundleWorker } from "../../scripts/build/bundle-worker.ts";
import { base64ToBytes, bytesToBase64 } from "../../src/archive/base64.ts";
import { COMPATIBILITY_DATE } from "../support/compatibility-date.ts";
import type { Look } from "./look.ts";
import type { Outcome, Side } from "./side.ts";
import type { Call } from "./worker/entry.ts";

const DATABASES = 100;

export interface D1Sides {
  sides: readonly [Side, Side];
  /** Of the app on the first one, without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** Two D1 databases, each with a Worker that runs d1-ferry on it, in a workerd of their own. */
export async function startD1Sides(): Promise<D1Sides> {
  const contents = await bundle();
  const miniflare = new Miniflare({
    log: new Log(LogLevel.WARN),
    // Else it asks the network where the machine is.
    cf: false,
    workers: ["one", "two"].map((name) => ({
      config: {
        name,
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: ["nodejs_compat"],
        env: {
          ...Object.fromEntries(
            Array.from({ length: DATABASES }, (_, i) => [
              `DB${i}`,
              { type: "d1" as const, id: `${name}${i}` },
            ]),
          ),
          DATA_SYNC: { type: "r2" as const, name },
        },
        manifest: { mainModule: "index.mjs", modules: { "index.mjs": { type: "esm" as const, contents } } },
      },
    })),
  });
  const { origin } = await miniflare.ready;
  const sideOf = async (name: string): Promise<Side> => {
    const worker = await miniflare.getWorker(name);
    return d1Side(async (call) => {
      const response = await worker.fetch("http://d1/", { method: "POST", body: JSON.stringify(call) });
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    });
  };
  return { sides: [await sideOf("one"), await sideOf("two")], url: origin, close: () => miniflare.dispose() };
}

function d1Side(ask: (call: Call) => Promise<unknown>): Side {
  return {
    engine: "D1",
    fill: (statements) => ask({ do: "fill", statements }).then(() => undefined),
    async export(options) {
      const { document } = (await ask({ do: "export", options })) as { document: string };
      return base64ToBytes(document);
    },
    import: (document, options) =>
      ask({ do: "import", document: bytesToBase64(document), options }) as Promise<Outcome>,
    look: () => ask({ do: "look" }) as Promise<Look>,
  };
}

const bundle = () => bundleWorker(fileURLToPath(new URL("worker/entry.ts", import.meta.url)));
