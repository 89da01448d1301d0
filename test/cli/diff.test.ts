import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliRun, jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { makeMirrored, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

let cwd: string;
let app: AppServer;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });
const linesOf = ({ stdout }: CliRun) => stdout.toString().trim().split("\n").toSorted();

beforeEach(async () => {
  cwd = await workDirectory();
  makeMirrored(at("local.sqlite"), at("prod.sqlite"));
  await mkdir(at("bucket"));
  app = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket") });
  await writeFile(at(".env"), `PROD_API=${app.url}\nFERRY_TOKEN=${TOKEN}\n`);
});
afterEach(() => app.close());

const ROWS = ["+ users 9", '~ tags "x" hits: 2 → 1', '~ users 8 name: "b" → "a"', "− users 7"];

describe("d1-ferry diff", () => {
  test("shows how many rows differ, and ends with 0, or with 4 where that is asked for", async () => {
    const found = await run("diff", "local.sqlite");
    expect(found.code, found.stderr).toBe(0);
    expect(found.stderr).toMatch(/^users +1 +1 +1 +0 +0 % +1$/m);
    expect(found.stderr).toMatch(/^tags +0 +1 +0 +0 +0 % +1$/m);
    expect(found.stderr).toContain(`local.sqlite and ${app.url} differ in 4 rows`);
    expect(found.stdout.toString()).toBe("");
    expect((await run("diff", "local.sqlite", "--exit-code")).code).toBe(4);
    expect((await run("diff", "local.sqlite", "local.sqlite", "--exit-code")).code).toBe(0);
  });

  test("--rows prints each of them, at most as many of a table as --limit says", async () => {
    const all = await run("diff", "local.sqlite", app.url, "--rows");
    expect(all.code, all.stderr).toBe(0);
    const lines = linesOf(all);
    expect(lines).toHaveLength(ROWS.length);
    for (const row of ROWS) expect(lines.some((line) => line.startsWith(row))).toBe(true);
    const few = linesOf(await run("diff", "local.sqlite", "--rows", "--limit", "1"));
    expect(few.map((line) => line.split(" ")[1]).toSorted()).toEqual(["tags", "users"]);
  });

  test("--where tells of a table only what meets a condition in one of the places", async () => {
    const where = (...conditions: string[]) => conditions.flatMap((one) => ["--where", one]);
    // 8 has the name "b" here and "a" there; a text compares with a number as it would in the table.
    const rows = linesOf(
      await run(
        "diff",
        "local.sqlite",
        "--rows",
        ...where("users: name = 'b' OR id = 9", "tags: hits > '1'"),
      ),
    );
    expect(rows).toEqual([
      expect.stringMatching(/^\+ users 9/),
      expect.stringMatching(/^~ tags "x"/),
      expect.stringMatching(/^~ users 8/),
    ]);
    const both = await run(
      "diff",
      "local.sqlite",
      "--json",
      ...where("USERS: id > 7", "users: name < 'b' -- a", "tags: FALSE"),
    );
    expect(jsonOf(both)).toMatchObject({
      equal: false,
      tables: [
        { table: "users", added: 0, changed: 1, deleted: 0, unchanged: null, cells: 1 },
        { table: "tags", changed: 0, unchanged: null, others: 1 },
      ],
    });
    expect(both.stderr).toContain("differ in 1 row that the conditions ask for, and in 3 others");
    const none = await run(
      "diff",
      "local.sqlite",
      "--exit-code",
      ...where("users: id > 9", "tags: hits IS NULL"),
    );
    expect(none.code, none.stderr).toBe(0);
    expect(none.stderr).toContain("differ in no row that the conditions ask for, and in 4 others");
    expect(none.stderr).not.toContain("equal");
  });

  test.each([
    ["users", /"users" is not a table and a condition/],
    ["people: id > 1", /--where names "people", whose rows are not compared/],
    ["users: nick = 'a'", /no such column: nick/],
    ["users: id > 1; DROP TABLE users", /is no condition that SQLite understands/],
    ["users: load_extension('x')", /is no condition that SQLite understands|not authorized/],
    ["users: abs(-9223372036854775807 - 1)", /cannot be told of a row of users: integer overflow/],
  ])("--where %j is a usage error", async (condition, message) => {
    const { code, stderr } = await run("diff", "local.sqlite", "--where", condition);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("--json tells a program the counts, and with --rows a line for each row", async () => {
    expect(jsonOf(await run("diff", "local.sqlite", "--json"))).toMatchObject({
      success: true,
      equal: false,
      schema: [],
      tables: [
        { table: "users", left: 2, right: 2, added: 1, changed: 1, deleted: 1, unchanged: 0, cells: 1 },
        { table: "tags", left: 1, right: 1, added: 0, changed: 1, deleted: 0, unchanged: 0, cells: 1 },
      ],
      notCompared: [],
    });
    const rows = linesOf(await run("diff", "local.sqlite", "--rows", "--json")).map((line) =>
      JSON.parse(line),
    );
    expect(rows).toHaveLength(4);
    expect(rows).toContainEqual({
      is: "update",
      table: "users",
      key: { id: 8 },
      cells: { name: ["b", "a"] },
    });
  });

  test("takes an archive as a place, and changes nothing anywhere", async () => {
    expect((await run("export", "local.sqlite", "-o", "local.json.gz")).code).toBe(0);
    const same = await run("diff", "local.json.gz", "local.sqlite", "--exit-code");
    expect(same.code, same.stderr).toBe(0);
    expect(same.stderr).toContain("local.sqlite are equal: 3 rows in 2 tables");
    const other = await run("diff", "local.json.gz", "--tables", "tags", "--json");
    expect(jsonOf(other)).toMatchObject({ tables: [{ table: "tags", changed: 1 }] });
    expect(new Set(app.requests)).toEqual(new Set(["POST /api/admin/r2-sync"]));
  });

  test("says how the schemas differ", async () => {
    runSql(
      at("local.sqlite"),
      "CREATE TABLE mine (id INTEGER PRIMARY KEY); ALTER TABLE tags ADD COLUMN colour TEXT",
    );
    const { code, stderr } = await run("diff", "local.sqlite");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("mine: only the first has this table");
    expect(stderr).toContain("tags: only the first has the column colour");
  });
});

describe("d1-ferry verify", () => {
  test("ends with 4 where rows differ, and with 0 where none do", async () => {
    const differ = await run("verify", "local.sqlite", "--json");
    expect(differ.code).toBe(4);
    expect(jsonOf(differ)).toMatchObject({ success: false, equal: false });
    expect(
      (await run("push", "--from", "local.sqlite", "--mode", "mirror", "--confirm-delete", "1")).code,
    ).toBe(0);
    const equal = await run("verify", "local.sqlite", "--json");
    expect(equal.code, equal.stderr).toBe(0);
    expect(jsonOf(equal)).toMatchObject({ success: true, equal: true });
    expect(equal.stderr).toContain(`local.sqlite and ${app.url} are equal: 3 rows in 2 tables`);
  });

  test("takes rows that cannot be told apart for unequal", async () => {
    for (const name of ["one.sqlite", "two.sqlite"])
      runSql(at(name), "CREATE TABLE log (line); INSERT INTO log VALUES (1)");
    const { code, stderr } = await run("verify", "one.sqlite", "two.sqlite");
    expect(code).toBe(4);
    expect(stderr).toContain("log: it has no primary key");
  });
});

test.each([
  [["diff"], /set LOCAL_API in \.env, or name two places/],
  [["verify", "nothing.sqlite"], /nothing\.sqlite/],
  [["diff", "local.sqlite", "nothing.sqlite"], /nothing\.sqlite/],
])("%j without a place is a usage error", async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(code, stderr).toBe(2);
  expect(stderr).toMatch(message);
});
