import { Log, LogLevel, Miniflare } from "miniflare";
import { COMPATIBILITY_DATE } from "./compatibility-date.ts";

export type Bindings = NonNullable<
  NonNullable<ConstructorParameters<typeof Miniflare>[0]["workers"]>[number]["config"]
>["env"];

export interface WorkerAppOptions {
  /** One module. */
  contents: string;
  env: Bindings;
  /** Where its database and its bucket are kept. @default in memory */
  state?: string;
  /** @default one that is free */
  port?: number;
  /** @default warnings and errors */
  level?: LogLevel;
  /** Called with each line that the Worker logs. @default nobody is */
  onLog?: ((line: string) => void) | undefined;
}

/** Starts a Worker that was bundled, in a workerd of its own. */
export function startWorkerApp({
  contents,
  env,
  state,
  port = 0,
  level = LogLevel.WARN,
  onLog,
}: WorkerAppOptions): Miniflare {
  return new Miniflare({
    log: new Log(level),
    port,
    // Else it asks the network where the machine is.
    cf: false,
    ...(state === undefined ? {} : { resourcePersistencePath: state }),
    ...(onLog === undefined ? {} : { handleStructuredLogs: ({ message }) => onLog(message) }),
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
