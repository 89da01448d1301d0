import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, asyncProperty, constantFrom, nat, oneof, option, record } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import { runCommandLine } from "../../src/cli/program/run-command-line.ts";
import { createClient, type FerryClient, uploadObject } from "../../src/client/index.ts";
import { FerryError, isErrorCode } from "../../src/errors.ts";
import { exportAnswer, statusAnswer, syncAnswer, USAGE } from "../support/answers.ts";
import { once, sampled } from "../support/cases.ts";
import { collector } from "../support/collector.ts";
import { countTried } from "../support/figures.ts";
import { type HostileServer, startHostileServer } from "../support/hostile-server.ts";
import { type Mutations, mutated, mutations } from "../support/mutate.ts";

const KEY = "sync-1700000000000-k3v9x0a7b2qd";
const QUICK = {
  retry: { retries: 1, minDelay: 1, maxDelay: 2, lockWait: 10 },
  timeout: 5000,
  idleTimeout: 1000,
};
const BYTES = 3000;

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
let answer: Answer;
let server: HostileServer;
beforeAll(async () => {
  server = await startHostileServer((request, response) => answer(request, response));
});
afterAll(() => server.close());

const plan = {
  tables: {
    posts: { attempted: 1, inserted: 1, updated: 0, unchanged: 0, deleted: 0, skipped: 0, live: 0 },
  },
  creates: [{ type: "table", name: "posts", table: "posts", sql: "CREATE TABLE posts (id)" }],
  rowsWritten: 1,
  stagedBytes: 1,
  databaseBytes: 1,
  transactions: "one",
  reason: "",
  conflicts: [{ table: "posts", index: "i", key: "1", takenBy: "2" }],
  conflictCount: 0,
  expectedSeconds: 1,
};
const listed = { key: KEY, kind: "sync", version: 1, bytes: 1, uploadedAt: 1, status: "completed" };
const part = { partNumber: 1, etag: "0".repeat(32), size: 11 };

/** What an app answers to each call that the tests make. */
const VALID: Record<string, unknown> = {
  describe: { platform: "webflow-cloud", frameBytes: 1_000_000 },
  history: {
    live: [{ table: "posts", version: 1, appliedAt: 1 }],
    runs: [
      {
        key: KEY,
        phase: "completed",
        dropped: false,
        partly: false,
        owner: "token:ci",
        source: { engine: "d1", name: "app" },
        mode: "merge",
        version: 1,
        results: { posts: { attempted: 1, inserted: 1, updated: 0, unchanged: 0, deleted: 0, skipped: 0 } },
        code: null,
        error: null,
        startedAt: 1,
        completedAt: 1,
        undoes: null,
        undoneBy: null,
      },
    ],
    history: [{ seedName: "posts", seedVersion: 1, recordCount: 1, appliedAt: 1 }],
    usage: USAGE,
  },
  health: {
    version: "0.1.0",
    platform: "workers-free",
    platformNamed: true,
    database: { bytes: 1, limitBytes: 100, tables: [{ table: "posts", rows: 1, more: false }] },
    today: { rowsWritten: 1, limit: 10 },
    runs: { open: [{ key: KEY, phase: "planned", startedAt: 1 }] },
    checks: [{ check: "room", verdict: "ok", found: "1 of 100", advice: ["none"] }],
    usage: USAGE,
  },
  list: {
    objects: [listed],
    runs: [{ ...listed, mode: "merge", startedAt: 1, completedAt: 1, error: null }],
    usage: USAGE,
  },
  status: statusAnswer({ syncKey: KEY, status: "planned", plan, startedAt: 1 }),
  sync: syncAnswer({ syncKey: KEY, plan, results: { posts: { ...plan.tables.posts, live: undefined } } }),
  export: exportAnswer({
    exportKey: KEY.replace("sync", "export"),
    stats: [{ table: "posts", count: 1 }],
    bytes: BYTES,
  }),
  drop: { success: true, syncKey: KEY, message: "", usage: USAGE },
  prune: {
    success: true,
    dryRun: false,
    pruned: [{ key: KEY, kind: "sync", bytes: 1, ageMs: 1, reason: "" }],
    more: false,
    message: "",
    usage: USAGE,
  },
  start: {
    success: true,
    syncKey: KEY,
    key: KEY,
    uploadId: "u",
    chunkSize: 5 * 1024 * 1024,
    expiresAt: 1,
    usage: USAGE,
  },
  part: { success: true, ...part, usage: USAGE },
  complete: { success: true, syncKey: KEY, key: KEY, bytes: 11, etag: "e", nextStep: "", usage: USAGE },
  parts: {
    key: KEY,
    uploadId: "u",
    chunkSize: 11,
    createdAt: 1,
    expiresAt: 1,
    parts: [part],
    completed: null,
    usage: USAGE,
  },
  error: {
    error: "No",
    code: "ROW_REFUSED",
    hint: "h",
    details: {
      reason: "table-missing",
      table: "t",
      differences: [{ message: "m", code: "UNKNOWN_TABLE", table: "t" }],
    },
  },
};

