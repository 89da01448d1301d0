import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { beforeEach, describe, expect, test } from "vitest";
import { getPlatformProxy } from "wrangler";
import { oneOf } from "../support/cases.ts";
import { jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { querySql, runSql } from "../support/sample.ts";
import { startAppServer, TOKEN } from "../support/server.ts";

let cwd: string;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

const AUTHORS = "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)";
const SOURCE = `${AUTHORS}; INSERT INTO authors VALUES (1, 'Ada');
  CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT,
    score INTEGER NOT NULL DEFAULT 0 CHECK (score < 100),
    author INTEGER REFERENCES authors (id), loud TEXT AS (upper(body)));
  INSERT INTO posts (id, body, score, author) VALUES (1, 'one', 5, 1), (2, 'two', 0, NULL)`;
const OLDER = "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO posts VALUES (1, 'one')";

const posts = (file: string) => querySql(at(file), "SELECT * FROM posts ORDER BY id");

beforeEach(async () => {
  cwd = await workDirectory();
  runSql(at("prod.sqlite"), SOURCE);
  runSql(at("copy.sqlite"), OLDER);
});

describe("--migrate into a SQLite file", () => {
  test("lists the columns and tables that it makes; a dry run makes none, and the run all with its rows", async () => {
    const before = await readFile(at("copy.sqlite"));
    const push = ["push", "--from", "prod.sqlite", "--to", "copy.sqlite", "--migrate"];
    const dry = await run(...push, "--dry-run");
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stderr).toContain('    ALTER TABLE "posts" ADD COLUMN "loud" TEXT AS (upper(body))\n');
    expect(dry.stderr).toContain(`    ${AUTHORS}\n`);
    expect(await readFile(at("copy.sqlite"))).toEqual(before);
    const done = await run(...push, "--yes", "--json");
    expect(done.code, done.stderr).toBe(0);
    expect(jsonOf(done)).toMatchObject({
      status: "completed",
      plan: {
        adds: [{ column: "score" }, { column: "author" }, { column: "loud" }],
        creates: [{ name: "authors" }],
      },
    });
    expect(posts("copy.sqlite")).toEqual(posts("prod.sqlite"));
    expect(jsonOf(await run("diff", "prod.sqlite", "copy.sqlite", "--json"))).toMatchObject({ equal: true });
    const again = await run(...push, "--yes");
    expect(again.stderr).toContain("Nothing to do");
  });

  test("an undo takes the rows back, and leaves the columns", async () => {
    const push = ["push", "--from", "prod.sqlite", "--to", "copy.sqlite", "--migrate", "--yes"];
    expect((await run(...push)).code).toBe(0);
    const undone = await run("undo", "--to", "copy.sqlite", "--confirm-delete", "2");
    expect(undone.code, undone.stderr).toBe(0);
    expect(posts("copy.sqlite")).toEqual([{ id: 1, body: "one", score: 0, author: null, loud: "ONE" }]);
  });

  test("from an app sends what differs, keeps what was edited in the file, and adds what no row shows", async () => {
    await mkdir(at("bucket"));
    const app = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket") });
    await writeFile(at(".env"), `PROD_API=${app.url}\nFERRY_TOKEN=${TOKEN}\n`);
    const pull = ["pull", "--to", "copy.sqlite", "--migrate", "--yes"];
    try {
      expect((await run(...pull)).code).toBe(0);
      runSql(
        at("prod.sqlite"),
        "ALTER TABLE posts ADD COLUMN rank INTEGER DEFAULT 7; UPDATE posts SET rank = 8 WHERE id = 2",
      );
      runSql(at("copy.sqlite"), "UPDATE posts SET body = 'mine' WHERE id = 2");
      const merged = await run(...pull);
      expect(merged.code, merged.stderr).toBe(0);
      expect(merged.stderr).toContain("what differs is sent: 1 row of 1 table, 1 column");
      expect(posts("copy.sqlite")).toMatchObject([
        { id: 1, body: "one", rank: 7 },
        { id: 2, body: "mine", rank: 8 },
      ]);
      runSql(at("prod.sqlite"), "ALTER TABLE authors ADD COLUMN born INTEGER");
      const only = await run(...pull, "--json");
      expect(jsonOf(only), only.stderr).toMatchObject({
        plan: { adds: [{ table: "authors", column: "born" }] },
      });
      expect(querySql(at("copy.sqlite"), "SELECT * FROM authors")).toEqual([
        { id: 1, name: "Ada", born: null },
      ]);
      runSql(at("prod.sqlite"), "CREATE TABLE tags (name TEXT PRIMARY KEY); INSERT INTO tags VALUES ('new')");
      runSql(
        at("prod.sqlite"),
        "ALTER TABLE posts ADD COLUMN tag TEXT REFERENCES tags (name); UPDATE posts SET tag = 'new'",
      );
      const both = await run(...pull, "--on-edit", "ours");
      expect(both.code, both.stderr).toBe(0);
      expect(posts("copy.sqlite")).toMatchObject([{ tag: "new" }, { tag: "new" }]);
    } finally {
      await app.close();
    }
  });

  test.each([
    ["UNIQUE", "slug TEXT UNIQUE", "it is UNIQUE"],
    ["STORED", "slug TEXT AS (body) STORED", "it is a STORED generated column"],
    [
      "NOT NULL without a default",
      "slug TEXT NOT NULL",
      "it is NOT NULL without a default, and the table has rows",
    ],
    [
      "with a CHECK that rows do not meet",
      "slug TEXT CHECK (slug IS NOT NULL)",
      "the rows that are there do not meet its CHECK",
    ],
  ])("refuses a column that is %s before anything is changed", async (_, column, why) => {
    runSql(
      at("other.sqlite"),
      `CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT, fine TEXT, ${column})`,
    );
    const before = await readFile(at("copy.sqlite"));
    const refused = await run("push", "--from", "other.sqlite", "--to", "copy.sqlite", "--migrate", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`"posts"."slug" cannot be added to the target: ${why}`);
    expect(refused.stderr).toContain("--exclude posts");
    expect(await readFile(at("copy.sqlite"))).toEqual(before);
    expect(existsSync(at("copy.sqlite.d1-ferry-undo"))).toBe(false);
  });

  test.each([
    ["breaks a foreign key", "author, 9", "REFERENCES authors (id)", 1],
    ["has a value that a CHECK of the file refuses", "body, 'no'", "", 1],
  ])("keeps no column, and nothing to undo, where a row %s", async (_, cell, references, code) => {
    const [column, value] = cell.split(", ") as [string, string];
    runSql(
      at("copy.sqlite"),
      `DROP TABLE posts; ${AUTHORS};
      CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT CHECK (body <> 'no')); INSERT INTO posts VALUES (1, 'one')`,
    );
    runSql(
      at("other.sqlite"),
      `${AUTHORS}; CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT, author INTEGER ${references});
      PRAGMA foreign_keys = off; INSERT INTO posts VALUES (1, 'changed', NULL), (2, 'two', NULL);
      UPDATE posts SET ${column} = ${value} WHERE id = 2`,
    );
    const refused = await run("push", "--from", "other.sqlite", "--to", "copy.sqlite", "--migrate", "--yes");
    expect(refused.code, refused.stderr).toBe(code);
    expect(posts("copy.sqlite")).toEqual([{ id: 1, body: "one" }]);
    expect(existsSync(at("copy.sqlite.d1-ferry-undo"))).toBe(false);
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test.each(oneOf([0, 40, 80, 160, 320, 640]))(
    "keeps all of it or nothing where it is killed %i ms after it has begun",
    async (ms) => {
      runSql(
        at("prod.sqlite"),
        `WITH RECURSIVE n (i) AS (VALUES (3) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
          INSERT INTO posts (id, body, score) SELECT i, 'post ' || i, i % 90 FROM n`,
      );
      const killed = await runCli(
        ["push", "--from", "prod.sqlite", "--to", "copy.sqlite", "--migrate", "--yes"],
        {
          cwd,
          onStderr: (text, kill) => text.includes("Exported") && setTimeout(kill, ms, "SIGKILL"),
        },
      );
      // What was not committed is rolled back by the next to write.
      runSql(at("copy.sqlite"), "BEGIN IMMEDIATE; ROLLBACK");
      const { n } = querySql(at("copy.sqlite"), "SELECT count(*) AS n FROM posts")[0] as { n: number };
      const columns = querySql(at("copy.sqlite"), "SELECT name FROM pragma_table_xinfo('posts')").length;
      const tables = querySql(
        at("copy.sqlite"),
        "SELECT name FROM sqlite_schema WHERE type = 'table'",
      ).length;
      const whole = [20_000, 5, 2];
      expect(killed.code === 0 ? [whole] : [[1, 2, 1], whole]).toContainEqual([n, columns, tables]);
      const again = await run("push", "--from", "prod.sqlite", "--to", "copy.sqlite", "--migrate", "--yes");
      expect(again.code, again.stderr).toBe(0);
      expect(posts("copy.sqlite")).toEqual(posts("prod.sqlite"));
    },
  );

  test("imports an archive, and shows a plan's rows", async () => {
    expect((await run("export", "prod.sqlite", "-o", "prod.json.gz")).code).toBe(0);
    const planned = await run("plan", "prod.sqlite", "--to", "copy.sqlite", "--migrate", "--rows", "--json");
    expect(planned.code, planned.stderr).toBe(0);
    expect(planned.stdout.toString()).toContain('"score":[0,5]');
    expect(posts("copy.sqlite")).toEqual([{ id: 1, body: "one" }]);
    const done = await run("import", "prod.json.gz", "--to", "copy.sqlite", "--migrate", "--yes");
    expect(done.code, done.stderr).toBe(0);
    expect(posts("copy.sqlite")).toEqual(posts("prod.sqlite"));
  });

  test("is refused for an app, whose schema its migrations make", async () => {
    const refused = await run(
      "push",
      "--from",
      "prod.sqlite",
      "--to",
      "http://127.0.0.1:9",
      "--migrate",
      "--yes",
    );
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--migrate is for SQLite files and local");
    expect(refused.stderr).toContain("wrangler d1 migrations apply");
  });
});

test("--migrate into local: the development server finds the columns, the tables and the rows", async () => {
  await writeFile(
    at("wrangler.jsonc"),
    JSON.stringify({ d1_databases: [{ binding: "DB", database_name: "app", database_id: "one" }] }),
  );
  const serve = () =>
    getPlatformProxy<{ DB: D1Database }>({
      configPath: at("wrangler.jsonc"),
      persist: { path: at(".wrangler/state/v3") },
    });
  const server = await serve();
  for (const sql of OLDER.split("; ")) await server.env.DB.prepare(sql).run();
  await server.dispose();
  const pulled = await run("pull", "--from", "prod.sqlite", "--migrate", "--yes");
  expect(pulled.code, pulled.stderr).toBe(0);
  const again = await serve();
  const { results } = await again.env.DB.prepare(
    "SELECT * FROM posts JOIN authors ON authors.id = author",
  ).all();
  await again.dispose();
  expect(results).toEqual([{ id: 1, body: "one", score: 5, author: 1, loud: "ONE", name: "Ada" }]);
});
