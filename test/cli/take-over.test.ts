import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { runSql, sampleRows } from "../support/sample.ts";
import { type AppServerOptions, TOKEN } from "../support/server.ts";

let cwd: string;
/** A second terminal, or a CI job: it knows an address, a token and a key. */
let elsewhere: string;
let apps: TwoApps;
const at = (name: string) => join(cwd, name);
const here = (...args: string[]) => runCli(args, { cwd });
const there = (...args: string[]) =>
  runCli([...args, "--url", apps.prod.url, "--token-env", "CI_TOKEN"], {
    cwd: elsewhere,
    env: { CI_TOKEN: TOKEN },
  });

/** Starts both apps; a push is killed as a sync request finds its run at this status. Answers its key. */
async function startAndKill(moment: "unknown" | "applying", ...args: string[]): Promise<string> {
  const kill = new AbortController();
  await start({
    onRequest: ({ method, url }) => {
      if (kill.signal.aborted || method !== "POST" || !url.endsWith("r2-sync")) return;
      if (runStatus() !== moment) return;
      kill.abort();
      throw new Error("the machine went down");
    },
  });
  const killed = await runCli(["push", "--full", ...args], { cwd, kill: kill.signal });
  expect(killed.code, killed.stderr).toBeNull();
  return onlyKey();
}

