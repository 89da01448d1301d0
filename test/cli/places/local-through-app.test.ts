import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { LogLevel, type Miniflare } from "miniflare";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundleWorker } from "../../../scripts/build/bundle-worker.ts";
import { findLocal } from "../../../src/cli/places/local-database.ts";
import { oneOf } from "../../support/cases.ts";
import { jsonOf, leftIn, runCli, workDirectory } from "../../support/cli.ts";
import { querySql, runSql } from "../../support/sample.ts";
import { TOKEN } from "../../support/server.ts";
import { startWorkerApp } from "../../support/worker-app.ts";

/** Of a Worker that has d1-ferry. */
let contents: string;
let cwd: string;
let server: Miniflare | null;
let port: number;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

/** A development server: workerd, with the state that wrangler keeps. */
async function serve(): Promise<D1Database> {
  server = startWorkerApp({
    contents,
    level: LogLevel.ERROR,
    state: at(".wrangler/state/v3"),
    env: {
      DB: { type: "d1", id: "one" },
      DATA_SYNC: { type: "r2", name: "app-sync" },
      FERRY_TOKEN: { type: "text", value: TOKEN },
    },
  });
  port = Number((await server.ready).port);
  return (await server.getBindings<{ DB: D1Database }>()).DB;
}

async function stop(): Promise<void> {
  await server?.dispose();
  server = null;
}

const configure = (config: object = {}) =>
  writeFile(
    at("wrangler.jsonc"),
    JSON.stringify({ d1_databases: [{ binding: "DB", database_id: "one" }], ...config }),
  );
const setEnv = (...lines: string[]) => writeFile(at(".env"), `${lines.join("\n")}\n`);
const THEIRS = "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT)";

beforeAll(async () => {
  contents = await bundleWorker(resolve("scripts/fidelity/app.ts"));
});

beforeEach(async () => {
  cwd = await workDirectory();
  await configure();
  const database = await serve();
  for (const sql of [THEIRS, "INSERT INTO posts VALUES (1, 'one'), (2, 'two')"])
    await database.prepare(sql).run();
  runSql(at("prod.sqlite"), `${THEIRS}; INSERT INTO posts VALUES (1, 'theirs'), (9, 'nine')`);
});
afterEach(stop);

const bodies = async () => {
  const { path } = await findLocal("local", cwd);
  return querySql(path, "SELECT * FROM posts ORDER BY id").map(({ body }) => body);
};

describe("local, while the development server has it open,", () => {
  test("is written through LOCAL_API, with one base for both ways; and directly once it is stopped", async () => {
    await setEnv(`LOCAL_API=http://127.0.0.1:${port}`, `LOCAL_TOKEN=${TOKEN}`);
    const pull = ["pull", "--from", "prod.sqlite", "--to", "local", "--yes"];
    const through = await run(...pull, "--json");
    expect(through.code, through.stderr).toBe(0);
    expect(through.stderr).toContain(
      `The development server has local open: rows go through http://127.0.0.1:${port}\n`,
    );
    expect(jsonOf(through)).toMatchObject({
      to: `http://127.0.0.1:${port}`,
      results: { posts: { inserted: 1 } },
    });
    expect(await bodies()).toEqual(["theirs", "two", "nine"]);
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
    await stop();
    // It knows what was exchanged: an edit here and one there are told apart.
    const { path } = await findLocal("local", cwd);
    runSql(path, "UPDATE posts SET body = 'mine' WHERE id = 1");
    runSql(at("prod.sqlite"), "UPDATE posts SET body = 'newer' WHERE id = 9");
    const directly = await run(...pull);
    expect(directly.code, directly.stderr).toBe(0);
    expect(directly.stderr).not.toContain("rows go through");
    expect(await bodies()).toEqual(["mine", "two", "newer"]);
  });

  test("is written by the same command again where it was killed, from where it was", async () => {
    await setEnv(`LOCAL_API=http://127.0.0.1:${port}`, `LOCAL_TOKEN=${TOKEN}`);
    const pull = ["pull", "--from", "prod.sqlite", "--to", "local", "--yes"];
    const killed = await runCli(pull, {
      cwd,
      onStderr: (text, kill) => text.includes("Uploaded to") && kill("SIGKILL"),
    });
    expect(killed.code).toBeNull();
    const resumed = await run(...pull);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain("Resuming what started");
    expect(resumed.stderr).not.toContain("Uploaded to");
    expect(await bodies()).toEqual(["theirs", "two", "nine"]);
  });

  test("is written through the port that the wrangler file names, with LOCAL_TOKEN and no other", async () => {
    await configure({ dev: { port, ip: "127.0.0.1" } });
    await setEnv(`FERRY_TOKEN=${TOKEN}`);
    const unknown = await run("pull", "--from", "prod.sqlite", "--yes");
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain(`LOCAL_API=http://127.0.0.1:${port}, and LOCAL_TOKEN`);
    expect(await bodies()).toEqual(["one", "two"]);
    await setEnv(`LOCAL_TOKEN=${TOKEN}`);
    const dry = await run("pull", "--from", "prod.sqlite", "--dry-run");
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stderr).toContain(`Plan for http://127.0.0.1:${port}`);
    const pulled = await run("pull", "--from", "prod.sqlite", "--yes");
    expect(pulled.code, pulled.stderr).toBe(0);
    expect(await bodies()).toEqual(["theirs", "two", "nine"]);
    const [undo = ""] = /d1-ferry undo .*/.exec(pulled.stderr) ?? [];
    const undone = await run(...undo.split(" ").slice(1), "--confirm-delete", "1");
    expect(undone.code, undone.stderr).toBe(0);
    expect(await bodies()).toEqual(["one", "two"]);
  });

  test.each(
    oneOf([
      ["the app at LOCAL_API does not answer", [], ["LOCAL_API=http://127.0.0.1:9"], "it does not answer"],
      ["no address is known", [], [], "LOCAL_API in .env, or --to"],
      [
        "columns are to be added",
        ["--migrate"],
        ["LOCAL_API=http://127.0.0.1:PORT"],
        "Stop the development server",
      ],
    ] as const),
  )("is not written where %s", async (_, flags, env, hint) => {
    await setEnv(...env.map((line) => line.replace("PORT", String(port))), `LOCAL_TOKEN=${TOKEN}`);
    const refused = await run("pull", "--from", "prod.sqlite", "--to", "local", "--yes", ...flags);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Another program has \S+\.sqlite open\. Nothing was changed/);
    expect(refused.stderr).toContain(hint);
    expect(await bodies()).toEqual(["one", "two"]);
  });

  test("is not written where LOCAL_API is an app with another database, as it shows", async () => {
    const other = cwd;
    await stop();
    cwd = await workDirectory();
    await configure();
    const database = await serve();
    await database.prepare("CREATE TABLE others (id INTEGER PRIMARY KEY)").run();
    const address = port;
    const otherServer = server;
    cwd = other;
    await (await serve()).prepare("SELECT 1 FROM posts").all();
    await setEnv(`LOCAL_API=http://127.0.0.1:${address}`, `LOCAL_TOKEN=${TOKEN}`);
    const refused = await run("pull", "--from", "prod.sqlite", "--to", "local", "--yes");
    await otherServer?.dispose();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`not the app at 127.0.0.1:${address}, which has another database`);
    expect(await bodies()).toEqual(["one", "two"]);
  });
});
