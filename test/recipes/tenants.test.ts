import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Permission } from "../../src/grants.ts";
import { describeToken, newToken } from "../../src/tokens.ts";
import { workDirectory } from "../support/cli.ts";
import { blocksWith } from "../support/docs.ts";
import { makeSample, sampleRows } from "../support/sample.ts";
import { runScript } from "./support/script.ts";
import { startWorker } from "./support/worker.ts";

const TABLES = [
  "CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, score REAL, picture BLOB)",
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES authors (id), body TEXT)",
];
const EVERYTHING: Permission[] = ["read", "plan", "write", "delete", "create", "manage"];
const tokens = { acme: newToken(), globex: newToken() };
type Name = keyof typeof tokens;
const NAMES = Object.keys(tokens) as Name[];

/** What the app was told, of which tenant. */
const logged: { type: string; tenant: string }[] = [];

let cwd: string;
let app: Miniflare;
let url: string;

beforeAll(async () => {
  cwd = await workDirectory();
  makeSample(join(cwd, "seed.sqlite"));
  const [worker = ""] = await blocksWith("tenants.md", "ts", "tenantsOf");
  const lineOf = (name: Name) => describeToken(tokens[name], { name: "admin", may: EVERYTHING });
  app = await startWorker(worker, {
    cwd,
    onLog: (line) => logged.push(JSON.parse(line)),
    env: {
      DB_ACME: { type: "d1", id: "acme" },
      DB_GLOBEX: { type: "d1", id: "globex" },
      DATA_SYNC: { type: "r2", name: "sync" },
      TOKENS_ACME: { type: "text", value: await lineOf("acme") },
      TOKENS_GLOBEX: { type: "text", value: await lineOf("globex") },
    },
  });
  url = (await app.ready).origin;
  for (const name of NAMES) await query(name, TABLES);
});
afterAll(() => app?.dispose());

async function query(name: Name, statements: string[]): Promise<Record<string, unknown>[]> {
  const database = await app.getD1Database(`DB_${name.toUpperCase()}`);
  const answers = await database.batch(statements.map((sql) => database.prepare(sql)));
  return answers.flatMap(({ results }) => results as Record<string, unknown>[]);
}

async function rowsOf(name: Name): Promise<unknown> {
  return {
    authors: await query(name, ["SELECT id, name, score, hex(picture) FROM authors ORDER BY id"]),
    posts: await query(name, ["SELECT * FROM posts ORDER BY id"]),
  };
}

const versionsOf = async (name: Name) =>
  (await query(name, ["SELECT DISTINCT seed_version FROM seed_history"])).map((row) => row.seed_version);

/** What a request at this path is answered with. */
async function ask(
  path: string,
  token: string,
  { method = "GET", body }: { method?: string; body?: object } = {},
) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(url + path, init);
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

describe("the loop over all tenants", () => {
  const env = () => ({ APP: url, TOKEN_acme: tokens.acme, TOKEN_globex: tokens.globex });

  test("goes on behind one that fails, is killed, and does only what is left when it is run again", async () => {
    const [loop = ""] = await blocksWith("tenants.md", "sh", "for tenant in");
    await query("acme", ["ALTER TABLE posts RENAME TO not_yet"]);

    const first = await runScript(loop, { cwd, env: env() });
    expect(first.code, first.output).toBe(1);
    expect(first.output).toContain("Not done: acme. Run the same again.");
    expect(await rowsOf("globex")).toEqual(sampleRows(join(cwd, "seed.sqlite")));

    await query("acme", ["ALTER TABLE not_yet RENAME TO posts"]);
    const killed = await runScript(loop, { cwd, env: env(), killAt: /== acme[\s\S]*Uploaded/ });
    expect(killed.code).toBeNull();

    await query("globex", ["UPDATE posts SET body = 'edited at globex' WHERE id = 1"]);
    logged.length = 0;
    const last = await runScript(loop, { cwd, env: env() });
    expect(last.code, last.output).toBe(0);
    expect(await rowsOf("acme")).toEqual(sampleRows(join(cwd, "seed.sqlite")));
    expect(last.output.slice(last.output.indexOf("== globex"))).toContain("Nothing to do");
    expect(await query("globex", ["SELECT body FROM posts WHERE id = 1"])).toEqual([
      { body: "edited at globex" },
    ]);
    for (const name of NAMES) expect(await versionsOf(name)).toEqual([1]);
    expect(logged.filter(({ type, tenant }) => type === "applied" && tenant === "globex")).toEqual([]);
  });
});

describe("a tenant's token", () => {
  test("is one at its own tenant alone, whatever the path says behind it", async () => {
    const sync = "/api/admin/r2-sync";
    expect((await ask(`/t/acme${sync}?operation=history`, tokens.acme)).status).toBe(200);
    logged.length = 0;
    const calls: [string, Parameters<typeof ask>[2]?][] = [
      [`${sync}?operation=history`],
      [`${sync}?operation=list`],
      [`${sync}?operation=log&tenant=acme`],
      [sync, { method: "POST", body: { operation: "export", tenant: "acme" } }],
      [sync, { method: "POST", body: { operation: "prune", olderThanMs: 0 } }],
      ["/api/admin/multipart-upload", { method: "POST", body: { action: "start" } }],
      [`/t/acme${sync}`],
      [`/../../t/globex${sync}`],
    ];
    for (const [path, init] of calls) {
      const { status, body } = await ask(`/t/globex${path}`, tokens.acme, init);
      expect([path, status, body.code]).toEqual([path, 401, "AUTHENTICATION_REQUIRED"]);
    }
    expect(new Set(logged.map(({ type, tenant }) => `${type} ${tenant}`))).toEqual(
      new Set(["denied globex"]),
    );
    for (const tenant of ["initech", "ACME", "ac%6De", "constructor", "__proto__", "", "acme/..", "."]) {
      expect([tenant, (await ask(`/t/${tenant}${sync}`, tokens.acme)).status]).toEqual([tenant, 404]);
    }
  });

  test("finds nothing of another tenant in the bucket that they share", async () => {
    const at = (name: Name, query = "") => `/t/${name}/api/admin/r2-sync${query}`;
    const exported = await ask(at("acme"), tokens.acme, { method: "POST", body: { operation: "export" } });
    const { exportKey } = exported.body;
    const download = (name: Name) =>
      ask(at(name, `?operation=download&exportKey=${exportKey}`), tokens[name]);
    expect((await download("acme")).body.data).toHaveProperty("authors");
    expect(await download("globex")).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    const body = { operation: "sync", syncKey: exportKey, dryRun: true };
    expect((await ask(at("globex"), tokens.globex, { method: "POST", body })).status).toBe(404);

    const pruned = await ask(at("globex"), tokens.globex, {
      method: "POST",
      body: { operation: "prune", olderThanMs: 0 },
    });
    expect(pruned.status).toBe(200);
    expect((await download("acme")).status).toBe(200);
    const bucket = await app.getR2Bucket("DATA_SYNC");
    const names = (await bucket.list()).objects.map(({ key }) => key.split("/").slice(0, 2).join("/"));
    expect([...new Set(names)]).toEqual(["acme/d1-ferry", "globex/d1-ferry"]);
  });
});

test("The schedule of all tenants is run by the platform's cron trigger", async () => {
  const worker = await app.getWorker();
  expect(await worker.scheduled({ cron: "0 3 * * *" })).toMatchObject({ outcome: "ok" });
});
