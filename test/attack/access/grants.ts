import type { Method, RouteName } from "../../../src/api/routes.ts";
import { type Grant, PERMISSIONS, type Permission } from "../../../src/grants.ts";

/** Every set of permissions, the empty one too. */
export const GRANTS: readonly Permission[][] = Array.from({ length: 2 ** PERMISSIONS.length }, (_, bits) =>
  PERMISSIONS.filter((_one, i) => bits & (1 << i)),
);

export const ALL: Grant = { name: "ada", may: PERMISSIONS };

/** A grant travels in a header of the tests, and the app of the tests believes it. */
export const GRANT_HEADER = "x-test-grant";

export const granted = (grant: Grant): Record<string, string> => ({ [GRANT_HEADER]: JSON.stringify(grant) });

export function authorize(request: Request): Grant | null {
  return JSON.parse(request.headers.get(GRANT_HEADER) ?? "null");
}

const KEY = "sync-1700000000000-k3v9x0a7b2qd";
const EXPORT_KEY = "export-1700000000000-k3v9x0a7b2qd";
const ROWS = { authors: [{ id: 1, name: "Ada" }] };

/** What a call is made of. */
export interface Attempt {
  /** Beside the route's own name. */
  sends?: object;
  /** In place of a JSON object. */
  body?: BodyInit;
  /** Null where any grant will do that allows something. */
  needs: readonly Permission[] | null;
}

export interface Attempts {
  path: string;
  method: Method;
  attempts: Record<string, Attempt>;
}

const sync = (options: object, ...needs: Permission[]): Attempt => ({
  sends: { syncKey: KEY, ...options },
  needs,
});
const upload = (body: BodyInit): Attempt => ({ body, needs: ["plan"] });
const large = JSON.stringify({ data: { authors: [{ id: 1, name: "x".repeat(80_000) }] } });

