import type {
  CompareRequest,
  DiffRequest,
  ExportRequest,
  HistoryRequest,
  ListRequest,
  LogRequest,
  PruneRequest,
  RowsRequest,
  StatusRequest,
  SyncRequest,
  UndoRequest,
} from "../api/requests.ts";
import type { NamesOf } from "../api/routes.ts";
import { newKey } from "../bucket/keys.ts";
import type { Bytes } from "../bytes.ts";
import type {
  CompareAnswer,
  DiffAnswer,
  DropAnswer,
  ExportAnswer,
  HealthAnswer,
  HistoryAnswer,
  ListAnswer,
  LogAnswer,
  PruneAnswer,
  RowsAnswer,
  StatusAnswer,
  SyncAnswer,
  UndoAnswer,
  UploadAnswer,
} from "./answers.ts";
import { ANSWERS, type AnswerSchema } from "./check-answer.ts";
import { countsOf } from "./movement.ts";
import type { CallOptions } from "./multipart.ts";
import { pageCounter } from "./pages.ts";
import { untilDone } from "./progress.ts";
import { LONG_ANSWER_BYTES } from "./read-answer.ts";
import type { About, Call, Transport } from "./transport.ts";
import { whileItMoves } from "./while-it-moves.ts";

export interface ProgressOptions<T> extends CallOptions {
  /** Called with every answer, also those that say "processing". */
  onProgress?: (answer: T) => void;
}

/**
 * `exportKey` goes on with an export that was left "processing". `newKey`, made by `newKey("export")`, is the
 * key of a new one: what has begun under it is gone on with. @default a new key
 */
export type ExportInput = ExportRequest;

/** What an app says of itself. */
export interface AppDescription {
  /** Where it runs. */
  platform: "webflow-cloud" | "workers-paid" | "workers-free";
  /** How large the frames of an archive for it should be, bytes of row text. */
  frameBytes: number;
  /** What whoever asks may do there; the permissions of a later version are among them. */
  grant?: { name: string; may: string[]; tables?: string[] | undefined } | undefined;
}

/** What the key holds is imported, by these options. */
export type SyncInput = Omit<SyncRequest, "exportKey" | "syncKey"> & { syncKey: string };

/** What the run of this key has changed is taken back. */
export type UndoInput = Omit<UndoRequest, "exportKey" | "syncKey"> & { syncKey: string };

export type PruneInput = PruneRequest;

export interface OperationsClient {
  /** Exports the app's database into its bucket, as many calls as it takes. */
  export(input?: ExportInput, options?: ProgressOptions<ExportAnswer>): Promise<ExportAnswer>;
  /**
   * A document of up to 10 MB in one request, as an object or as bytes. `newKey`, made by `newKey("sync")`, is the key that
   * it gets. Larger ones: `uploadObject`.
   */
  upload(document: object | Bytes, options?: CallOptions & { newKey?: string }): Promise<UploadAnswer>;
  /** Imports what the key holds, as many calls as it takes; with `dryRun`, answers the plan. */
  sync(input: SyncInput, options?: ProgressOptions<SyncAnswer>): Promise<SyncAnswer>;
  /**
   * Takes back what the run has changed, as many calls as it takes; with `dryRun`, answers the plan. What goes on by
   * itself goes on by the undo's own key: a run may have more than one. The first call is repeated only where it
   * names its plan, or is a dry run.
   */
  undo(
    input: UndoInput,
    options?: ProgressOptions<UndoAnswer | SyncAnswer>,
  ): Promise<UndoAnswer | SyncAnswer>;
  status(key: string, options?: CallOptions): Promise<StatusAnswer["status"]>;
  /** One page of the rows of a run's plan; goes on from `cursor`. */
  rows(input: RowsRequest, options?: CallOptions): Promise<RowsAnswer>;
  /**
   * Answers the first of the questions about rows; without any it describes the tables. `packed` sends the questions
   * packed, to an app whose description says that it `packs`.
   */
  compare(input: CompareRequest, options?: CallOptions & { packed?: boolean }): Promise<CompareAnswer>;
  /**
   * Compares two archives in the app's bucket, or one with its database. Goes on from `cursor`: a table that was left
   * unfinished is told again, as a whole.
   */
  diff(input: DiffRequest, options?: CallOptions): Promise<DiffAnswer>;
  /** One page; goes on from `cursor`. */
  list(input?: ListRequest, options?: CallOptions): Promise<ListAnswer>;
  /** What was synced, one entry a table a version. */
  history(options?: CallOptions): Promise<HistoryAnswer["history"]>;
  /** The same, with the runs that did it, newest first, and what is live now. Goes on `before` a page's last run. */
  runs(input?: HistoryRequest, options?: CallOptions): Promise<HistoryAnswer>;
  /** One page of the record, the newest first; goes on from `cursor`. */
  log(input?: LogRequest, options?: CallOptions): Promise<LogAnswer>;
  /** How the app is: its version, its room, what it wrote today, the runs that are open, and what it finds wrong. */
  health(options?: CallOptions): Promise<HealthAnswer>;
  /** Forgets a run and removes its object. */
  drop(key: string, options?: CallOptions & { keepRecord?: boolean }): Promise<DropAnswer>;
  /** Removes what nobody goes on with, as many calls as it takes; with `dryRun`, only lists it. */
  prune(input?: PruneInput, options?: CallOptions): Promise<PruneAnswer>;
  /** What the app says of itself. Tried once. */
  describe(options?: CallOptions): Promise<AppDescription>;
  /** The API's OpenAPI 3.1 description. */
  openapi(options?: CallOptions): Promise<Record<string, unknown>>;
}

