import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { makeSample, runSql, sampleRows } from "../support/sample.ts";
import { type AppServer, type AppServerOptions, startAppServer, TOKEN } from "../support/server.ts";

let cwd: string;
let apps: AppServer[];
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

beforeEach(async () => {
  cwd = await workDirectory();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
});

async function startApp(name: string, options: Partial<AppServerOptions> = {}): Promise<AppServer> {
  await mkdir(at(`${name}-bucket`));
  const app = await startAppServer({
    database: at(`${name}.sqlite`),
    bucket: at(`${name}-bucket`),
    ...options,
  });
  apps.push(app);
  return app;
}

/** Production holds the rows; the local database has the tables, and the rows of `local`. */
async function startBoth(options: { local?: (path: string) => void } = {}) {
  const { local: prepare = (path) => makeSample(path, { empty: true }) } = options;
  makeSample(at("prod.sqlite"));
  prepare(at("local.sqlite"));
  const local = await startApp("local");
  const prod = await startApp("prod");
  await writeFile(at(".env"), `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`);
  return { local, prod };
}

function objectsOf(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare("SELECT type || ' ' || name AS object FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1")
      .all()
      .map(({ object }) => object as string)
      .filter((object) => !/_ferry_|seed_history|sqlite_sequence/.test(object));
  } finally {
    database.close();
  }
}