/** The name of the call in `VALID`. */
async function nameOf(request: IncomingMessage, body: string): Promise<string> {
  const { searchParams, pathname } = new URL(request.url ?? "/", "http://any");
  const sent = body.startsWith("{") ? (JSON.parse(body) as { operation?: string; action?: string }) : {};
  if (pathname.endsWith("multipart-upload"))
    return request.method === "PUT" ? "part" : (sent.action ?? "parts");
  if (request.method === "POST") return sent.operation ?? "drop";
  return searchParams.get("operation") ?? (searchParams.has("syncKey") ? "status" : "describe");
}

interface Hostility {
  changes: Mutations;
  status: number;
  retryAfter: string | null;
  download: Download;
}

interface Download {
  status: number;
  range: string | null;
  etag: string | null;
  length: number | null;
  sent: number;
  encoding: string | null;
}

const download = record({
  status: constantFrom(200, 206),
  range: constantFrom(
    null,
    `bytes 0-${BYTES - 1}/${BYTES}`,
    `bytes 0-99/${BYTES}`,
    "bytes 0-0/1",
    "bytes 9-1/5",
    "bytes 0-9007199254740993/9007199254740994",
    "bytes */0",
    "bytes 0-2999/*",
  ),
  etag: constantFrom(null, '"one"', 'W/"one"', '"', "\u00e9"),
  length: constantFrom(null, BYTES, 0, 1),
  sent: constantFrom(0, 1, BYTES, BYTES + 1, 200_000),
  encoding: constantFrom(null, null, "gzip"),
});

const hostility = record<Hostility>({
  changes: mutations(),
  status: oneof(
    constantFrom(200, 202),
    constantFrom(200, 202, 204, 206, 301, 400, 401, 404, 409, 413, 429, 500, 503, 599),
    nat(399).map((n) => 200 + n),
  ),
  retryAfter: option(constantFrom("0", "-1", "99999999999999999999", "x")),
  download,
});

/** After so many requests of one case it only refuses: each case is to end by itself, and soon. */
const MOST = 400;

function hostile({ changes, status, retryAfter, download: bytes }: Hostility, quietAfter = MOST): Answer {
  let requests = 0;
  return async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const name = await nameOf(request, body);
    if (name === "download") return sendBytes(response, bytes);
    const refuse = ++requests > quietAfter;
    const valid = status >= 400 || refuse ? VALID.error : aboutKey(VALID[name], keyIn(request, body));
    response.writeHead(refuse ? 400 : status, {
      "content-type": "application/json",
      ...(retryAfter === null ? {} : { "retry-after": retryAfter }),
    });
    response.end(JSON.stringify(mutated(valid, changes)));
  };
}

/** The key that a request names, or wants for what it begins. */
function keyIn(request: IncomingMessage, body: string): string {
  const sent = body.startsWith("{") ? (JSON.parse(body) as Record<string, string | undefined>) : {};
  const { searchParams } = new URL(request.url ?? "/", "http://any");
  return sent.newKey ?? sent.key ?? searchParams.get("key") ?? sent.exportKey ?? KEY;
}

/** The answer, about this key. */
function aboutKey(valid: unknown, key: string): unknown {
  return JSON.parse(
    JSON.stringify(valid).replaceAll(/"(sync|export)-1700000000000-k3v9x0a7b2qd"/g, `"${key}"`),
  );
}

function sendBytes(
  response: ServerResponse,
  { status, range, etag, length, sent, encoding }: Download,
): void {
  response.writeHead(status, {
    ...(range === null ? {} : { "content-range": range }),
    ...(etag === null ? {} : { etag }),
    ...(length === null ? {} : { "content-length": length }),
    ...(encoding === null ? {} : { "content-encoding": encoding }),
  });
  response.end(Buffer.alloc(sent, 7));
}

