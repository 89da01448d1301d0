import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { USAGE } from "../support/answers.ts";

/** One request as the app saw it. */
export interface SeenRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** What a rule does instead of, or after, answering. */
export type Reply =
  | { status: number; json: object; headers?: Record<string, string> }
  | { status: number; text: string; headers?: Record<string, string> }
  | { drop: "before" | "headers" }
  /** Takes the request, does what it asks, and never tells. */
  | { drop: "after" }
  | { hang: true };

export interface FakeApp {
  url: string;
  seen: SeenRequest[];
  /** Answers the next request that matches, once; rules are used in order. */
  next(match: (request: SeenRequest) => boolean, reply: Reply): void;
  /** The uploads, by key. */
  uploads: Map<string, FakeUpload>;
  /** Bytes that `download` with `format=archive` gives, and where its connection breaks, once each. */
  archive: { bytes: Buffer; etag: string | null; breakAt: number[] };
  /** Answers of sync, in order; the last repeats. */
  syncAnswers: object[];
  close(): Promise<void>;
}

export interface FakeUpload {
  uploadId: string;
  chunkSize: number;
  parts: Map<number, { etag: string; size: number; bytes: Buffer }>;
  object: Buffer | null;
}

/** An app that keeps the contract in memory and fails where it is told to. */
export async function startFakeApp(options: { base?: string; opaqueEtags?: boolean } = {}): Promise<FakeApp> {
  const rules: { match: (request: SeenRequest) => boolean; reply: Reply }[] = [];
  const base = options.base ?? "";
  const app: FakeApp = {
    url: "",
    seen: [],
    uploads: new Map(),
    archive: { bytes: Buffer.alloc(0), etag: '"one"', breakAt: [] },
    syncAnswers: [],
    next: (match, reply) => void rules.push({ match, reply }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  const server = createServer(async (incoming, response) => {
    try {
      const url = new URL(incoming.url ?? "/", "http://fake");
      const request: SeenRequest = {
        method: incoming.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: await buffer(incoming),
      };
      app.seen.push(request);
      const index = rules.findIndex(({ match }) => match(request));
      const [rule] = index < 0 ? [] : rules.splice(index, 1);
      if (rule !== undefined) return reply(rule.reply, request, response);
      answer(request, response);
    } catch {
      response.destroy();
    }
  });

  function reply(what: Reply, request: SeenRequest, response: ServerResponse): void {
    if ("hang" in what) return;
    if ("drop" in what) {
      if (what.drop === "after") handle(request);
      if (what.drop !== "headers") return void response.destroy();
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"success":');
      return void destroyOnceRead(response);
    }
    const isJson = "json" in what;
    response.writeHead(what.status, {
      "content-type": isJson ? "application/json" : "text/html",
      ...what.headers,
    });
    response.end(isJson ? JSON.stringify(what.json) : what.text);
  }

  function answer(request: SeenRequest, response: ServerResponse): void {
    if (request.query.get("operation") === "download") {
      download(request, response);
      return;
    }
    const { status = 200, ...body } = handle(request) as { status?: number };
    response.writeHead(typeof status === "number" ? status : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(typeof status === "number" ? body : { status, ...body }));
  }

  function handle(request: SeenRequest): object {
    if (!request.path.startsWith(`${base}/api/admin/`)) return { status: 404, page: "nothing here" };
    if (request.path.endsWith("/multipart-upload")) return multipart(request);
    const body = request.method === "POST" ? JSON.parse(request.body.toString()) : {};
    if (body.operation === "sync") {
      return (app.syncAnswers.length > 1 ? app.syncAnswers.shift() : app.syncAnswers[0]) ?? {};
    }
    if (body.operation === "drop") {
      return { success: true, syncKey: body.syncKey, message: "", usage: USAGE };
    }
    if (body.operation === "upload") {
      const counts = { version: 1, uploadedTables: [], stats: [], bytes: 1 };
      return { success: true, syncKey: "sync-1", ...counts, nextStep: "", usage: USAGE };
    }
    return { live: [], runs: [], history: [], usage: USAGE };
  }

  function multipart({ method, query, body }: SeenRequest): object {
    const input = method === "POST" ? JSON.parse(body.toString()) : Object.fromEntries(query);
    if (input.action === "start") {
      const key = input.newKey ?? `sync-1700000000000-${String(app.uploads.size).padStart(12, "0")}`;
      const upload = app.uploads.get(key) ?? {
        uploadId: `id-of-${key}`,
        chunkSize: input.chunkSize,
        parts: new Map(),
        object: null,
      };
      app.uploads.set(key, upload);
      const { uploadId, chunkSize } = upload;
      return { success: true, syncKey: key, key, uploadId, chunkSize, expiresAt: 1, usage: USAGE };
    }
    const upload = app.uploads.get(input.key);
    if (upload === undefined || upload.uploadId !== input.uploadId) {
      return { status: 404, error: "No such upload", code: "UPLOAD_NOT_FOUND", hint: "Start a new upload." };
    }
    if (method === "PUT") {
      const md5 = createHash("md5").update(body).digest("hex");
      const etag = options.opaqueEtags ? `opaque-${md5}-${upload.parts.size}` : md5;
      upload.parts.set(Number(input.partNumber), { etag, size: body.length, bytes: body });
      return { success: true, partNumber: Number(input.partNumber), etag, size: body.length, usage: USAGE };
    }
    if (input.action === "complete") {
      const parts = input.parts as { partNumber: number; etag: string }[];
      for (const { partNumber, etag } of parts) {
        if (upload.parts.get(partNumber)?.etag !== etag) {
          return { status: 400, error: `Part ${partNumber} differs`, code: "ETAG_MISMATCH" };
        }
      }
      upload.object = Buffer.concat(parts.map(({ partNumber }) => upload.parts.get(partNumber)!.bytes));
      const { key } = input;
      const bytes = upload.object.length;
      return { success: true, syncKey: key, key, bytes, etag: "e", nextStep: "", usage: USAGE };
    }
    if (input.action === "abort") {
      const aborted = app.uploads.delete(input.key);
      return { success: true, key: input.key, aborted, message: "", usage: USAGE };
    }
    const parts = [...upload.parts].map(([partNumber, { etag, size }]) => ({ partNumber, etag, size }));
    return {
      key: input.key,
      uploadId: upload.uploadId,
      chunkSize: upload.chunkSize,
      parts: upload.object === null ? parts : [],
      createdAt: 1,
      expiresAt: 1,
      completed: upload.object === null ? null : { bytes: upload.object.length, etag: "e" },
      usage: USAGE,
    };
  }

  function download({ headers, query }: SeenRequest, response: ServerResponse): void {
    if (query.get("format") !== "archive") {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end('{"version":1,"data":{}}');
    }
    const { bytes, etag, breakAt } = app.archive;
    const current = headers["if-range"] === undefined || headers["if-range"] === etag;
    const range = current ? /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") : null;
    const from = Number(range?.[1] ?? 0);
    const rest = bytes.subarray(from, range?.[2] ? Number(range[2]) + 1 : bytes.length);
    const covered = `bytes ${from}-${from + rest.length - 1}/${bytes.length}`;
    response.writeHead(range === null ? 200 : 206, {
      "content-type": "application/gzip",
      "content-length": rest.length,
      ...(etag === null ? {} : { etag }),
      ...(range === null ? {} : { "content-range": covered }),
    });
    const end = breakAt.shift();
    if (end === undefined) return void response.end(rest);
    response.write(rest.subarray(0, end - from));
    destroyOnceRead(response);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  app.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`;
  return app;
}

/** Breaks the connection when the client, which is in this process, has had its turns to read what was sent. */
async function destroyOnceRead(response: ServerResponse): Promise<void> {
  await new Promise((resolve) => response.write("", resolve));
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  response.destroy();
}