type Query = { operation?: NamesOf<"r2-sync", "GET"> } & (StatusRequest | ListRequest | RowsRequest);

type Command = { operation: NamesOf<"r2-sync", "POST">; [member: string]: unknown };

interface Post<T> {
  body: Command | Bytes;
  query?: Record<string, string>;
  /** @default true */
  repeatable?: boolean;
  packed?: "answer" | "both";
  holdsRows?: boolean;
  schema: AnswerSchema<T>;
  about?: About<T>;
}

/** The calls of `/api/admin/r2-sync`, downloads apart. */
export function operationCalls(transport: Transport): OperationsClient {
  const route = "r2-sync";
  const maxBytes = LONG_ANSWER_BYTES;
  const get = <T>(
    query: Query,
    schema: AnswerSchema<T>,
    { about, ...options }: CallOptions & Pick<Call, "holdsRows"> & { about?: About<T> } = {},
  ) =>
    transport.json(
      { method: "GET", route, query: { ...query }, repeatable: true, maxBytes, ...options },
      schema,
      about,
    );
  const post = <T>({ repeatable = true, schema, about, ...sent }: Post<T>, options?: CallOptions) =>
    transport.json({ method: "POST", route, repeatable, maxBytes, ...sent, ...options }, schema, about);

  const readStatus = async (key: string, options?: CallOptions) =>
    (
      await get({ syncKey: key }, ANSWERS.status, {
        ...options,
        about: ({ status }) => [[status.syncKey, key]],
      })
    ).status;
  const placeOf = async (key: string, options?: CallOptions) => countsOf(await readStatus(key, options));
  // Who wants quick retries wants these quick as well.
  const pause = Math.min(1000, transport.retry.maxDelay ?? 1000);
  const where = { where: transport.baseUrl, pause };
  const syncStep = (input: SyncInput, options?: CallOptions) =>
    whileItMoves(
      () =>
        post(
          { body: { operation: "sync", ...input }, schema: ANSWERS.sync, about: aboutRun(input) },
          options,
        ),
      () => placeOf(input.syncKey, options),
    );

  return {
    export: ({ newKey: wanted, ...input } = {}, { onProgress, ...options } = {}) => {
      // With a key of its own the first call may be repeated: it leaves no second export behind.
      const own = wanted ?? newKey("export");
      return untilDone<ExportAnswer>(
        (last) => {
          const exportKey = last?.exportKey ?? input.exportKey;
          const key = exportKey === undefined ? { newKey: own } : { exportKey };
          const about = (answer: ExportAnswer) => [[answer.exportKey, exportKey ?? own]] as const;
          return post(
            { body: { operation: "export", ...input, ...key }, schema: ANSWERS.export, about },
            options,
          );
        },
        { ...where, onProgress, ...options },
      );
    },

    upload(document, { newKey: wanted, ...options } = {}) {
      const body = document instanceof Uint8Array ? document : { operation: "upload" as const, ...document };
      const query = wanted === undefined ? {} : { query: { newKey: wanted } };
      const about = ({ syncKey }: UploadAnswer) => [[syncKey, wanted ?? syncKey]] as const;
      return post({ body, ...query, repeatable: false, schema: ANSWERS.upload, about }, options);
    },

    async sync(input, { onProgress, ...options } = {}) {
      const step = () => syncStep(input, options);
      if (!input.background) return untilDone<SyncAnswer>(step, { ...where, onProgress, ...options });
      const answer = await step();
      onProgress?.(answer);
      return answer;
    },

    async undo({ background, ...input }, { onProgress, ...options } = {}) {
      const { dryRun = false, plan } = input;
      const asked = { operation: "undo", ...input, ...(background ? { background } : {}) } as const;
      const repeatable = dryRun || plan !== undefined;
      const about = ({ undoes, ...answer }: UndoAnswer) =>
        [[undoes, input.syncKey], ...aboutRun({ ...input, syncKey: answer.syncKey })(answer)] as const;
      const first = await post({ body: asked, repeatable, schema: ANSWERS.undo, about }, options);
      onProgress?.(first);
      if (first.status !== "processing" || background) return first;
      const rest = { ...input, syncKey: first.syncKey };
      const step = () => syncStep(rest, options);
      return untilDone<SyncAnswer>(step, { ...where, onProgress, ...options });
    },

    status: readStatus,
    rows: (input, options) =>
      get({ operation: "rows", ...input }, ANSWERS.rows, {
        ...options,
        holdsRows: true,
        about: ({ syncKey, plan }) => [
          [syncKey, input.syncKey],
          [plan, input.plan ?? plan],
        ],
      }),
    compare: (input, { packed = false, ...options } = {}) =>
      post(
        {
          body: { operation: "compare", ...input },
          packed: packed ? "both" : "answer",
          holdsRows: true,
          schema: ANSWERS.compare,
        },
        options,
      ),
    diff: (input, options) =>
      post(
        {
          body: { operation: "diff", ...input },
          holdsRows: true,
          schema: ANSWERS.diff,
          about: ({ left, right }) => [
            [left, input.left ?? null],
            [right, input.right ?? null],
          ],
        },
        options,
      ),
    list: (input = {}, options) => get({ operation: "list", ...input }, ANSWERS.list, options),
    log: (input = {}, options) => get({ operation: "log", ...input }, ANSWERS.log, options),
    health: (options) => get({ operation: "health" }, ANSWERS.health, options),
    runs: (input = {}, options) => get({ operation: "history", ...input }, ANSWERS.history, options),
    history: async (options) => (await get({ operation: "history" }, ANSWERS.history, options)).history,
    drop: (key, { keepRecord = false, ...options } = {}) =>
      post(
        {
          body: { operation: "drop", syncKey: key, ...(keepRecord ? { keepRecord } : {}) },
          schema: ANSWERS.drop,
          about: ({ syncKey }) => [[syncKey, key]],
        },
        options,
      ),
    async prune(input = {}, options) {
      const pruned: PruneAnswer["pruned"] = [];
      const takesMore = pageCounter();
      for (;;) {
        const answer = await post({ body: { operation: "prune", ...input }, schema: ANSWERS.prune }, options);
        pruned.push(...answer.pruned);
        // An answer that removed nothing would be asked for for ever.
        if (!answer.more || answer.pruned.length === 0 || !takesMore(answer.pruned))
          return { ...answer, pruned };
      }
    },
    describe: (options) =>
      transport.json<AppDescription>(
        { method: "GET", route, query: { brief: "" }, repeatable: false, ...options },
        ANSWERS.description,
      ),
    openapi: (options) => get({ operation: "openapi" }, ANSWERS.openapi, options),
  };
}

/** A run that is to be applied is not answered by its plan: that was the answer to an earlier call. */
const aboutRun =
  ({
    syncKey,
    dryRun = false,
  }: {
    syncKey: string;
    dryRun?: boolean | undefined;
  }): About<Pick<SyncAnswer, "syncKey" | "status">> =>
  (answer) => [
    [answer.syncKey, syncKey],
    [answer.status === "planned" && !dryRun ? "its plan" : "its end", "its end"],
  ];
