import type { JsonSchema } from "./json-schema.ts";
import type { RoutePath } from "./paths.ts";
import type { Method } from "./routes.ts";

/** What the description says of a path and method, beside what the table says of its routes. */
export interface Door {
  operationId: string;
  summary: string;
  /** Headers that a request may or must have. */
  headers?: readonly object[];
  /** The type of a body that is not JSON. */
  sends?: string;
  /** Of the status 200. */
  done: string;
  /** Documents that are answered as streams: as JSON, as another type, and by range. */
  streams?: { json: readonly JsonSchema[]; type: string; range: string };
  /** The statuses of its errors. */
  refuses: readonly number[];
}

const DOORS: Readonly<Record<RoutePath, Partial<Record<Method, Door>>>> = {
  "r2-sync": {
    GET: {
      operationId: "read",
      summary: "Downloads, status, list, history; without parameters, an explanation with examples.",
      headers: [
        {
          name: "Range",
          in: "header",
          schema: { type: "string" },
          description: "With format=archive: one range of bytes.",
        },
      ],
      done: "What was asked for.",
      streams: {
        json: [{ type: "object", title: "document", description: "A download: {version, data, …}." }],
        type: "application/gzip",
        range: "A range of an archive.",
      },
      refuses: [400, 401, 403, 404, 416, 422],
    },
    POST: {
      operationId: "write",
      summary: "Export, upload, sync, drop, prune. The body may also be a document itself, plain or gzipped.",
      sends: "application/gzip",
      done: "Done.",
      refuses: [400, 401, 403, 404, 409, 413, 422, 500, 502],
    },
  },
  "multipart-upload": {
    GET: {
      operationId: "getParts",
      summary: "The parts that arrived, for going on after a break.",
      done: "The parts.",
      refuses: [400, 401, 403, 404, 502],
    },
    POST: {
      operationId: "multipart",
      summary: "Begins, completes or aborts an upload in parts.",
      done: "Done.",
      refuses: [400, 401, 403, 404, 413, 502],
    },
    PUT: {
      operationId: "putPart",
      summary: "Sends or replaces one part. All but the last have one size, at least 5 MiB.",
      headers: [
        { name: "Content-Length", in: "header", required: true, schema: { type: "integer", minimum: 1 } },
      ],
      sends: "application/octet-stream",
      done: "The part arrived.",
      refuses: [400, 401, 403, 404, 411, 413, 502],
    },
  },
};

export function doorOf(path: RoutePath, method: Method): Door {
  const door = DOORS[path][method];
  if (door === undefined) throw new TypeError(`Nothing describes ${method} ${path}`);
  return door;
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: "The request is not well formed.",
  401: "Nobody whom the app knows, and no valid token.",
  403: "The grant or the app's policy does not allow it, or a page of another origin used somebody's login.",
  404: "Nothing has this key.",
  409: "Already synced, taken, locked, in conflict, or to be confirmed.",
  411: "A part needs its length.",
  413: "Content too large: upload it in parts.",
  416: "The range lies behind the end.",
  422: "The document cannot be read, or does not fit the database.",
  500: "Something failed that should not.",
  502: "The bucket failed.",
};

export function refusals(statuses: readonly number[]) {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
  return Object.fromEntries(statuses.map((status) => [status, { description: REFUSALS[status], content }]));
}