/** Small budgets and many tables, so that applying them frame by frame takes several requests. */
async function start(prod: Partial<AppServerOptions> = {}): Promise<void> {
  apps = await startTwoApps(cwd, { prod: { platform: "workers-free", ...prod } });
  runSql(at("prod.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'only here')");
  for (const name of TABLES) {
    const table = `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, body TEXT);`;
    runSql(at("prod.sqlite"), table);
    runSql(at("local.sqlite"), `${table} INSERT INTO ${name} VALUES (1, '${name}'), (2, 'two')`);
  }
}

const TABLES = Array.from({ length: 24 }, (_, i) => `notes_${i + 10}`);

/** What the production database says of its run, beside d1-ferry. */
function runStatus(): string {
  const database = new DatabaseSync(at("prod.sqlite"), { readOnly: true });
  try {
    return String(database.prepare("SELECT status FROM _ferry_runs").get()?.status ?? "unknown");
  } catch {
    return "unknown";
  } finally {
    database.close();
  }
}

async function onlyKey(): Promise<string> {
  const { objects } = jsonOf(await there("list", "--json")) as { objects: { key: string; kind: string }[] };
  const sent = objects.filter(({ kind }) => kind !== "undo");
  expect(sent).toHaveLength(1);
  return sent[0]!.key;
}

const statusOf = async (key: string) =>
  (jsonOf(await there("status", key, "--json")) as { status: { status: string } }).status.status;

function expectMirrored(): void {
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  expect(notesOf("prod")).toEqual(notesOf("local"));
}

function notesOf(name: "local" | "prod"): unknown[] {
  const database = new DatabaseSync(at(`${name}.sqlite`), { readOnly: true });
  try {
    return TABLES.map((table) => database.prepare(`SELECT * FROM ${table} ORDER BY id`).all());
  } finally {
    database.close();
  }
}

beforeEach(async () => {
  cwd = await workDirectory();
  elsewhere = await workDirectory();
});
afterEach(() => apps.close());

describe("sync takes a run over from another directory", () => {
  test("whose bytes have arrived and that nobody has started: it is planned, confirmed, applied, verified", async () => {
    const key = await startAndKill("unknown", "--yes");
    expect(await statusOf(key)).toBe("pending");
    const unconfirmed = await there("sync", key);
    expect(unconfirmed.code).toBe(2);
    const taken = await there("sync", key, "--yes", "--mode", "merge", "--json");
    expect(taken.code, taken.stderr).toBe(0);
    expect(taken.stderr).toContain(`Plan for ${apps.prod.url}`);
    expect(jsonOf(taken)).toMatchObject({
      status: "completed",
      syncKey: key,
      to: apps.prod.url,
      verified: true,
    });
    // Nobody's yes is needed for what is done.
    const again = await there("sync", key, "--json");
    expect(again.code, again.stderr).toBe(0);
    expect(jsonOf(again)).toMatchObject({ status: "completed", results: { posts: { inserted: 500 } } });
  });

  test("that is planned: it keeps what was asked for, and its deletes still want their number", async () => {
    await start();
    expect((await here("push", "--mode", "mirror", "--yes")).code).toBe(2);
    const key = await onlyKey();
    expect(await statusOf(key)).toBe("planned");
    expect((await there("status", key)).stderr).toMatch(/authors +200 +0 +1 of 1 +0/);
    const unconfirmed = await there("sync", key, "--yes");
    expect(unconfirmed.stderr).toContain("--confirm-delete=1");
    expect(unconfirmed.code).toBe(2);
    expect(await statusOf(key)).toBe("planned");
    const drop = `of temporary rows stay at ${apps.prod.url}, to resume from; to remove them: d1-ferry drop ${key} --url ${apps.prod.url}`;
    expect(unconfirmed.stderr).toContain(drop);
    expect((await there("sync", key, "--dry-run")).stderr).toContain(drop);
    const dry = await there("sync", key, "--dry-run", "--json");
    expect(jsonOf(dry)).toMatchObject({ status: "planned", plan: { tables: { authors: { deleted: 1 } } } });
    expect((await there("sync", key, "--confirm-delete", "1")).code).toBe(0);
    expectMirrored();
  });

  test("whose rows are being written: it needs no second confirmation", async () => {
    const key = await startAndKill(
      "applying",
      "--mode",
      "mirror",
      "--atomic",
      "never",
      "--confirm-delete",
      "1",
    );
    expect(await statusOf(key)).toBe("applying");
    const { stderr } = await there("status", key);
    expect(stderr).toMatch(/staged +748 of 748 rows/);
    expect(stderr).toMatch(/applied +\d+ of 748 rows/);
    expect(stderr).not.toMatch(/applied +748/);
    const dry = await there("sync", key, "--dry-run", "--json");
    expect(jsonOf(dry)).toMatchObject({ status: "planned" });
    expect(await statusOf(key)).toBe("applying");
    const taken = await there("sync", key);
    expect(taken.code, taken.stderr).toBe(0);
    expect(taken.stderr).toContain("already being written: continuing");
    expectMirrored();
  });

  test("that is being staged: its status counts what is staged, of a number that nobody knows yet", async () => {
    const kill = new AbortController();
    await start({
      onRequest: ({ method, url }) => {
        if (kill.signal.aborted || method !== "POST" || !url.endsWith("r2-sync")) return;
        if (runStatus() !== "staging") return;
        kill.abort();
        throw new Error("the machine went down");
      },
    });
    runSql(at("local.sqlite"), "UPDATE posts SET body = hex(randomblob(1000))");
    expect((await runCli(["push", "--full", "--yes"], { cwd, kill: kill.signal })).code).toBeNull();
    const { stderr } = await there("status", await onlyKey());
    expect(stderr).toMatch(/status +staging/);
    expect(stderr).toMatch(/staged +\d+ (of 748 )?rows/);
    expect(stderr).toMatch(/applied +0 (of 748 )?rows/);
    expect(stderr).not.toMatch(/unknown|of 0/);
  });

  test("twice at the same time, while the first command continues as well: all succeed, once", async () => {
    const how = ["--mode", "mirror", "--atomic", "never", "--confirm-delete", "1"];
    const key = await startAndKill("applying", ...how);
    const drivers = await Promise.all([
      there("sync", key),
      there("sync", key),
      here("push", "--full", ...how),
    ]);
    for (const { code, stderr } of drivers) expect(code, stderr).toBe(0);
    const { history } = jsonOf(await there("history", "--json")) as { history: { seedName: string }[] };
    expect(history.map(({ seedName }) => seedName)).toEqual(["authors", ...TABLES, "posts"]);
    expectMirrored();
  });

  test("that is not there, or whose upload is not finished: says so and changes nothing", async () => {
    apps = await startTwoApps(cwd);
    const unknown = await there("sync", "sync-1700000000000-abcdefghijkl", "--yes", "--json");
    expect(unknown.code).toBe(1);
    expect(jsonOf(unknown).code).toBe("NOT_FOUND");
    const response = await fetch(`${apps.prod.url}/api/admin/multipart-upload`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ action: "start" }),
    });
    const { syncKey } = (await response.json()) as { syncKey: string };
    const unfinished = await there("sync", syncKey, "--yes");
    expect(unfinished.code).toBe(1);
    expect(unfinished.stderr).toContain("is not finished");
  });
});
