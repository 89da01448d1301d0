import { describe, expect, test } from "vitest";
import { archiveOf, type Engine, execute } from "../support/engine.ts";
import { archiveFrom, setScene } from "./scene.ts";

const USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password_hash TEXT)";
const POSTS =
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INT, title TEXT, CONSTRAINT a FOREIGN KEY (author_id) REFERENCES users (id))";
const ROWS = [
  "INSERT INTO users VALUES (1, 'ada', 'x'), (2, 'bob', 'y')",
  "INSERT INTO posts VALUES (7, 1, 'one'), (8, 2, 'two'), (9, NULL, 'three')",
];

/** Rows that refer to rows of a table which does not travel. */
export function describeReferences(name: string, engine: Engine): void {
  describe(`References to what does not travel, on ${name}`, () => {
    const everything = () => archiveFrom(engine, [USERS, POSTS], ROWS, { all: true });
    const without = () => archiveFrom(engine, [USERS, POSTS], ROWS);

    test("to a table that the target lacks are found by the dry run, with what to ask for", async () => {
      const scene = await setScene(engine, ["CREATE TABLE other (id INTEGER PRIMARY KEY)"]);
      for (const source of [await everything(), await without()]) {
        for (const dryRun of [true, false]) {
          const error = await scene.refuse(source, "FOREIGN_KEY", { create: true, dryRun });
          expect(error.details).toMatchObject({
            reason: "parent-missing",
            table: "posts",
            parents: ["users"],
            references: [{ table: "posts", columns: ["author_id"], parent: "users" }],
          });
        }
      }
      const error = await scene.refuse(await everything(), "FOREIGN_KEY", { create: true });
      expect(error.message).toContain('"posts" (author_id) refers to "users"');
      expect(error.message).toContain("holds credentials (password_hash)");
      const report = await scene.sync(await everything(), { create: true, include: ["users"] });
      expect(report.results).toMatchObject({ posts: { inserted: 3 }, users: { inserted: 2 } });
    });

    test("to a table that the target lacks are found in a table that is there", async () => {
      const scene = await setScene(engine, [POSTS]);
      const error = await scene.refuse({ posts: [{ id: 1, author_id: null }] }, "FOREIGN_KEY", {
        dryRun: true,
      });
      expect(error.details).toMatchObject({ reason: "parent-missing", parents: ["users"] });
    });

    test("to itself, to another table that comes, and to a table that is there, are fine", async () => {
      const schema = [
        "CREATE TABLE teams (id INTEGER PRIMARY KEY, above INT REFERENCES TEAMS)",
        'CREATE TABLE people (id INTEGER PRIMARY KEY, "references" TEXT, team INT REFERENCES teams, owner INT REFERENCES users)',
      ];
      const scene = await setScene(engine, [USERS], ["INSERT INTO users VALUES (1, 'ada', 'x')"]);
      const source = await archiveFrom(
        engine,
        [USERS, ...schema],
        [
          "INSERT INTO users VALUES (1, 'ada', 'x')",
          "INSERT INTO teams VALUES (1, NULL), (2, 1)",
          "INSERT INTO people VALUES (1, 'r', 2, 1)",
        ],
      );
      const report = await scene.sync(source, { create: true });
      expect(report.results).toMatchObject({ teams: { inserted: 2 }, people: { inserted: 1 } });
    });

    test.each([true, false])("to a row that is not there are found by the dry run: made %s", async (made) => {
      const scene = await setScene(
        engine,
        [USERS, ...(made ? [] : [POSTS])],
        ["INSERT INTO users VALUES (1, 'ada', 'x')"],
      );
      for (const dryRun of [true, false]) {
        const error = await scene.refuse(await without(), "FOREIGN_KEY", { dryRun, create: made });
        expect(error.details).toMatchObject({
          reason: "parent-row-missing",
          table: "posts",
          columns: ["author_id"],
          parent: "users",
          key: "[8]",
          rows: 1,
        });
        expect(error.message).toContain(
          'The row with the key [8] of "posts" points to a row of "users" (author_id)',
        );
      }
    });

    test("that takes part itself say so: to bring its table along would change nothing", async () => {
      const scene = await setScene(engine, [USERS, POSTS]);
      await execute(scene.target, ROWS);
      const source = await engine.source();
      await execute(source, [USERS, POSTS.replace(/, CONSTRAINT.*/, ")"), ...ROWS]);
      await execute(source, ["UPDATE posts SET author_id = 77 WHERE id = 7"]);
      const archive = await archiveOf(source, { all: true });
      const error = await scene.refuse(archive, "FOREIGN_KEY", { all: true });
      expect(error.details).toMatchObject({ reason: "parent-row-missing", parent: "users", inSync: true });
      const alone = await scene.refuse(archive, "FOREIGN_KEY", { tables: ["posts"] });
      expect(alone.details).not.toHaveProperty("inSync");
    });

    test("are counted slice by slice", async () => {
      const scene = await setScene(engine, [USERS, POSTS]);
      const source = await archiveFrom(
        engine,
        [USERS, POSTS],
        [
          ...ROWS,
          "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO posts SELECT i, 1 + i % 2, hex(zeroblob(2000)) FROM n",
        ],
        { frameBytes: 70_000 },
      );
      const error = await scene.refuse(source, "FOREIGN_KEY", { dryRun: true, sliceBytes: 100_000 });
      expect(error.details).toMatchObject({ rows: 303, key: expect.stringMatching(/^\[\d+\]$/) });
    });

    test("that mode insert does not write stop nothing", async () => {
      const scene = await setScene(
        engine,
        [USERS, POSTS],
        ["INSERT INTO users VALUES (1, 'ada', 'x')", "INSERT INTO posts VALUES (8, 1, 'live')"],
      );
      const report = await scene.sync(await without(), { mode: "insert" });
      expect(report.results!.posts).toMatchObject({ inserted: 2, unchanged: 1 });
    });
  });

  describe(`Rows that stay, on ${name}`, () => {
    const schema = [
      "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
      "CREATE TABLE c (id TEXT PRIMARY KEY, p INT REFERENCES p, code TEXT REFERENCES p (code))",
    ];
    const rows = [
      "INSERT INTO p VALUES (1, 'a'), (2, 'b')",
      "INSERT INTO c VALUES ('k', 1, NULL), ('l', NULL, 'b')",
    ];

    test("and point to rows that a mirror would delete are named, with their column", async () => {
      const scene = await setScene(engine, schema, rows);
      const source = await archiveFrom(engine, schema, ["INSERT INTO p VALUES (2, 'b')"]);
      const error = await scene.refuse(source, "FOREIGN_KEY", {
        mode: "mirror",
        tables: ["p"],
        dryRun: true,
      });
      expect(error.details).toMatchObject({
        reason: "delete-reaches-rows",
        table: "p",
        child: "c",
        columns: ["p"],
        key: '["k"]',
        rows: 1,
      });
      expect(error.message).toContain('the row ["k"] of "c" points to (p)');
    });

    test("and point to a value that another row brings again stop nothing", async () => {
      const scene = await setScene(engine, schema, rows);
      const brings = ["INSERT INTO p VALUES (1, 'a'), (3, NULL), (4, 'b')"];
      const source = await archiveFrom(engine, schema, brings);
      const report = await scene.sync(source, { mode: "mirror", tables: ["p"] });
      expect(report).toMatchObject({ verified: true, results: { p: { inserted: 2, deleted: 1 } } });
      expect(await scene.rows("c")).toEqual([
        ["k", 1, null],
        ["l", null, "b"],
      ]);
    });

    test.each(["CASCADE", "SET NULL", "RESTRICT"])(
      "and would be gone, or let go, before another row brings their value again: ON DELETE %s",
      async (does) => {
        const followed = [
          schema[0]!,
          `CREATE TABLE c (id TEXT PRIMARY KEY, code TEXT REFERENCES p (code) ON DELETE ${does})`,
        ];
        const scene = await setScene(engine, followed, [rows[0]!, "INSERT INTO c VALUES ('l', 'b')"]);
        const source = await archiveFrom(engine, followed, ["INSERT INTO p VALUES (4, 'b')"]);
        const error = await scene.refuse(source, "FOREIGN_KEY", { mode: "mirror", tables: ["p"] });
        expect(error.details).toMatchObject({ reason: "delete-reaches-rows", key: '["l"]' });
      },
    );

    test("and point to a value that is taken away, by a row beside one with none, are named", async () => {
      const scene = await setScene(engine, schema, rows);
      const error = await scene.refuse(
        {
          p: [
            { id: 1, code: null },
            { id: 2, code: "z" },
          ],
        },
        "FOREIGN_KEY",
      );
      expect(error.details).toMatchObject({ reason: "update-reaches-rows", key: '["l"]' });
    });

    test("and point to a value that an update takes away are named, with their column", async () => {
      const scene = await setScene(engine, schema, rows);
      const error = await scene.refuse({ p: [{ id: 2, code: "z" }] }, "FOREIGN_KEY");
      expect(error.details).toMatchObject({
        reason: "update-reaches-rows",
        table: "p",
        child: "c",
        columns: ["code"],
        key: '["l"]',
      });
    });
  });

  test(`A refused row's table and column are told apart where both hold dots, on ${name}`, async () => {
    const scene = await setScene(engine, [
      'CREATE TABLE "a.b" (id INTEGER PRIMARY KEY, "c.d" TEXT NOT NULL, e TEXT)',
      'CREATE TABLE a (id INTEGER PRIMARY KEY, "b.e" TEXT NOT NULL)',
    ]);
    const one = await scene.refuse({ "a.b": [{ id: 1, "c.d": null }] }, "ROW_REFUSED");
    expect(one.details).toMatchObject({ table: "a.b", column: "c.d" });
    const other = await scene.refuse({ a: [{ id: 1, "b.e": null }] }, "ROW_REFUSED");
    expect(other.details).toMatchObject({ table: "a", column: "b.e" });
  });
}
