import type { Bucket } from "../../src/bucket/port.ts";
import type { Database, Value } from "../../src/database/port.ts";
import { type Grant, PERMISSIONS } from "../../src/grants.ts";
import { createFerry } from "../../src/http/ferry.ts";
import type { FerryOptions } from "../../src/http/options.ts";
import type { WorkflowLike } from "../../src/operations/background.ts";
import type { Platform } from "../../src/operations/platforms.ts";
import type { Policy } from "../../src/operations/policy.ts";

/** An app with d1-ferry in it, asked directly, without a server. Runs in Node and in workerd. */
export interface App {
  database: Database;
  bucket: Bucket;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Authorised JSON call to `/api/admin/<path>`. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The tick of a schedule. */
  scheduled(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  body: any;
}

export const TOKEN = "test-token-0123456789-0123456789-0123456789";
export const ORIGIN = "https://app.example";
export const BEARER = { authorization: `Bearer ${TOKEN}` };
export const COOKIE = { cookie: "pulse_session=ada" };

export function createApp(
  parts: { database: Database; bucket: Bucket },
  options: {
    base?: string;
    basePath?: string;
    platform?: Platform;
    origin?: string;
    workflow?: WorkflowLike;
    policy?: Policy;
  } & Pick<FerryOptions, "onEvent" | "pruneOlderThanMs"> = {},
): App {
  const { base = "", basePath, origin = ORIGIN, platform, workflow, policy, ...rest } = options;
  const ferry = createFerry<typeof parts>({
    database: (context) => context.database,
    bucket: (context) => context.bucket,
    ...ACCESS,
    ...rest,
    ...(basePath === undefined ? {} : { basePath }),
    ...(platform === undefined ? {} : { platform }),
    ...(policy === undefined ? {} : { policy }),
    ...(workflow === undefined ? {} : { workflow: () => workflow }),
  });
  const fetch: App["fetch"] = (path, init) => ferry.fetch(new Request(origin + path, init), parts);
  return {
    ...parts,
    fetch,
    scheduled: () => ferry.scheduled(undefined, parts),
    async call(method, path, body) {
      const response = await fetch(`${base}/api/admin/${path}`, requestInit(method, body));
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
  };
}

function authorize(request: Request): Grant | null {
  const known = request.headers.get("cookie")?.includes("pulse_session=ada");
  return known ? { name: "ada", may: PERMISSIONS } : null;
}

/** Who has the token may do all, and so may who has the cookie. */
export const ACCESS = { tokens: () => ({ FERRY_TOKEN: TOKEN }), authorize };

function requestInit(method: string, body: unknown): RequestInit {
  if (body === undefined) return { method, headers: BEARER };
  if (body instanceof Uint8Array) {
    const length = String(body.byteLength);
    const headers = { ...BEARER, "content-type": "application/octet-stream", "content-length": length };
    return { method, headers, body: body as Uint8Array<ArrayBuffer> };
  }
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { method, headers: { ...BEARER, "content-type": "application/json" }, body: text };
}

/** Everything in the users' tables and the history, for comparing before and after. */
export async function snapshotDatabase(database: Database): Promise<Record<string, Value[][]>> {
  const tables = await database.query({
    sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  });
  const snapshot: Record<string, Value[][]> = {};
  for (const [name, sql] of tables) {
    snapshot[String(sql)] = await database.query({ sql: `SELECT * FROM "${name}" ORDER BY 1, 2` });
  }
  return snapshot;
}

/** Every object of d1-ferry with its size and etag, but for its record, which each call makes longer. */
export async function snapshotBucket(bucket: Bucket): Promise<string[]> {
  const objects: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix: "d1-ferry/", ...(cursor === undefined ? {} : { cursor }) });
    const kept = page.objects.filter(({ name }) => !name.startsWith("d1-ferry/log/"));
    objects.push(...kept.map(({ name, size, etag }) => `${name} ${size} ${etag}`));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return objects;
}
