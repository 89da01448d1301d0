import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import type { Database } from "../../src/database/port.ts";
import { PERMISSIONS } from "../../src/grants.ts";
import { createFerry } from "../../src/http/ferry.ts";
import type { FerryOptions } from "../../src/http/options.ts";
import type { WorkflowLike } from "../../src/operations/background.ts";

export interface AppServerOptions {
  /** The SQLite file that the app's database is. */
  database: string;
  /** The directory that its bucket is. */
  bucket: string;
  /** At least 32 characters. @default TOKEN */
  token?: string;
  /** Named tokens: lines as `d1-ferry token` makes them. @default none */
  tokens?: string;
  /** Lets in whoever sends this cookie, as a login would. @default none */
  cookie?: string;
  /** @default "" */
  base?: string;
  platform?: FerryOptions["platform"];
  /** Stands between the app and its database. @default nothing does */
  wrap?: (database: Database) => Database;
  /** What drives syncs in the background. @default none */
  workflow?: WorkflowLike;
  /** Called before each request; what it throws breaks the connection. */
  onRequest?: (request: SeenRequest) => void | Promise<void>;
}

export interface SeenRequest {
  method: string;
  url: string;
  /** Of its body. */
  type: string | null;
}

/** Whether it brings bytes of a document: a part, or all of it. */
export const bringsDocument = ({ method, type }: SeenRequest): boolean =>
  method === "PUT" || type === "application/octet-stream";

export interface AppServer {
  /** Its address, base path included, without a trailing slash. */
  readonly url: string;
  readonly token: string;
  /** "POST /api/admin/r2-sync" and so on, in order, query left out. */
  readonly requests: string[];
  close(): Promise<void>;
}

export const TOKEN = "test-token-0123456789abcdef0123456789abcdef";

/** An app that carries d1-ferry, on a real port: node:http, node:sqlite and a directory as its bucket. */
export async function startAppServer(options: AppServerOptions): Promise<AppServer> {
  const { token = TOKEN, base = "", cookie, platform, workflow, wrap = (inner: Database) => inner } = options;
  const sqlite = new DatabaseSync(options.database);
  const database = sqliteDatabase(sqlite);
  const wrapped = wrap(database);
  const bucket = directoryBucket(options.bucket);
  const requests: string[] = [];
  const ferry = createFerry({
    database: () => wrapped,
    bucket: () => bucket,
    tokens: () => ({ FERRY_TOKEN: token, FERRY_TOKENS: options.tokens }),
    authorize: (request) => {
      const sent = request.headers.get("cookie");
      return cookie !== undefined && sent === cookie ? { name: "ada", may: PERMISSIONS } : null;
    },
    ...(platform === undefined ? {} : { platform }),
    ...(workflow === undefined ? {} : { workflow: () => workflow }),
  });

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const method = incoming.method ?? "GET";
    const url = incoming.url ?? "/";
    requests.push(`${method} ${url.split("?")[0]}`);
    await options.onRequest?.({ method, url, type: incoming.headers["content-type"] ?? null });
    const response = url.startsWith(base)
      ? await ferry.fetch(requestOf(incoming), undefined)
      : new Response("Not found", { status: 404 });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body === null) outgoing.end();
    else await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${base}`,
    token,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
    },
  };
}

function requestOf(incoming: IncomingMessage): Request {
  const method = incoming.method ?? "GET";
  const bare = method === "GET" || method === "HEAD";
  const headers = Object.entries(incoming.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method,
    headers,
    ...(bare ? {} : { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" }),
  } as RequestInit);
}
