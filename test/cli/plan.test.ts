import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { makeMirrored, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

let cwd: string;
let app: AppServer;
/** Called with the number of each POST that the app gets. */
let onPost: (nth: number) => void;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

beforeEach(async () => {
  cwd = await workDirectory();
  onPost = () => {};
  makeMirrored(at("local.sqlite"), at("prod.sqlite"));
  await mkdir(at("bucket"));
  let posts = 0;
  app = await startAppServer({
    database: at("prod.sqlite"),
    bucket: at("bucket"),
    onRequest: ({ method, url }) => {
      if (method === "POST" && url.endsWith("/r2-sync")) onPost(++posts);
    },
  });
  await writeFile(at(".env"), `PROD_API=${app.url}\nFERRY_TOKEN=${TOKEN}\n`);
});
afterEach(() => app.close());

const TEXT = [
  '+ users 7 {"id":7,"name":"Ada"}',
  '~ users 8 name: "a" → "b"',
  "− users 9",
  '~ tags "x" hits: 1 → 2',
];

describe("d1-ferry plan", () => {
  test("prints each row, and keeps the plan in a file that apply takes: exactly these rows", async () => {
    const made = await run("plan", "local.sqlite", "--mode", "mirror", "--rows", "-o", "plan.json");
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout.toString().trim().split("\n").sort()).toEqual(TEXT.toSorted());
    expect(made.stderr).toContain('~ 8  name: "a" → "b"');
    const file = JSON.parse(await readFile(at("plan.json"), "utf8"));
    expect(file).toMatchObject({
      format: "d1-ferry-plan/1",
      to: app.url,
      mode: "mirror",
      counts: { users: { inserted: 1, updated: 1, cells: 1, deleted: 1 }, tags: { updated: 1 } },
    });
    expect(JSON.stringify(file)).not.toContain("Ada");
    const silent = await run("apply", "plan.json");
    expect(silent.code).toBe(2);
    const [, look = ""] = /or type d1-ferry (status .*) to see the plan/.exec(silent.stderr) ?? [];
    expect((await run(...look.split(" "))).stderr).toContain("+ insert");
    const unconfirmed = await run("apply", "plan.json", "--yes");
    expect(unconfirmed.code).toBe(2);
    const applied = await run("apply", "plan.json", "--confirm-delete", "1", "--json");
    expect(jsonOf(applied)).toMatchObject({
      status: "completed",
      results: { users: { inserted: 1, updated: 1, deleted: 1 }, tags: { updated: 1 } },
    });
  });

  test("of rows that have moved is not applied, and says which and how to plan anew", async () => {
    await run("plan", "local.sqlite", "-o", "plan.json");
    runSql(at("prod.sqlite"), "UPDATE users SET name = 'z' WHERE id = 8");
    const stale = await run("apply", "plan.json", "--yes", "--json");
    expect(stale.code).toBe(3);
    expect(stale.stderr).toContain("users [8] has other values now");
    expect(stale.stderr).toMatch(
      /which compares again\. Of the same rows: d1-ferry plan sync-\S+ --url \S+ -o plan\.json/,
    );
    expect(jsonOf(stale)).toMatchObject({
      code: "PLAN_STALE",
      details: { moved: [{ table: "users", key: "[8]", is: "changed" }] },
    });
    const { syncKey } = JSON.parse(await readFile(at("plan.json"), "utf8"));
    const again = await run("plan", syncKey, "-o", "plan.json", "--rows", "--json");
    const lines = again.stdout
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ success: true, status: "planned" });
    expect(lines).toContainEqual({
      table: "users",
      is: "update",
      key: { id: 8 },
      cells: { name: ["z", "b"] },
    });
    expect((await run("apply", "plan.json", "--yes")).code).toBe(0);
  });

  test("of a file prints its rows, and cannot be kept", async () => {
    const { code, stdout, stderr } = await run("plan", "local.sqlite", "--to", "new.sqlite", "--rows");
    expect(code, stderr).toBe(0);
    expect(stdout.toString()).toContain('+ tags {"name":"x","hits":2}');
    const kept = await run("plan", "local.sqlite", "--to", "new.sqlite", "-o", "plan.json");
    expect(kept.code).toBe(2);
    expect(kept.stderr).toContain("cannot be kept");
  });
});

describe("a push whose rows move behind the plan", () => {
  const push = (...more: string[]) =>
    run("push", "--from", "local.sqlite", "--full", "--mode", "mirror", "--yes", ...more);
  const edit = () => runSql(at("prod.sqlite"), "UPDATE users SET name = 'z' WHERE id = 8");

  beforeEach(() => {
    runSql(at("prod.sqlite"), "DELETE FROM users WHERE id = 9");
    // The first makes the plan.
    onPost = (nth) => nth === 2 && edit();
  });

  test("writes nothing, and ends with code 3", async () => {
    const { code, stderr } = await push();
    expect(code, stderr).toBe(3);
    expect(stderr).toContain("users [8] has other values now");
    onPost = () => {};
    expect((await push()).code).toBe(0);
  });

  test("plans again with --replan, and writes what it showed then", async () => {
    const { code, stderr } = await push("--replan");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('~ 8  name: "z" → "b"');
  });
});
