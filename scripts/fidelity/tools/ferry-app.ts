import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import workerd from "workerd/package.json" with { type: "json" };
import { bundleWorker } from "../../build/bundle-worker.ts";
import { makeCases, open } from "../observe.ts";
import type { Tool } from "../tool.ts";
import { ferry } from "./ferry-command.ts";

const TOKEN = "fidelity-token-0123456789abcdef0123456789";
const APP = fileURLToPath(new URL("../app.ts", import.meta.url));
let bundled: Promise<string> | undefined;

/** SQLite file → app with D1 and R2 → D1 → archive → new SQLite file. D1 is looked at as well. */
export const ferryApp: Tool = {
  id: "ferry-app",
  title: "d1-ferry, through D1",
  version: async () => `workerd ${workerd.version}`,
  async carry(cases, folder) {
    const source = open(join(folder, "source.sqlite"));
    makeCases(source, cases);
    source.close();
    const state = join(folder, "state");
    await mkdir(state);
    const app = await startApp(state);
    let error: string | null;
    try {
      const url = (await app.ready).origin;
      const env = { PROD_API: url, PROD_TOKEN: TOKEN };
      error =
        (await ferry(
          folder,
          ["push", "--from", "source.sqlite", "--to", url, "--create=all", "--yes"],
          env,
        )) ?? (await ferry(folder, ["pull", "--from", url, "--to", "target.sqlite", "--yes"], env));
    } finally {
      await app.dispose();
    }
    if (error !== null) return { error, places: [] };
    const places = [
      { name: "in D1", path: await databaseIn(state) },
      { name: "back in a file", path: join(folder, "target.sqlite") },
    ];
    return { error, places };
  },
};

async function startApp(state: string): Promise<Miniflare> {
  bundled ??= bundleWorker(APP);
  const contents = await bundled;
  return new Miniflare({
    log: new Log(LogLevel.ERROR),
    // Else it asks the network where the machine is.
    cf: false,
    resourcePersistencePath: state,
    workers: [
      {
        config: {
          name: "fidelity",
          compatibilityDate: "2026-10-01",
          compatibilityFlags: ["nodejs_compat"],
          env: {
            DB: { type: "d1", id: "fidelity" },
            DATA_SYNC: { type: "r2", name: "fidelity" },
            FERRY_TOKEN: { type: "text", value: TOKEN },
          },
          manifest: { mainModule: "index.mjs", modules: { "index.mjs": { type: "esm", contents } } },
        },
      },
    ],
  });
}

/** The SQLite file that a local D1 database is. */
export async function databaseIn(state: string): Promise<string> {
  const files = await readdir(state, { recursive: true });
  const path = files.find((name) => /D1.*[0-9a-f]{64}\.sqlite$/.test(name));
  if (path === undefined) throw new Error(`There is no D1 database in ${state}: ${files.join(", ")}`);
  return join(state, path);
}
