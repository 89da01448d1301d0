import type {
  DropAnswer,
  ExportAnswer,
  HistoryAnswer,
  ListAnswer,
  PartAnswer,
  PartsAnswer,
  StartAnswer,
  StatusAnswer,
  SyncAnswer,
} from "../../client/answers.ts";
import { type Call, createTransport } from "../../client/transport.ts";
import { FerryError } from "../../errors.ts";
import type { Dependencies } from "../dependencies.ts";
import { credentialsFor } from "../settings.ts";
import type { App, AppUsage, UsageSum } from "./app.ts";

/** Milliseconds. The routes answer within 25 s; a platform in between gives up at 30 s or later. */
const TIMEOUT = 60_000;

/** An app, with the credentials that are meant for it. Nothing is sent until the first call. */
export function connect(url: URL, { world, settings }: Pick<Dependencies, "world" | "settings">): App {
  const { signal } = world;
  const transport = createTransport({
    baseUrl: url.href,
    fetch: world.fetch,
    timeout: TIMEOUT,
    // Who holds a lock decides whether to wait for it: see journey/patience.ts.
    retry: { lockWait: 0 },
    ...credentialsFor(url, settings),
  });
  const usage = emptyUsage();

  async function call<T extends { usage?: Usage }>(
    sum: keyof AppUsage,
    request: Omit<Call, "signal">,
  ): Promise<T> {
    const answer = await transport.json<T>({ ...request, signal });
    if (answer.usage) add(usage[sum], answer.usage);
    return answer;
  }
  const sync = { route: "r2-sync", repeatable: true } as const;
  const multipart = { route: "multipart-upload", repeatable: true } as const;

  return {
    url,
    usage,
    export: (request) =>
      call<ExportAnswer>("export", {
        ...sync,
        method: "POST",
        body: { operation: "export", ...request },
        // Without a key, a second try would make a second export.
        repeatable: request.exportKey !== undefined,
      }),
    download: (exportKey) =>
      transport.open({
        ...sync,
        method: "GET",
        query: { operation: "download", exportKey, format: "archive" },
        signal,
      }),
    async startUpload() {
      const body = { action: "start" };
      const { key, uploadId, chunkSize } = await call<StartAnswer>("upload", {
        ...multipart,
        method: "POST",
        body,
      });
      return { key, uploadId, chunkSize };
    },
    async uploadedParts(key, uploadId) {
      try {
        return await call<PartsAnswer>("upload", { ...multipart, method: "GET", query: { key, uploadId } });
      } catch (error) {
        if (error instanceof FerryError && error.code === "UPLOAD_NOT_FOUND") return null;
        throw error;
      }
    },
    async uploadPart(key, uploadId, partNumber, part) {
      const body = new Uint8Array(await part.arrayBuffer());
      const query = { key, uploadId, partNumber };
      const { etag } = await call<PartAnswer>("upload", { ...multipart, method: "PUT", query, body });
      return { etag };
    },
    async completeUpload(key, uploadId, parts) {
      await call("upload", {
        ...multipart,
        method: "POST",
        body: { action: "complete", key, uploadId, parts },
      });
    },
    sync: (syncKey, options) =>
      call<SyncAnswer>("sync", { ...sync, method: "POST", body: { operation: "sync", syncKey, ...options } }),
    status: async (syncKey) =>
      (await call<StatusAnswer>("other", { ...sync, method: "GET", query: { syncKey } })).status,
    async list() {
      const objects: ListAnswer["objects"] = [];
      let cursor: string | undefined;
      do {
        const query = { operation: "list", cursor };
        const page = await call<ListAnswer>("other", { ...sync, method: "GET", query });
        objects.push(...page.objects);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return objects;
    },
    history: async () =>
      (await call<HistoryAnswer>("other", { ...sync, method: "GET", query: { operation: "history" } }))
        .history,
    async drop(syncKey) {
      await call<DropAnswer>("other", { ...sync, method: "POST", body: { operation: "drop", syncKey } });
    },
  };
}

type Usage = Pick<UsageSum, "statements" | "bucketOperations" | "ms">;

function emptyUsage(): AppUsage {
  const none = () => ({
    invocations: 0,
    statements: 0,
    maxStatementsPerInvocation: 0,
    bucketOperations: 0,
    ms: 0,
  });
  return { export: none(), upload: none(), sync: none(), other: none() };
}

function add(sum: UsageSum, one: Usage): void {
  sum.invocations += 1;
  sum.statements += one.statements;
  sum.maxStatementsPerInvocation = Math.max(sum.maxStatementsPerInvocation, one.statements);
  sum.bucketOperations += one.bucketOperations;
  sum.ms += one.ms;
}
