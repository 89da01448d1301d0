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
    const tables = all.stdout
      .toString()
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1]);
    expect(tables).toEqual(["users", "users", "users", "tags"]);
    for (const row of ROWS) expect(lines.some((line) => line.startsWith(row))).toBe(true);
    const limited = await run("diff", "local.sqlite", "--rows", "--limit", "1");
    expect(limited.stderr).toMatch(/^users: 2 more rows differ \(--limit\)$/m);
    expect(limited.stderr).not.toContain("tags: ");
    const few = linesOf(limited);
    expect(few.map((line) => line.split(" ")[1]).toSorted()).toEqual(["tags", "users"]);
  });

  test("takes É and é for two tables, and for two columns of one, as SQLite does", async () => {
    const made = `CREATE TABLE "É" (id INTEGER PRIMARY KEY, "Ö" TEXT, "ö" TEXT); CREATE TABLE "é" (id INTEGER PRIMARY KEY, v TEXT);
      INSERT INTO "É" VALUES (1, 'large', 'small'); INSERT INTO "é" VALUES (1, 'one'), (2, 'two')`;
    for (const name of ["one.sqlite", "two.sqlite"]) runSql(at(name), made);
    expect((await run("verify", "one.sqlite", "two.sqlite")).code).toBe(0);
    runSql(at("one.sqlite"), `UPDATE "É" SET "ö" = 'edited'; DELETE FROM "é" WHERE id = 2`);
    const found = await run("diff", "two.sqlite", "one.sqlite", "--rows");
    expect(linesOf(found)).toEqual(['~ É 1 ö: "small" → "edited"', "− é 2"]);
    const mirror = ["--mode", "mirror", "--confirm-delete", "1"];
    const pushed = await run("push", "--from", "one.sqlite", "--to", "two.sqlite", ...mirror);
    expect(pushed.code, pushed.stderr).toBe(0);
    expect((await run("verify", "one.sqlite", "two.sqlite")).code).toBe(0);
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

  describe("--where means what it means in the table itself:", () => {
    const SCHEMA = `
      CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE, n INT,
        "up""per" TEXT COLLATE RTRIM AS (upper(email)), twice TEXT GENERATED ALWAYS AS ("up""per" || "up""per") STORED);
      CREATE TABLE codes (code TEXT PRIMARY KEY, oid TEXT, n INT);
      CREATE TABLE bare (code TEXT PRIMARY KEY, n INT);
      CREATE TABLE versions (id INTEGER PRIMARY KEY DESC, n INT);
      CREATE TABLE small (id INTEGER PRIMARY KEY, n INT) WITHOUT ROWID;
      CREATE VIRTUAL TABLE words USING fts5(body);
      INSERT INTO people (id, email, n) VALUES (1, 'Ada@x', 1), (2, 'b', 1), (7, 'c ', 1);
      INSERT INTO codes VALUES ('a', '5', 1), ('b', '6', 1);
      INSERT INTO bare VALUES ('a', 1);
      INSERT INTO versions VALUES (4, 1), (5, 1);
      INSERT INTO small VALUES (4, 1), (5, 1);
      INSERT INTO words (rowid, body) VALUES (3, 'old'), (4, 'old')`;
    const changed = async (condition: string) => {
      runSql(at("a.sqlite"), SCHEMA);
      runSql(at("b.sqlite"), SCHEMA);
      const tables = ["people", "codes", "bare", "versions", "small"];
      runSql(at("b.sqlite"), tables.map((name) => `UPDATE ${name} SET n = 2;`).join(" "));
      runSql(at("b.sqlite"), "UPDATE words SET body = 'new'");
      return run("diff", "a.sqlite", "b.sqlite", "--rows", "--where", condition);
    };

    test.each([
      ["people: email = 'ADA@x'", ["1"]],
      ["people: email IN ('B', 'c')", ["2"]],
      ["people: rowid = 7", ["7"]],
      ["people: people._rowid_ + oid = 4", ["2"]],
      [`people: "up""per" = 'C'`, ["7"]],
      ["people: twice = 'BB'", ["2"]],
      ["codes: oid = '6'", ['"b"']],
      ["versions: id = 4", ["4"]],
      ["words: oid = 4", ["4"]],
    ])("%s", async (condition, keys) => {
      const found = await changed(condition);
      expect(found.code, found.stderr).toBe(0);
      const table = condition.split(":")[0];
      const own = linesOf(found).filter((line) => line.startsWith(`~ ${table} `));
      expect(own.map((line) => line.split(" ")[2])).toEqual(keys);
    });

    test.each([
      ["bare: rowid = 1", /Rows of bare are compared without their rowids/],
      ["versions: versions.rowid = 1", /Rows of versions are compared without their rowids/],
      ["small: rowid = 4", /no such column: rowid/],
      ["people: id = (SELECT max(id) FROM people)", /no such table: people/],
    ])("%s, which cannot be told", async (condition, message) => {
      const found = await changed(condition);
      expect(found.code, found.stderr).toBe(2);
      expect(found.stderr).toMatch(message);
    });
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

  test("says how tables are made otherwise, of an app and of an archive as well", async () => {
    const empty = (sql: string) => `CREATE TABLE posts (id INTEGER PRIMARY KEY, score ${sql})`;
    runSql(at("local.sqlite"), empty("INT NOT NULL DEFAULT 5 CHECK (score > 0)"));
    runSql(at("prod.sqlite"), empty("INT DEFAULT 5"));
    expect((await run("export", "local.sqlite", "-o", "local.json.gz")).code).toBe(0);
    for (const place of ["local.sqlite", "local.json.gz"]) {
      const { code, stderr } = await run("diff", place, app.url, "--tables", "posts", "--exit-code");
      expect(code, stderr).toBe(4);
      expect(stderr).toContain("posts: only the first has NOT NULL on the column score");
      expect(stderr).toContain("posts: only the first has CHECK (score > 0)");
      expect(stderr).toMatch(/^! .* differ in their schemas, and in no row$/m);
    }
    const same = await run("diff", "local.sqlite", "local.json.gz", "--exit-code");
    expect(same.code, same.stderr).toBe(0);
  });
});

describe("A table that is named, and that", () => {
  beforeEach(() =>
    runSql(
      at("local.sqlite"),
      "CREATE TABLE mine (id INTEGER PRIMARY KEY); CREATE VIRTUAL TABLE words USING fts5(word)",
    ),
  );

  test.each([["--tables"], ["--include"]])("one place lacks is told with that place: %s", async (flag) => {
    for (const places of [
      ["local.sqlite", "prod.sqlite"],
      ["prod.sqlite", "local.sqlite"],
    ]) {
      const { code, stderr } = await run("verify", ...places, flag, "mine");
      expect(code, stderr).toBe(1);
      expect(stderr).toContain(`There is no table "mine" in ${at("prod.sqlite")}`);
    }
    const swapped = await run("diff", "local.sqlite", app.url, flag, "mine");
    expect(swapped.stderr).toContain(`There is no table "mine" in ${app.url}`);
    expect(swapped.stderr).toContain("Its tables: users, tags.");
  });

  test.each([["--tables"], ["--include"], ["--exclude"]])("both lack is wrong usage: %s", async (flag) => {
    const { code, stderr } = await run("diff", "local.sqlite", flag, "nope");
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('There is no table "nope" in either place');
  });

  test("an export lacks, is told without the tables that keep a full-text index", async () => {
    const { stderr } = await run("export", "local.sqlite", "--tables", "nope", "-o", "none.json.gz");
    expect(stderr).toContain("Its tables: users, tags, mine, words.");
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

  test.each([
    ["without a key", "CREATE TABLE log (line); INSERT INTO log VALUES (1), (2)"],
    [
      "whose key holds NULLs",
      "CREATE TABLE log (k TEXT PRIMARY KEY, line); INSERT INTO log VALUES (NULL, 1), (NULL, 2)",
    ],
  ])("compares a table %s as a whole", async (_, sql) => {
    for (const name of ["one.sqlite", "two.sqlite", "three.sqlite"]) runSql(at(name), sql);
    const same = await run("verify", "one.sqlite", "two.sqlite");
    expect(same.code, same.stderr).toBe(0);
    expect(same.stderr).toMatch(/^✓ .* are equal: 2 rows in 1 table$/m);
    runSql(at("three.sqlite"), "INSERT INTO log (line) VALUES (3); UPDATE log SET line = 9 WHERE line = 1");
    const other = await run("verify", "one.sqlite", "three.sqlite");
    expect(other.code).toBe(4);
    expect(other.stderr).toContain("log: 2 rows in the first, 3 rows in the second");
    expect(other.stderr).toMatch(/^! .* differ in 1 table as a whole$/m);
    const diff = await run("diff", "one.sqlite", "three.sqlite", "--exit-code", "--json");
    expect(diff.code).toBe(4);
    expect(jsonOf(diff)).toMatchObject({
      equal: false,
      whole: [{ table: "log", left: 2, right: 3, equal: false }],
      notCompared: [],
    });
  });

  test("counts all rows of a table that one place has far more of, over an app as well", async () => {
    const many = (rows: number) =>
      `CREATE TABLE log (line);
      WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows})
      INSERT INTO log SELECT hex(randomblob(40)) FROM c`;
    runSql(at("local.sqlite"), many(3));
    runSql(at("prod.sqlite"), many(30_000));
    const { code, stderr } = await run("verify", "local.sqlite", "--tables", "log");
    expect(code).toBe(4);
    expect(stderr).toContain("log: 3 rows in the first, 30,000 rows in the second");
  });

  test("says that it does not know of a table that cannot be compared", async () => {
    for (const name of ["one.sqlite", "two.sqlite"])
      runSql(
        at(name),
        "CREATE VIRTUAL TABLE f USING fts5(body, content=''); INSERT INTO f (rowid, body) VALUES (1, 'a')",
      );
    for (const command of [["verify"], ["diff", "--exit-code"]]) {
      const { code, stderr } = await run(...command, "one.sqlite", "two.sqlite");
      expect(code, stderr).toBe(4);
      expect(stderr).toMatch(/^! .* show no difference in 0 rows in 0 tables; 1 table not compared$/m);
      expect(stderr).not.toContain("equal");
    }
  });

  test("takes a table or a column with rows that only one place has for a difference", async () => {
    const table = "CREATE TABLE p (id INTEGER PRIMARY KEY, v); INSERT INTO p VALUES (1, 1)";
    runSql(at("one.sqlite"), `${table}; CREATE TABLE q (id INTEGER PRIMARY KEY, w)`);
    runSql(at("none.sqlite"), "CREATE TABLE q (id INTEGER PRIMARY KEY)");
    for (const places of [
      ["one.sqlite", "none.sqlite"],
      ["none.sqlite", "one.sqlite"],
    ]) {
      const { code, stderr } = await run("verify", ...places);
      expect(code, stderr).toBe(4);
      expect(stderr).toMatch(/^! .* differ in 1 table that only one of them has$/m);
    }
    // Nothing is lost where there is nothing.
    const empty = await run("verify", "one.sqlite", "none.sqlite", "--exclude", "p");
    expect(empty.code, empty.stderr).toBe(0);
    expect(empty.stderr).toContain("q: only the first has the column w");
    expect(empty.stderr).toMatch(/^✓ .* hold the same rows: 0 rows in 1 table$/m);
    runSql(at("two.sqlite"), "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1)");
    const column = await run("verify", "one.sqlite", "two.sqlite", "--tables", "p", "--json");
    expect(column.code).toBe(4);
    expect(jsonOf(column)).toMatchObject({
      equal: false,
      unmatched: [{ table: "p", column: "v", place: "first" }],
    });
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
