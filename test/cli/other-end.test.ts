import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runCli, workDirectory } from "../support/cli.ts";
import { querySql, runSql } from "../support/sample.ts";

let cwd: string;
const at = (name: string) => join(cwd, name);
const push = (...args: string[]) =>
  runCli(["push", "--from", "here.sqlite", "--to", "there.sqlite", ...args], { cwd });
const here = (sql: string) => runSql(at("here.sqlite"), `PRAGMA foreign_keys = off; ${sql}`);
const there = (sql: string) => runSql(at("there.sqlite"), sql);
const rowsThere = () => ({
  posts: querySql(at("there.sqlite"), "SELECT id FROM posts ORDER BY id").map(({ id }) => id),
  comments: querySql(at("there.sqlite"), "SELECT id FROM comments ORDER BY id").map(({ id }) => id),
});

beforeEach(async () => {
  cwd = await workDirectory();
  here(`CREATE TABLE posts (id INTEGER PRIMARY KEY);
    CREATE TABLE comments (id INTEGER PRIMARY KEY, post INT REFERENCES posts ON DELETE CASCADE);
    INSERT INTO posts VALUES (1), (2)`);
  expect((await push("--yes")).code).toBe(0);
});

describe("a mirror that would delete a row to which the target has added others", () => {
  const mirror = (...args: string[]) => push("--mode", "mirror", ...args);

  beforeEach(() => {
    here("DELETE FROM posts WHERE id = 1");
    there("INSERT INTO comments VALUES (100, 1)");
  });

  test("says what goes on from here, and not to bring along what is there", async () => {
    const refused = await mirror("--yes");
    expect(refused.stderr).toContain('the row [100] of "comments" points to');
    expect(refused.stderr).toMatch(/delete these there.*--mode merge.*--no-base/);
    expect(refused.stderr).not.toContain("--include");
  });

  test.each([
    ["the row deleted", "DELETE FROM comments", ["--confirm-delete", "1"], { posts: [2], comments: [] }],
    [
      "the row moved",
      "UPDATE comments SET post = 2",
      ["--confirm-delete", "1"],
      { posts: [2], comments: [100] },
    ],
    ["--no-base", "", ["--no-base", "--confirm-delete", "2"], { posts: [2], comments: [] }],
  ])("goes on with %s", async (_, sql, args, rows) => {
    await mirror("--yes");
    there(sql);
    const done = await mirror(...args);
    expect(done.code, done.stderr).toBe(0);
    expect(rowsThere()).toEqual(rows);
  });

  test("names the table where it is left out", async () => {
    const refused = await mirror("--yes", "--tables", "posts");
    expect(refused.stderr).toContain("--include comments");
  });
});

describe("a row that points to nothing", () => {
  test.each([[[]], [["--full"]]])("in the source is to be corrected there: %j", async (args) => {
    here("INSERT INTO comments VALUES (5, 77)");
    const refused = await push("--yes", ...args);
    expect(refused.stderr).toContain("The source does not have that row either: correct the row there");
    expect(refused.stderr).not.toContain("--include");
  });

  test("as the target has deleted it comes with --no-base", async () => {
    here("INSERT INTO comments VALUES (5, 1)");
    there("DELETE FROM posts WHERE id = 1");
    const refused = await push("--yes");
    expect(refused.stderr).toContain("Where that row was deleted at the target");
    const done = await push("--yes", "--no-base");
    expect(done.code, done.stderr).toBe(0);
    expect(rowsThere()).toEqual({ posts: [1, 2], comments: [5] });
  });

  test("of a table that is left out asks for that", async () => {
    here("INSERT INTO comments VALUES (5, 77)");
    expect((await push("--yes", "--tables", "comments")).stderr).toContain("--include posts");
  });
});
