import { newKey } from "../bucket/keys.ts";
import type { Bytes } from "../bytes.ts";
import type {
  DropAnswer,
  ExportAnswer,
  HistoryAnswer,
  ListAnswer,
  PruneAnswer,
  StatusAnswer,
  SyncAnswer,
  UploadAnswer,
} from "./answers.ts";
import type { CallOptions } from "./multipart.ts";
import { untilDone } from "./progress.ts";
import type { Transport } from "./transport.ts";
import { whileItMoves } from "./while-it-moves.ts";

export interface ProgressOptions<T> extends CallOptions {
  /** Called with every answer, also those that say "processing". */
  onProgress?: (answer: T) => void;
}

export interface ExportInput {
  /** Goes on with an export that was left "processing". */
  exportKey?: string;
  /** The key of a new export, made by `newKey("export")`; one that has begun is gone on with. @default a new key */
  newKey?: string;
  version?: number;
  tables?: readonly string[];
  exclude?: readonly string[];
  /** Bytes of row text a frame is closed at, 65,536 to 1,000,000: less for a target on a small plan. */
  frameBytes?: number;
}

/** What an app says of itself. An older one says less. */
export interface AppDescription {
  /** Where it runs. */
  platform?: "webflow-cloud" | "workers-paid" | "workers-free";
  /** How large the frames of an archive for it should be, bytes of row text. */
  frameBytes?: number;
}

export interface SyncInput {
  syncKey: string;
  /** @default "merge" */
  mode?: "merge" | "insert" | "mirror";
  /** @default "fail" */
  onConflict?: "fail" | "skip" | "replace";
  /** One transaction for everything: by size, in any case, or never. @default "auto" */
  atomic?: "auto" | "always" | "never";
  force?: boolean;
  /** Stops at the plan. @default false */
  dryRun?: boolean;
  /** Creates tables that the database lacks. @default false */
  create?: boolean;
  version?: number;
  tables?: readonly string[];
  exclude?: readonly string[];
  /** The number of rows the plan may delete. */
  expectDeletes?: number;
  /** Hands the run over to the app's workflow and answers at once. @default false */
  background?: boolean;
}

export interface PruneInput {
  /** Milliseconds: what was worked on later stays. @default 604800000, 7 days */
  olderThanMs?: number;
  /** @default false */
  dryRun?: boolean;
}

export interface OperationsClient {
  /** Exports the app's database into its bucket, as many calls as it takes. */
  export(input?: ExportInput, options?: ProgressOptions<ExportAnswer>): Promise<ExportAnswer>;
  /** A document of up to 10 MB in one request, as an object or as bytes. Larger ones: `uploadObject`. */
  upload(document: object | Bytes, options?: CallOptions): Promise<UploadAnswer>;
  /** Imports what the key holds, as many calls as it takes; with `dryRun`, answers the plan. */
  sync(input: SyncInput, options?: ProgressOptions<SyncAnswer>): Promise<SyncAnswer>;
  status(key: string, options?: CallOptions): Promise<StatusAnswer["status"]>;
  /** One page; goes on from `cursor`. */
  list(input?: { cursor?: string; limit?: number }, options?: CallOptions): Promise<ListAnswer>;
  history(options?: CallOptions): Promise<HistoryAnswer["history"]>;
  /** Forgets a run and removes its object. */
  drop(key: string, options?: CallOptions & { keepRecord?: boolean }): Promise<DropAnswer>;
  /** Removes what nobody goes on with, as many calls as it takes; with `dryRun`, only lists it. */
  prune(input?: PruneInput, options?: CallOptions): Promise<PruneAnswer>;
  /** What the app says of itself. Tried once. */
  describe(options?: CallOptions): Promise<AppDescription>;
  /** The API's OpenAPI 3.1 description. */
  openapi(options?: CallOptions): Promise<Record<string, unknown>>;
}

/** The calls of `/api/admin/r2-sync`, downloads apart. */
export function operationCalls(transport: Transport): OperationsClient {
  const route = "r2-sync";
  const get = <T extends object>(query: Record<string, string | number | undefined>, options?: CallOptions) =>
    transport.json<T>({ method: "GET", route, query, repeatable: true, ...options });
  const post = <T extends object>(body: object | Bytes, repeatable: boolean, options?: CallOptions) =>
    transport.json<T>({ method: "POST", route, body, repeatable, ...options });

  const readStatus = async (key: string, options?: CallOptions) =>
    (await get<StatusAnswer>({ syncKey: key }, options)).status;
  const placeOf = async (key: string, options?: CallOptions) => {
    const { status, progress, results, verified } = await readStatus(key, options);
    return JSON.stringify([status, progress, results, verified]);
  };

  return {
    export: ({ newKey: wanted, ...input } = {}, { onProgress, ...options } = {}) => {
      // With a key of its own the first call may be repeated: it leaves no second export behind.
      const own = wanted ?? newKey("export");
      return untilDone<ExportAnswer>(
        (last) => {
          const exportKey = last?.exportKey ?? input.exportKey;
          const key = exportKey === undefined ? { newKey: own } : { exportKey };
          return post({ operation: "export", ...input, ...key }, true, options);
        },
        { onProgress, ...options },
      );
    },

    upload: (document, options) =>
      post(document instanceof Uint8Array ? document : { operation: "upload", ...document }, false, options),

    async sync(input, { onProgress, ...options } = {}) {
      const call = () => post<SyncAnswer>({ operation: "sync", ...input }, true, options);
      const step = () => whileItMoves(call, () => placeOf(input.syncKey, options));
      if (!input.background) return untilDone<SyncAnswer>(step, { onProgress, ...options });
      const answer = await step();
      onProgress?.(answer);
      return answer;
    },

    status: readStatus,
    list: (input = {}, options) => get({ operation: "list", ...input }, options),
    history: async (options) => (await get<HistoryAnswer>({ operation: "history" }, options)).history,
    drop: (key, { keepRecord = false, ...options } = {}) =>
      post({ operation: "drop", syncKey: key, ...(keepRecord ? { keepRecord } : {}) }, true, options),
    async prune(input = {}, options) {
      const pruned: PruneAnswer["pruned"] = [];
      for (;;) {
        const answer = await post<PruneAnswer>({ operation: "prune", ...input }, true, options);
        pruned.push(...answer.pruned);
        // An answer that removed nothing would be asked for for ever.
        if (!answer.more || answer.pruned.length === 0) return { ...answer, pruned };
      }
    },
    describe: (options) =>
      transport.json<AppDescription>({ method: "GET", route, repeatable: false, ...options }),
    openapi: (options) => get({ operation: "openapi" }, options),
  };
}
