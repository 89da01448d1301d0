import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { getPlatformProxy, type PlatformProxy } from "wrangler";
import { findLocal } from "../../../src/cli/places/local-database.ts";
import { jsonOf, runCli, workDirectory } from "../../support/cli.ts";
import { querySql, runSql } from "../../support/sample.ts";
import { startAppServer, TOKEN } from "../../support/server.ts";

let cwd: string;
/** A development server's Worker, as wrangler starts it. */
let server: PlatformProxy<Record<string, D1Database>> | null;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

const DATABASES = [
  { binding: "DB", database_name: "app", database_id: "5f0c9f4e-0000-4000-8000-000000000001" },
  { binding: "STATS", database_name: "stats" },
];

async function serve(): Promise<Record<string, D1Database>> {
  server ??= await getPlatformProxy<Record<string, D1Database>>({
    configPath: at("wrangler.jsonc"),
    persist: { path: at(".wrangler/state/v3") },
  });
  return server.env;
}

async function stop(): Promise<void> {
  await server?.dispose();
  server = null;
}

async function databaseOf(binding: string): Promise<D1Database> {
  return (await serve())[binding] as D1Database;
}

async function fill(binding: string, ...statements: string[]): Promise<void> {
  for (const sql of statements) await (await databaseOf(binding)).prepare(sql).run();
}

const SCHEMA = "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT)";

const configure = (config: object, text = JSON.stringify(config)) => writeFile(at("wrangler.jsonc"), text);

beforeEach(async () => {
  cwd = await workDirectory();
  server = null;
  await mkdir(cwd, { recursive: true });
  await configure({}, `{ // The app's own.\n  "d1_databases": [${JSON.stringify(DATABASES[0])},],\n}`);
  await fill("DB", SCHEMA, "INSERT INTO posts VALUES (1, 'one'), (2, 'two')");
});
afterEach(stop);

describe("The development server's database, as local", () => {
  test("is read while the server runs, with what is not yet in its file, and when it does not", async () => {
    const pushed = await run("push", "--to", "copy.sqlite", "--yes");
    expect(pushed.code, pushed.stderr).toBe(0);
    expect(pushed.stderr).toContain("Exported 2 rows of 1 table from local");
    expect(querySql(at("copy.sqlite"), "SELECT * FROM posts")).toHaveLength(2);
    await fill("DB", "INSERT INTO posts VALUES (3, 'three')");
    const differs = await run("diff", "local", "copy.sqlite", "--json");
    expect(jsonOf(differs)).toMatchObject({ tables: [{ table: "posts", left: 3, right: 2, deleted: 1 }] });
    await stop();
    const again = await run("push", "--from", "local", "--to", "copy.sqlite", "--yes");
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("what differs is sent: 1 row of 1 table");
  });

  test("is written only while nobody else has it open; the server then has what was written", async () => {
    runSql(at("other.sqlite"), `${SCHEMA}; INSERT INTO posts VALUES (1, 'theirs'), (9, 'nine')`);
    const refused = await run("pull", "--from", "other.sqlite", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Another program has \S+\.sqlite open\. Nothing was changed/);
    expect(refused.stderr).toContain("Stop the development server");
    await fill("DB", "INSERT INTO posts VALUES (4, 'still works')");
    await stop();
    const pulled = await run("pull", "--from", "other.sqlite", "--yes", "--json");
    expect(pulled.code, pulled.stderr).toBe(0);
    expect(jsonOf(pulled)).toMatchObject({ to: "local", results: { posts: { inserted: 1, updated: 1 } } });
    const database = await databaseOf("DB");
    const { results } = await database.prepare("SELECT * FROM posts ORDER BY id").all();
    expect(results).toEqual([
      { id: 1, body: "theirs" },
      { id: 2, body: "two" },
      { id: 4, body: "still works" },
      { id: 9, body: "nine" },
    ]);
    await stop();
    const { undo } = jsonOf(pulled) as { undo: { command: string } };
    const undone = await run(...undo.command.split(" ").slice(1), "--yes", "--confirm-delete", "1");
    expect(undone.code, undone.stderr).toBe(0);
    expect(jsonOf(await run("diff", "local", "other.sqlite", "--json"))).toMatchObject({
      tables: [{ table: "posts", left: 3, changed: 1, added: 1, deleted: 2 }],
    });
  });

  test("is one place with LOCAL_API: what was exchanged by one of them is known to the other", async () => {
    await stop();
    const { path } = await findLocal("local", cwd);
    await mkdir(at("bucket"));
    const app = await startAppServer({ database: path, bucket: at("bucket") });
    await writeFile(at(".env"), `LOCAL_API=${app.url}\nFERRY_TOKEN=${TOKEN}\n`);
    const first = await run("push", "--to", "copy.sqlite", "--yes");
    expect(first.code, first.stderr).toBe(0);
    runSql(at("copy.sqlite"), "UPDATE posts SET body = 'theirs' WHERE id = 1");
    runSql(path, "UPDATE posts SET body = 'ours' WHERE id = 1");
    for (const from of ["local", app.url]) {
      const stopped = await run("push", "--from", from, "--to", "copy.sqlite", "--yes");
      expect([from, stopped.code], stopped.stderr).toEqual([from, 3]);
    }
    const done = await run("push", "--from", "local", "--to", "copy.sqlite", "--yes", "--on-edit", "theirs");
    expect(done.code, done.stderr).toBe(0);
    expect((await run("push", "--to", "copy.sqlite", "--yes")).stderr).toContain("Nothing to do");
    await app.close();
  });

  test("gets the archive's tables where it has none of its own", async () => {
    await stop();
    await configure({ d1_databases: DATABASES });
    await fill("STATS", "SELECT 1");
    await stop();
    const filled = await run("push", "--from", "local:DB", "--to", "local:STATS", "--yes");
    expect(filled.code, filled.stderr).toBe(0);
    const database = await databaseOf("STATS");
    expect((await database.prepare("SELECT count(*) AS n FROM posts").first())?.n).toBe(2);
  });
});

describe("local", () => {
  test.each([
    ["local", { d1_databases: DATABASES }, /several databases[\s\S]*Say which one: local:DB, local:STATS/],
    ["local:NOPE", { d1_databases: DATABASES }, /no database NOPE[\s\S]*It has local:DB, local:STATS/],
    [
      "local:STATS",
      { d1_databases: DATABASES },
      /no local database of STATS yet \(of another database there is\)/,
    ],
    ["local", {}, /wrangler\.jsonc has no d1_databases/],
    ["local", { env: { x: { d1_databases: DATABASES } } }, /wrangler\.jsonc has no d1_databases/],
    ["local", "{", /wrangler\.jsonc cannot be read/],
  ])("%s, where the wrangler file says %j, is a usage error", async (place, config, message) => {
    await configure({}, typeof config === "string" ? config : JSON.stringify(config));
    const { code, stderr } = await run("diff", place, "copy.sqlite");
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("without a wrangler file says where it would have to be", async () => {
    const { code, stderr } = await runCli(["diff", "local", "x.sqlite"], { cwd: await workDirectory() });
    expect(code).toBe(2);
    expect(stderr).toContain("Run the command where wrangler.jsonc");
  });

  test("is a preview's database where the wrangler file names one, and what an environment has", async () => {
    await configure({ d1_databases: [{ ...DATABASES[0], preview_database_id: "preview" }] });
    const preview = await run("diff", "local", "x.sqlite");
    expect(preview.stderr).toContain("There is no local database of DB yet");
  });
});