const CALLS: Record<string, (client: FerryClient) => Promise<unknown>> = {
  describe: (client) => client.describe(),
  history: (client) => client.history(),
  runs: (client) => client.runs({ limit: 5 }),
  health: (client) => client.health(),
  list: (client) => client.list(),
  status: (client) => client.status(KEY),
  sync: (client) => client.sync({ syncKey: KEY }),
  export: (client) => client.export(),
  drop: (client) => client.drop(KEY),
  prune: (client) => client.prune(),
  uploadObject: (client) => uploadObject(client, bytesSource(new TextEncoder().encode("hello world"))),
  goOn: (client) =>
    uploadObject(client, bytesSource(new TextEncoder().encode("hello world")), {
      record: {
        load: async () => ({ key: KEY, uploadId: "u", size: 11, partSize: 11 }),
        save: async () => {},
        clear: async () => {},
      },
    }),
  download: async (client) => {
    const { stream } = await client.downloadArchive(KEY, { bytes: BYTES });
    let received = 0;
    for await (const chunk of stream) received += chunk.length;
    expect(received).toBeLessThanOrEqual(BYTES);
  },
};

const FRIENDLY: Hostility = {
  changes: [],
  status: 200,
  retryAfter: null,
  download: { status: 200, range: null, etag: '"one"', length: BYTES, sent: BYTES, encoding: null },
};

test.each(Object.keys(CALLS))("Of answers as they should be, %s comes to its end", async (name) => {
  answer = hostile(FRIENDLY);
  await CALLS[name]?.(createClient({ baseUrl: server.url, ...QUICK }));
});

describe("The client, whatever a server answers:", () => {
  test.each(Object.keys(CALLS))("%s ends, and with a known error", once(60), async (name) => {
    await assert(
      asyncProperty(hostility, async (how) => {
        answer = hostile(how);
        countTried("hostile answers to the client");
        const client = createClient({ baseUrl: server.url, token: "t".repeat(32), ...QUICK });
        const before = server.requests;
        const error = await CALLS[name]?.(client).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        expect(server.requests - before).toBeLessThan(500);
        if (error === null) return;
        if (!(error instanceof FerryError)) throw error;
        expect(isErrorCode(error.code) && error.code !== "INTERNAL").toBe(true);
      }),
      sampled(60),
    );
  });
});

const COMMANDS: Record<string, string[]> = {
  history: ["history", "--tables"],
  doctor: ["doctor", "rows.json"],
  list: ["list"],
  status: ["status", KEY],
  sync: ["sync", KEY, "--yes"],
  drop: ["drop", KEY, "--yes"],
  prune: ["prune", "--yes"],
  export: ["export", "ADDRESS", "-o", "out.json.gz"],
  import: ["import", "rows.json", "--to", "ADDRESS", "--yes"],
};

/** What passes is waited for, and the client's own tests have it: here nothing passes. */
const settled = hostility.map((how) => ({
  ...how,
  retryAfter: null,
  status: how.status === 429 || how.status === 408 || how.status >= 500 ? 200 : how.status,
  download: how.download.sent < BYTES ? { ...how.download, length: null, etag: null } : how.download,
}));

async function runCommand(args: readonly string[], cwd: string) {
  const [stdout, stderr] = [collector(), collector()];
  const code = await runCommandLine([...args, "--json"], {
    env: { PROD_API: server.url, PROD_TOKEN: "t".repeat(32) },
    cwd,
    stdin: process.stdin,
    stdout,
    stderr,
    fetch,
    now: Date.now,
    signal: AbortSignal.timeout(60_000),
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

describe("The command, whatever a server answers:", () => {
  test.each(Object.keys(COMMANDS))(
    "%s ends, says why, and writes only its own file",
    once(30),
    async (name) => {
      const cwd = await mkdtemp(join(tmpdir(), "ferry-hostile-"));
      await writeFile(join(cwd, "rows.json"), '{"version":1,"data":{"posts":[{"id":1}]}}');
      await writeFile(join(cwd, "beside"), "beside");
      const args = (COMMANDS[name] ?? []).map((arg) => (arg === "ADDRESS" ? server.url : arg));
      await assert(
        asyncProperty(settled, async (how) => {
          answer = hostile(how, 8);
          countTried("hostile answers to the command");
          const { code, stdout, stderr } = await runCommand(args, cwd);
          expect([0, 1, 2, 3, 5], stderr).toContain(code);
          expect(stderr).not.toContain("(INTERNAL)");
          expect(stderr).not.toMatch(/(?![\n\t])[\p{Cc}]/u);
          expect(() => JSON.parse(stdout)).not.toThrow();
          const mine = ["rows.json", "beside", "out.json.gz", "out.json.gz.partial", ".d1-ferry"];
          expect((await readdir(cwd)).filter((file) => !mine.includes(file))).toEqual([]);
          expect(await readFile(join(cwd, "beside"), "utf8")).toBe("beside");
          const out = await stat(join(cwd, "out.json.gz")).catch(() => null);
          expect(out?.size ?? 0).toBeLessThanOrEqual(BYTES);
        }),
        sampled(30),
      );
    },
  );
});