describe("pull from PROD_API to LOCAL_API", () => {
  test("ends with production's rows on both sides, production untouched, and no work files", async () => {
    const { local, prod } = await startBoth();
    const before = sampleRows(at("prod.sqlite"));
    const { code, stderr } = await run("pull", "--yes");
    expect(stderr).toContain(`Exported 700 rows of 2 tables from ${prod.url}`);
    expect(stderr).toContain(`Plan for ${local.url}`);
    expect(stderr).toContain(`${local.url} holds version 1, read back and verified`);
    expect(code).toBe(0);
    expect(sampleRows(at("local.sqlite"))).toEqual(before);
    expect(sampleRows(at("prod.sqlite"))).toEqual(before);
    expect(prod.requests).not.toContain("POST /api/admin/multipart-upload");
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("--json names the ends the right way round", async () => {
    const { local, prod } = await startBoth();
    expect(jsonOf(await run("pull", "--yes", "--json", "--quiet"))).toMatchObject({
      success: true,
      status: "completed",
      from: prod.url,
      to: local.url,
      verified: true,
      results: { authors: { inserted: 200 }, posts: { inserted: 500 } },
    });
  });

  test("keeps local rows, unless it is to mirror and the deletes are confirmed by their number", async () => {
    await startBoth();
    runSql(at("local.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'mine')");
    expect((await run("pull", "--yes")).code).toBe(0);
    const merged = sampleRows(at("local.sqlite")) as { authors: unknown[] };
    expect(merged.authors).toHaveLength(201);
    const refused = await run("pull", "--mode", "mirror", "--version", "2", "--yes");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--confirm-delete=1");
    const mirrored = await run("pull", "--mode", "mirror", "--version", "2", "--confirm-delete=1");
    expect(mirrored.code).toBe(0);
    expect(sampleRows(at("local.sqlite"))).toEqual(sampleRows(at("prod.sqlite")));
  });

  test("brings back what was pushed there and changed since", async () => {
    await startBoth({ local: (path) => makeSample(path) });
    expect((await run("push", "--yes")).code).toBe(0);
    runSql(at("prod.sqlite"), "UPDATE posts SET body = 'edited there' WHERE id = 7");
    const pulled = jsonOf(await run("pull", "--yes", "--json"));
    expect(pulled).toMatchObject({ status: "completed", results: { posts: { attempted: 1, updated: 1 } } });
    expect(pulled).toMatchObject({
      compared: { tables: [{ unchanged: 200 }, { changed: 1, unchanged: 499 }] },
    });
    expect(sampleRows(at("local.sqlite"))).toEqual(sampleRows(at("prod.sqlite")));
  });

  test("--dry-run prints the plan and changes no row", async () => {
    await startBoth();
    const { code, stderr } = await run("pull", "--dry-run");
    expect(code).toBe(0);
    expect(stderr).toMatch(/posts +500/);
    expect(sampleRows(at("local.sqlite"))).toEqual({ authors: [], posts: [] });
  });

  test("without a terminal and without a flag nothing is exported or written", async () => {
    await startBoth();
    const before = sampleRows(at("local.sqlite"));
    const { code, stderr } = await run("pull");
    expect(code).toBe(2);
    expect(stderr).toContain("--yes");
    expect(sampleRows(at("local.sqlite"))).toEqual(before);
    expect(jsonOf(await run("list", "--json"))).toMatchObject({ objects: [], runs: [] });
  });
});

describe("pull into a SQLite file", () => {
  test("makes one that is not there, with the tables and all that belongs to them", async () => {
    const { prod } = await startBoth();
    runSql(
      at("prod.sqlite"),
      `CREATE INDEX posts_by_author ON posts (author_id);
       CREATE VIEW titles AS SELECT id, body FROM posts;
       CREATE TRIGGER quiet AFTER INSERT ON posts BEGIN UPDATE authors SET score = 0; END;`,
    );
    const { code, stderr } = await run("pull", "--to", "copy.sqlite", "--yes");
    expect(stderr).toContain("a new file");
    expect(code).toBe(0);
    expect(sampleRows(at("copy.sqlite"))).toEqual(sampleRows(at("prod.sqlite")));
    expect(objectsOf(at("copy.sqlite"))).toEqual([
      "index posts_by_author",
      "table authors",
      "table posts",
      "trigger quiet",
      "view titles",
    ]);
    expect(prod.requests).not.toContain("POST /api/admin/multipart-upload");
  });

  test("leaves no file behind when the app refuses the caller", async () => {
    await startBoth();
    const env = { FERRY_TOKEN: "another-token-0123456789abcdef0123456789ab" };
    const { code, stderr } = await runCli(["pull", "--to", "copy.sqlite", "--yes"], { cwd, env });
    expect(code).toBe(1);
    expect(stderr).toContain("Authentication required");
    expect(existsSync(at("copy.sqlite"))).toBe(false);
  });

  test("refuses an archive as the target, and names the command that writes one", async () => {
    await startBoth();
    await writeFile(at("old.json"), "{}");
    const { code, stderr } = await run("pull", "--to", "old.json", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("d1-ferry export");
  });
});

describe("--create", () => {
  const onlyAuthors = (path: string) =>
    runSql(
      path,
      "CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, score REAL, picture BLOB)",
    );

  test("makes the tables that a local app lacks", async () => {
    await startBoth({ local: onlyAuthors });
    runSql(at("prod.sqlite"), "CREATE INDEX posts_by_author ON posts (author_id)");
    const without = await run("pull", "--yes");
    expect(without.code).toBe(1);
    expect(without.stderr).toContain("posts");
    expect(objectsOf(at("local.sqlite"))).toEqual(["table authors"]);
    const { code } = await run("pull", "--yes", "--create");
    expect(code).toBe(0);
    expect(sampleRows(at("local.sqlite"))).toEqual(sampleRows(at("prod.sqlite")));
    expect(objectsOf(at("local.sqlite"))).toEqual(["index posts_by_author", "table authors", "table posts"]);
  });

  test("makes views only where all is asked for, and says which, with their SQL", async () => {
    await startBoth({ local: onlyAuthors });
    runSql(at("prod.sqlite"), "CREATE VIEW titles AS SELECT title FROM posts");
    const some = await run("pull", "--dry-run", "--create");
    expect(some.stderr).toContain('not created: view "titles"');
    expect(some.stderr).toContain("CREATE TABLE posts");
    expect(some.stderr).not.toContain("CREATE VIEW");
    const unknown = await run("pull", "--yes", "--create=views");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("--create=all");
    const all = await run("pull", "--yes", "--create=all");
    expect(all.code).toBe(0);
    expect(objectsOf(at("local.sqlite"))).toContain("view titles");
  });

  test("makes nothing in a dry run", async () => {
    await startBoth({ local: onlyAuthors });
    const { code, stderr } = await run("pull", "--dry-run", "--create");
    expect(stderr).toMatch(/posts +500/);
    expect(code).toBe(0);
    expect(objectsOf(at("local.sqlite"))).toEqual(["table authors"]);
  });

  test("makes them in an app that a push goes to, and in a file that an import goes to", async () => {
    const { prod } = await startBoth({ local: onlyAuthors });
    const back = ["push", "--from", prod.url, "--to", "other.sqlite", "--yes"];
    onlyAuthors(at("other.sqlite"));
    expect((await run(...back)).code).toBe(1);
    expect((await run(...back, "--create")).code).toBe(0);
    expect(sampleRows(at("other.sqlite"))).toEqual(sampleRows(at("prod.sqlite")));

    await run("export", prod.url, "-o", "app.json.gz");
    onlyAuthors(at("third.sqlite"));
    expect((await run("import", "app.json.gz", "--to", "third.sqlite", "--yes", "--create")).code).toBe(0);
    expect(sampleRows(at("third.sqlite"))).toEqual(sampleRows(at("prod.sqlite")));

    const pushed = await run("push", "--from", "app.json.gz", "--yes", "--create", "--to", apps[0]!.url);
    expect(pushed.code).toBe(0);
    expect(sampleRows(at("local.sqlite"))).toEqual(sampleRows(at("prod.sqlite")));
  });
});

test.each([
  [["pull", "--yes"], /PROD_API/],
  [["pull", "--from", "app.sqlite", "--yes"], /LOCAL_API/],
  [["pull", "--from", "app.sqlite", "--to", "app.sqlite", "--yes"], /both the source and the target/],
  [["pull", "--from", "nothing.sqlite", "--to", "app.sqlite", "--yes"], /no such file/],
])("%j is a usage error", async (args, message) => {
  makeSample(at("app.sqlite"));
  const { code, stderr } = await run(...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});