/** Written by hand, not taken from the table of routes: what each call may be had for. */
export const CALLS: Record<RouteName, Attempts> = {
  export: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      whole: { sends: {}, needs: ["read"] },
      "of tables": { sends: { tables: ["authors"] }, needs: ["read"] },
      "gone on with": { sends: { exportKey: EXPORT_KEY }, needs: ["read"] },
      "under a key": { sends: { newKey: EXPORT_KEY }, needs: ["read"] },
    },
  },
  upload: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      "by its name": { sends: { data: ROWS }, needs: ["plan"] },
      "as a document": upload(JSON.stringify({ data: ROWS })),
      "as an export's document": upload(JSON.stringify({ operation: "export", data: ROWS })),
      "as a large document": upload(large),
      "as gzip": upload(new Uint8Array([0x1f, 0x8b, 8, 0, 0])),
    },
  },
  sync: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      "dry run": sync({ dryRun: true }, "plan"),
      "dry run of everything": sync({ dryRun: true, mode: "mirror", create: "all" }, "plan"),
      merge: sync({}, "write"),
      "by its rows": sync({ plan: `rows-${"0".repeat(64)}` }, "write", "read"),
      "dry run by its rows": sync({ plan: `rows-${"0".repeat(64)}`, dryRun: true }, "plan", "read"),
      "by its hash": sync({ plan: "0".repeat(64) }, "write"),
      insert: sync({ mode: "insert" }, "write"),
      skip: sync({ onConflict: "skip" }, "write"),
      forced: sync({ force: true }, "write"),
      mirror: sync({ mode: "mirror", expectDeletes: 1 }, "write", "delete"),
      replace: sync({ onConflict: "replace" }, "write", "delete"),
      create: sync({ create: true }, "write", "create"),
      "create all": sync({ create: "all" }, "write", "create"),
      "create nothing": sync({ create: false }, "write"),
      everything: sync({ mode: "mirror", create: "all" }, "write", "delete", "create"),
      background: sync({ background: true, mode: "mirror" }, "write", "delete"),
      "by an export's key": { sends: { exportKey: EXPORT_KEY }, needs: ["write"] },
    },
  },
  undo: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      "dry run": sync({ dryRun: true }, "plan"),
      really: sync({}, "write", "delete"),
      "of changed rows, too": sync({ force: true, expectDeletes: 0 }, "write", "delete"),
      background: sync({ background: true }, "write", "delete"),
      "by an export's key": { sends: { exportKey: EXPORT_KEY }, needs: ["write", "delete"] },
    },
  },
  drop: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      all: { sends: { syncKey: KEY }, needs: ["plan"] },
      "but its record": { sends: { syncKey: KEY, keepRecord: true }, needs: ["plan"] },
    },
  },
  prune: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      really: { sends: { olderThanMs: 0 }, needs: ["manage"] },
      "dry run": { sends: { dryRun: true }, needs: ["manage"] },
    },
  },
  download: {
    path: "r2-sync",
    method: "GET",
    attempts: {
      "as JSON": { sends: { exportKey: EXPORT_KEY }, needs: ["read"] },
      "as it is stored": { sends: { exportKey: EXPORT_KEY, format: "archive" }, needs: ["read"] },
      "of an upload": { sends: { syncKey: KEY }, needs: ["read"] },
    },
  },
  status: {
    path: "r2-sync",
    method: "GET",
    attempts: { "of a key": { sends: { syncKey: KEY }, needs: null } },
  },
  rows: {
    path: "r2-sync",
    method: "GET",
    attempts: {
      "of a plan": { sends: { syncKey: KEY }, needs: ["read"] },
      "of a table": { sends: { syncKey: KEY, table: "authors" }, needs: ["read"] },
    },
  },
  compare: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      tables: { sends: {}, needs: ["read"] },
      "tables with rows": {
        sends: { describes: true, questions: [{ ask: "schema", table: "authors" }] },
        needs: ["read"],
      },
      rows: {
        sends: {
          questions: [
            {
              ...{ ask: "rows", table: "authors", key: ["id"], columns: ["id"] },
              ...{ ranges: [[null, null, null]], width: 8 },
            },
          ],
        },
        needs: ["read"],
      },
    },
  },
  diff: {
    path: "r2-sync",
    method: "POST",
    attempts: {
      "of an archive and the database": { sends: { left: EXPORT_KEY }, needs: ["read"] },
      "of two archives": { sends: { left: EXPORT_KEY, right: KEY, samples: 100 }, needs: ["read"] },
    },
  },
  list: { path: "r2-sync", method: "GET", attempts: { all: { sends: {}, needs: null } } },
  history: { path: "r2-sync", method: "GET", attempts: { all: { sends: {}, needs: null } } },
  log: { path: "r2-sync", method: "GET", attempts: { all: { sends: {}, needs: ["manage"] } } },
  health: { path: "r2-sync", method: "GET", attempts: { all: { sends: {}, needs: null } } },
  openapi: { path: "r2-sync", method: "GET", attempts: { all: { sends: {}, needs: null } } },
  start: {
    path: "multipart-upload",
    method: "POST",
    attempts: {
      new: { sends: {}, needs: ["plan"] },
      "under a key": { sends: { newKey: KEY, chunkSize: 5 * 1024 * 1024 }, needs: ["plan"] },
    },
  },
  part: {
    path: "multipart-upload",
    method: "PUT",
    attempts: { one: { sends: { key: KEY, uploadId: "u", partNumber: 1 }, body: "bytes", needs: ["plan"] } },
  },
  parts: {
    path: "multipart-upload",
    method: "GET",
    attempts: { all: { sends: { key: KEY, uploadId: "u" }, needs: ["plan"] } },
  },
  complete: {
    path: "multipart-upload",
    method: "POST",
    attempts: {
      "of one part": {
        sends: { key: KEY, uploadId: "u", parts: [{ partNumber: 1, etag: "e" }] },
        needs: ["plan"],
      },
      "of many parts": {
        sends: {
          key: KEY,
          uploadId: "u",
          parts: Array.from({ length: 2000 }, (_, i) => ({ partNumber: i + 1, etag: "e".repeat(32) })),
        },
        needs: ["plan"],
      },
    },
  },
  abort: {
    path: "multipart-upload",
    method: "POST",
    attempts: { all: { sends: { key: KEY, uploadId: "u" }, needs: ["plan"] } },
  },
};

const NAME_FIELDS: Record<string, string> = { "r2-sync": "operation", "multipart-upload": "action" };

/** The request of an attempt, with these headers. */
export function requestOf(
  name: RouteName,
  { path, method }: Attempts,
  { attempt, headers }: { attempt: Attempt; headers: Record<string, string> },
): Request {
  const url = new URL(`https://app.example/api/admin/${path}`);
  const said = { [NAME_FIELDS[path] as string]: name, ...attempt.sends };
  if (method !== "POST") {
    for (const [field, value] of Object.entries(said)) url.searchParams.set(field, String(value));
  }
  if (method === "GET") return new Request(url, { headers });
  const body = attempt.body ?? JSON.stringify(said);
  const length = typeof body === "string" ? { "content-length": String(body.length) } : {};
  return new Request(url, { method, headers: { ...headers, ...length }, body });
}

/** Every call in every form. */
export const EVERY: [RouteName, string, Attempts, Attempt][] = Object.entries(CALLS).flatMap(([name, call]) =>
  Object.entries(call.attempts).map(([form, attempt]): [RouteName, string, Attempts, Attempt] => [
    name as RouteName,
    form,
    call,
    attempt,
  ]),
);
