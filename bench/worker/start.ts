import { readFile } from "node:fs/promises";
import { Log, LogLevel, Miniflare } from "miniflare";
import { type HeapWatch, openHeapWatch } from "../measure/heap.ts";
import { childrenOf } from "../measure/process-tree.ts";

/** The database's name in wrangler's own state, so that wrangler finds the same files. */
export const DATABASE_ID = "bench";
const BUCKET = "bench-bucket";
export const TOKEN = "bench-token-0123456789abcdef0123456789abcdef";

/** The Worker's isolate, as the inspector calls it. */
export const ISOLATE = "core:user:bench";

export type Watched = "memory" | "javascript" | "statements";

export interface StartOptions {
  /** The bundled worker. */
  bundle: string;
  /** The directory of D1's and R2's files, as wrangler's `--persist-to` has it below `v3`. */
  state: string;
  /**
   * What is looked at: the isolate's memory, or its JavaScript, both by the inspector; or the time of its statements. @default nothing
   */
  watch?: Watched | undefined;
  /** MB that V8's heap may have. @default what V8 finds right for the machine */
  heapLimit?: number;
}

export interface RunningWorker {
  /** Without a trailing slash. */
  url: string;
  /** The workerd process; null where there is no /proc to find it in. */
  pid: number | null;
  /** Null where nothing is watched that needs it. */
  inspector: URL | null;
  /** Null where the memory is not watched. */
  heap: HeapWatch | null;
  close(): Promise<void>;
}

/** Starts the worker in a workerd of its own, with D1 and R2 in `state`. */
export async function startWorker(options: StartOptions): Promise<RunningWorker> {
  const { bundle, state, watch, heapLimit } = options;
  const inspect = watch === "memory" || watch === "javascript";
  const contents = await readFile(bundle, "utf8");
  const before = new Set(childrenOf(process.pid));
  const heap = watch === "memory" ? await openHeapWatch() : null;
  const limit = heapLimit === undefined ? [] : [`--max-heap-size=${heapLimit}`];
  // Miniflare hands them to workerd.
  process.env.MINIFLARE_WORKERD_V8_FLAGS = [...(watch === "memory" ? ["--expose-gc"] : []), ...limit].join(
    " ",
  );
  const miniflare = new Miniflare({
    log: new Log(LogLevel.WARN),
    // Else it asks the network where the machine is.
    cf: false,
    resourcePersistencePath: state,
    ...(inspect ? { inspectorPort: 0 } : {}),
    workers: [
      {
        config: {
          name: "bench",
          compatibilityDate: "2026-10-01",
          compatibilityFlags: ["nodejs_compat"],
          env: {
            DB: { type: "d1", id: DATABASE_ID },
            DATA_SYNC: { type: "r2", name: BUCKET },
            FERRY_TOKEN: { type: "text", value: TOKEN },
            HEAP_WATCH: { type: "text", value: heap?.url ?? "" },
            WATCHED: { type: "text", value: watch ?? "" },
          },
          manifest: { mainModule: "index.mjs", modules: { "index.mjs": { type: "esm", contents } } },
        },
      },
    ],
  });
  const ready = await miniflare.ready;
  const started = childrenOf(process.pid).filter((pid) => !before.has(pid));
  const inspector = inspect ? await miniflare.getInspectorURL() : null;
  if (inspector !== null) await heap?.attach(inspector, ISOLATE);
  return {
    url: ready.origin,
    pid: started[0] ?? null,
    inspector,
    heap,
    async close() {
      await heap?.close();
      await miniflare.dispose();
    },
  };
}
