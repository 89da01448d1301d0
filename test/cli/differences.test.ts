import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { runSql } from "../support/sample.ts";

let cwd: string;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });
const importing = (...flags: string[]) => run("import", "a.json.gz", "--to", "target.sqlite", ...flags);

const SOURCE = `CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, gone TEXT NOT NULL DEFAULT 'g', typed);
  CREATE TABLE keyed (id TEXT PRIMARY KEY, v); CREATE TABLE "it's" (id INTEGER PRIMARY KEY);
  CREATE TABLE fine (id INTEGER PRIMARY KEY, v, w TEXT);
  INSERT INTO posts VALUES (1, 'a', 'g', 7); INSERT INTO keyed VALUES ('k', 1); INSERT INTO fine VALUES (1, 1, NULL);`;
const TARGET = `CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, typed TEXT, must TEXT NOT NULL);
  CREATE TABLE keyed (key INTEGER PRIMARY KEY, id TEXT, v);
  CREATE TABLE fine (id INTEGER PRIMARY KEY, v REAL, w TEXT NOT NULL, extra TEXT DEFAULT 'e');
  CREATE TABLE own (id INTEGER PRIMARY KEY);`;

beforeEach(async () => {
  cwd = await workDirectory();
  runSql(at("source.sqlite"), SOURCE);
  runSql(at("target.sqlite"), TARGET);
  expect((await run("export", "source.sqlite", "-o", "a.json.gz")).code).toBe(0);
});

test("all differences of a target are listed at once, with what to type, and it stays as it is", async () => {
  const before = await readFile(at("target.sqlite"));
  const { code, stderr } = await importing("--yes");
  expect(code).toBe(1);
  for (const line of [
    'it has no column "posts"."gone"',
    `ALTER TABLE "posts" ADD COLUMN "gone" TEXT NOT NULL DEFAULT 'g';`,
    '"posts"."must" is NOT NULL without a default, and the archive does not have it',
    "--exclude posts",
    '"keyed" is identified by key at the target, and by id in the archive',
    `it has no table "it's"`,
    "--create",
    `--exclude 'it'\\''s'`,
  ])
    expect(stderr).toContain(line);
  expect(await readFile(at("target.sqlite"))).toEqual(before);
});

test("tables that are missing get one hint together, which names them all", async () => {
  runSql(at("fresh.sqlite"), "CREATE TABLE other (id INTEGER PRIMARY KEY)");
  const { code, stderr } = await run("import", "a.json.gz", "--to", "fresh.sqlite", "--yes");
  expect(code).toBe(1);
  const names = [...stderr.matchAll(/^ {2}it has no table "(.*)"$/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(3);
  expect(stderr.match(/migrations first/g)).toHaveLength(1);
  expect(stderr).toContain(
    `have them created (--create), or leave them out: --exclude '${names.join(",").replaceAll("'", "'\\''")}'`,
  );
});

test("--json gives them all", async () => {
  const result = await importing("--yes", "--json");
  const { details } = jsonOf(result) as { details: { differences: { table: string; code: string }[] } };
  expect(details.differences.map(({ table, code }) => [table, code])).toEqual([
    ["posts", "UNKNOWN_COLUMN"],
    ["posts", "MISSING_COLUMN"],
    ["keyed", "MISSING_COLUMN"],
    ["it's", "UNKNOWN_TABLE"],
  ]);
});

test("differences that a sync can live with are notes of its plan", async () => {
  const { code, stderr } = await importing("--tables", "fine", "--dry-run");
  expect(code).toBe(0);
  for (const note of [
    '"fine"."v" is REAL at the target and without a type in the archive',
    '"fine"."w" is NOT NULL at the target only',
    `"fine"."extra" is not in the archive: new rows get its default ('e')`,
    "left as they are, not in this sync: posts, keyed, own",
  ])
    expect(stderr).toContain(note);
});

test("a NULL where only the target refuses it names its row", async () => {
  const { code, stderr } = await importing("--tables", "fine", "--yes");
  expect(code).toBe(1);
  expect(stderr).toContain(
    'The row with the key [1] of "fine" was refused: NOT NULL constraint failed: fine.w',
  );
});
