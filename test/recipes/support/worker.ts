import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";
import { rolldown } from "rolldown";
import { COMPATIBILITY_DATE } from "../../support/compatibility-date.ts";

type Bindings = NonNullable<
  NonNullable<ConstructorParameters<typeof Miniflare>[0]["workers"]>[number]["config"]
>["env"];

interface WorkerOptions {
  /** Where it is written and bundled. */
  cwd: string;
  env: Bindings;
  /** Called with each line that the Worker logs. @default nobody is */
  onLog?: (line: string) => void;
}

/** Starts a Worker of the docs as it stands, in a workerd of its own. */
export async function startWorker(
  source: string,
  { cwd, env, onLog = () => {} }: WorkerOptions,
): Promise<Miniflare> {
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
  const contents = output[0].code;
  return new Miniflare({
    log: new Log(LogLevel.WARN),
    // Else it asks the network where the machine is.
    cf: false,
    handleStructuredLogs: ({ message }) => onLog(message),
    workers: [
      {
        config: {
          name: "app",
          compatibilityDate: COMPATIBILITY_DATE,
          compatibilityFlags: ["nodejs_compat"],
          env,
          manifest: { mainModule: "index.mjs", modules: { "index.mjs": { type: "esm", contents } } },
        },
      },
    ],
  });
}
