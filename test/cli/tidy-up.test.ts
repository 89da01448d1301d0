import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { runSql, sampleRows } from "../support/sample.ts";
import { TOKEN } from "../support/server.ts";

let cwd: string;
let apps: TwoApps;
beforeEach(async () => {
  cwd = await workDirectory();
  apps = await startTwoApps(cwd);
});
afterEach(() => apps.close());

const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

interface Listed {
  objects: { key: string; kind: string; status: string | null }[];
  runs: { key: string; status: string; phase: string }[];
}
const list = async () => jsonOf(await run("list", "--json")) as unknown as Listed;

/** A push that stops with its plan, since nobody confirms the delete. Answers its key. */
async function leavePlanned(): Promise<string> {
  runSql(at("prod.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'only here')");
  expect((await run("push", "--mode", "mirror", "--yes")).code).toBe(2);
  return (await list()).objects[0]!.key;
}

describe("list", () => {
  test("shows runs with their status, size and age, also one whose document is gone", async () => {
    expect((await run("list")).stderr).toContain("no exports, no uploads and no runs");
    await run("push", "--yes");
    const [first] = (await list()).objects;
    expect(jsonOf(await run("push", "--yes", "--version", "1", "--json")).code).toBe("ALREADY_SYNCED");
    const { objects, runs } = await list();
    expect(objects.map(({ key, kind }) => (kind === "undo" ? kind : key))).toEqual([first?.key, "undo"]);
    expect(runs.map(({ status }) => status).toSorted()).toEqual(["completed", "failed"]);
    expect(runs.map(({ phase }) => phase).toSorted()).toEqual(["completed", "refused"]);
    const { stderr } = await run("list");
    expect(stderr).toMatch(/sync-\S+ +1 +[\d.]+ kB +just now +completed/);
    expect(stderr).toMatch(/sync-\S+ +1? +gone +just now +refused/);
  });
});

describe("drop", () => {
  test("forgets a planned run after a yes, with what it staged and its archive; the rows stay as they are", async () => {
    const key = await leavePlanned();
    const before = sampleRows(at("prod.sqlite"));
    const unasked = await run("drop", key);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain("--yes");
    expect((await list()).objects).toHaveLength(1);
    const dropped = await run("drop", key, "--yes", "--json");
    expect(jsonOf(dropped)).toMatchObject({ success: true, syncKey: key, dropped: true });
    expect(await list()).toMatchObject({ objects: [], runs: [] });
    expect(sampleRows(at("prod.sqlite"))).toEqual(before);
    expect((await run("drop", key, "--yes")).code).toBe(1);
  });

  test("is refused with code 5 while a driver works on the run", async () => {
    const key = await leavePlanned();
    runSql(at("prod.sqlite"), `UPDATE _ferry_runs SET driver = 'x', lease_until = ${Date.now() + 19_000}`);
    const refused = await run("drop", key, "--yes", "--json");
    expect(refused.code).toBe(5);
    expect(jsonOf(refused).code).toBe("RUN_LOCKED");
    expect((await list()).objects).toHaveLength(1);
  });
});

describe("prune", () => {
  test("leaves what is young, and says that there is nothing to remove", async () => {
    await leavePlanned();
    const { code, stderr } = await run("prune", "--yes");
    expect(stderr).toContain("nothing to remove");
    expect(code).toBe(0);
    expect((await list()).objects).toHaveLength(1);
    expect(await leftIn(at(".d1-ferry"))).toHaveLength(2);
  });

  test("lists first, at the app and in this directory, and removes after a yes", async () => {
    const key = await leavePlanned();
    const args = ["prune", "--older-than", "0m"];
    const unasked = await run(...args);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toMatch(new RegExp(`${key} +sync`));
    expect(unasked.stderr).toMatch(/\.d1-ferry\/[0-9a-f]{16} +here/);
    const dry = await run(...args, "--dry-run", "--json");
    expect(dry.code).toBe(0);
    expect((await list()).objects).toHaveLength(1);
    const pruned = await run(...args, "--yes", "--json");
    expect(pruned.code, pruned.stderr).toBe(0);
    expect(jsonOf(pruned)).toMatchObject({ dryRun: false, local: [{ reason: "an interrupted command" }] });
    expect((await list()).objects).toEqual([]);
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
    expect(stagedRows()).toBe(0);
  });

  test("without an app looks in this directory only, where a day is enough", async () => {
    const elsewhere = await workDirectory();
    runSql(at("prod.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'only here')");
    const push = ["push", "--from", at("local.sqlite"), "--to", apps.prod.url, "--mode", "mirror", "--yes"];
    const env = { PROD_API: apps.prod.url, PROD_TOKEN: TOKEN };
    expect((await runCli(push, { cwd: elsewhere, env })).code).toBe(2);
    const folder = join(elsewhere, ".d1-ferry");
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    for (const name of await readdir(folder)) await utimes(join(folder, name), yesterday, yesterday);
    const pruned = await runCli(["prune", "--yes"], { cwd: elsewhere });
    expect(pruned.code, pruned.stderr).toBe(0);
    expect(pruned.stderr).toContain("this directory only");
    expect(await leftIn(folder)).toEqual([]);
  });
});

function stagedRows(): unknown {
  const database = new DatabaseSync(at("prod.sqlite"), { readOnly: true });
  try {
    const staged = "(SELECT count(*) FROM _ferry_frames) + (SELECT count(*) FROM _ferry_cells)";
    return database.prepare(`SELECT ${staged} AS rows`).get()?.rows;
  } finally {
    database.close();
  }
}
