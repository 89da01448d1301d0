import { describe, expect, test } from "vitest";
import { Params } from "../../../src/database/sql/params.ts";
import { deleteStatements } from "../../../src/sync/apply/statements/delete-rows.ts";
import { upsertStatements } from "../../../src/sync/apply/statements/upsert.ts";
import { wideInsertStatements } from "../../../src/sync/apply/statements/wide-insert.ts";
import { cellOnceParentIsThere } from "../../../src/sync/compare/cyclic-keys.ts";
import { notStaged } from "../../../src/sync/compare/not-staged.ts";
import { differs } from "../../../src/sync/compare/row-differs.ts";
import { MERGE, stagedScene, told } from "../../support/staged-scene.ts";

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, "n?1" TEXT DEFAULT 'd', a)`;
const LIVE = "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (9, 'nine', 9)";
const rows = {
  table: "t",
  columns: ["id", "n?1", "a"],
  rows: [
    [1, "one", 1],
    [2, "zwei", 2],
    [3, "three", 3],
  ],
};

describe("A row differs", () => {
  test("in bytes whatever a collation says, and in class where a column keeps both", async () => {
    const { incoming, shape } = await stagedScene([TABLE], [rows]);
    const sql = differs(incoming, { cell: (name) => `<${name}>` });
    expect(sql).toBe(
      [
        `(((live."id" COLLATE BINARY IS NOT <id> OR live."n?1" COLLATE BINARY IS NOT <n?1>) OR live."a" COLLATE BINARY IS NOT <a>) OR`,
        `(typeof(live."a") IS NOT typeof(<a>) OR`,
        `(live."a" IS 0 AND atan2(live."a", -1) < 0)))`,
      ].join(" "),
    );
    expect(differs({ ...incoming, shape: { ...shape, columns: [] } }, { cell: String })).toBe("0");
  });

  test.each([
    ["'x'", "'x'", 0],
    ["'X'", "'x'", 1],
    ["NULL", "'x'", 1],
    ["NULL", "NULL", 0],
    ["1", "1.0", 1],
    ["0.0", "('[-0.0]' ->> 0)", 1],
    ["('[-0.0]' ->> 0)", "0.0", 1],
    ["('[-0.0]' ->> 0)", "('[-0.0]' ->> 0)", 0],
    ["0", "0", 0],
  ])("%s beside %s: %i", async (live, incoming, expected) => {
    const scene = await stagedScene(
      ["CREATE TABLE t (id INTEGER PRIMARY KEY, v COLLATE NOCASE)", `INSERT INTO t VALUES (1, ${live})`],
      [{ table: "t", columns: ["v"], rows: [["x"]] }],
    );
    const { shape } = scene.incoming;
    const codes = new Map(incoming.includes("-0") ? [[shape.columns.indexOf("v"), "z"]] : []);
    const sql = differs({ ...scene.incoming, shape: { ...shape, codes } }, { cell: () => incoming });
    expect(await scene.ask(`SELECT ${sql} FROM t AS live`)).toEqual([[expected]]);
  });
});

describe("An upsert", () => {
  test("inserts, and updates what differs", async () => {
    const scene = await stagedScene([TABLE, LIVE], [rows]);
    const made = upsertStatements(scene.incoming, MERGE, { maxColumns: 100 });
    expect(made.map((statement) => told(statement)).join("\n;\n")).toMatchInlineSnapshot(`
      "INSERT OR ABORT INTO "t" AS live ("id", "n?1", "a")
      SELECT (s.v ->> 0), (s.v ->> 1), (s.v ->> 2) FROM (staged rows) AS s WHERE 1 ON CONFLICT ("id") DO UPDATE SET "n?1" = excluded."n?1", "a" = excluded."a" WHERE ((live."n?1" COLLATE BINARY IS NOT excluded."n?1" OR live."a" COLLATE BINARY IS NOT excluded."a") OR (typeof(live."a") IS NOT typeof(excluded."a") OR (live."a" IS 0 AND atan2(live."a", -1) < 0)))
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["id","n?1","a"]}'"
    `);
    const [result] = await scene.run(made);
    expect(result?.changes).toBe(2);
    expect(await scene.ask("SELECT * FROM t")).toEqual([
      [1, "one", 1],
      [2, "zwei", 2],
      [3, "three", 3],
      [9, "nine", 9],
    ]);
  });

  test("of mode insert leaves what is there", async () => {
    const scene = await stagedScene([TABLE, LIVE], [rows]);
    const rules = { ...MERGE, mode: "insert" } as const;
    const made = upsertStatements(scene.incoming, rules, { maxColumns: 100 });
    expect(told(made[0]!)).toContain('ON CONFLICT ("id") DO NOTHING');
    await scene.run(made);
    expect(await scene.ask('SELECT "n?1" FROM t')).toEqual([["one"], ["two"], ["three"], ["nine"]]);
  });

  test("of rows that lack columns keeps what is there, or takes the default", async () => {
    const ragged = {
      ...{ table: "t", columns: ["id", "n?1"], ragged: true, codes: "1a" },
      rows: [
        [1, ["a", ""]],
        [4, ["a", ""]],
        [5, "five"],
      ],
    };
    const scene = await stagedScene([TABLE, LIVE], [ragged]);
    const made = upsertStatements(scene.incoming, MERGE, { maxColumns: 100 });
    expect(made.map((statement) => told(statement)).join("\n;\n")).toMatchInlineSnapshot(`
      "INSERT OR ABORT INTO "t" AS live ("id", "n?1")
      SELECT (s.v ->> 0), CASE json_type(s.v, '$[1]') WHEN 'array' THEN iif(own."id" IS NULL, ('d'), own."n?1") ELSE (s.v ->> 1) END FROM (staged rows) AS s LEFT JOIN "t" AS own ON own."id" = (s.v ->> 0) WHERE 1 ON CONFLICT ("id") DO UPDATE SET "n?1" = excluded."n?1" WHERE (live."n?1" COLLATE BINARY IS NOT excluded."n?1" OR typeof(live."n?1") IS NOT typeof(excluded."n?1"))
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["id","n?1"],"ragged":true}'"
    `);
    await scene.run(made);
    expect(await scene.ask('SELECT id, "n?1" FROM t WHERE id IN (1, 4, 5)')).toEqual([
      [1, "one"],
      [4, "d"],
      [5, "five"],
    ]);
  });

  test("of more columns than a SELECT may have goes through the trigger of a view, of which nothing stays", async () => {
    const scene = await stagedScene([TABLE, LIVE], [rows]);
    const made = upsertStatements(scene.incoming, MERGE, { maxColumns: 2 });
    expect(made.map((statement) => told(statement)).join("\n;\n")).toMatchInlineSnapshot(`
      "CREATE VIEW "_ferry_wide" (v, run) AS SELECT NULL, NULL
      ;
      CREATE TRIGGER "_ferry_wide_row" INSTEAD OF INSERT ON "_ferry_wide" BEGIN INSERT OR ABORT INTO "t" ("id", "n?1", "a") VALUES ((NEW.v ->> 0), (NEW.v ->> 1), (NEW.v ->> 2))
      ON CONFLICT ("id") DO UPDATE SET "n?1" = excluded."n?1", "a" = excluded."a" WHERE (("t"."n?1" COLLATE BINARY IS NOT excluded."n?1" OR "t"."a" COLLATE BINARY IS NOT excluded."a") OR (typeof("t"."a") IS NOT typeof(excluded."a") OR ("t"."a" IS 0 AND atan2("t"."a", -1) < 0))); END
      ;
      INSERT INTO "_ferry_wide" (v, run) SELECT s.v, s.run FROM (staged rows) AS s WHERE 1
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["id","n?1","a"]}'
      ;
      DROP VIEW "_ferry_wide""
    `);
    await scene.run(made);
    expect(await scene.ask("SELECT id, a FROM t")).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [9, 9],
    ]);
    expect(await scene.ask("SELECT name FROM sqlite_schema WHERE name LIKE '%wide%'")).toEqual([]);
  });
});

test("A wide insert hands rows on by a view", () => {
  const made = wideInsertStatements({
    select: { sql: "SELECT v, run FROM s WHERE run = ?1", params: ["r"] },
    insert: "INSERT INTO t VALUES (NEW.v ->> 0)",
  });
  expect(made.map((statement) => told(statement))).toEqual([
    'CREATE VIEW "_ferry_wide" (v, run) AS SELECT NULL, NULL',
    'CREATE TRIGGER "_ferry_wide_row" INSTEAD OF INSERT ON "_ferry_wide" BEGIN INSERT INTO t VALUES (NEW.v ->> 0); END',
    "INSERT INTO \"_ferry_wide\" (v, run) SELECT v, run FROM s WHERE run = ?1\n-- ?1 = 'r'",
    'DROP VIEW "_ferry_wide"',
  ]);
});

describe("A mirror", () => {
  test("deletes what no staged row has the key of, NULLs in keys included", async () => {
    const pairs = "CREATE TABLE t (a, b, PRIMARY KEY (a, b))";
    const live = "INSERT INTO t VALUES (1, 1), (1, 2), (NULL, 1), (NULL, NULL)";
    const scene = await stagedScene([pairs, live], [{ table: "t", columns: ["b", "a"], rows: [[1, 1]] }]);
    const { deletes } = await scene.list({ ...MERGE, mode: "mirror" });
    const made = deleteStatements(deletes);
    expect(made.map((statement) => told(statement)).join("\n;\n")).toMatchInlineSnapshot(`
      "DELETE FROM "t" AS live WHERE live."rowid" IN (SELECT (s.v ->> 0) FROM (staged rows) AS s)
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["rowid","a","b"]}'"
    `);
    await scene.run(made);
    expect(await scene.ask("SELECT * FROM t")).toEqual([[1, 1]]);
  });

  test("keeps what is staged anywhere, also where only a part of it is looked at", async () => {
    const scene = await stagedScene(
      [TABLE, LIVE],
      [
        { table: "t", columns: ["id"], rows: [[1]] },
        { table: "t", columns: ["id", "a"], rows: [[2, 2]] },
      ],
    );
    const { shapes } = scene.table;
    const part = { ...scene.table, shapes: shapes.slice(0, 1), whole: { shapes, gone: [] } };
    const params = new Params();
    const sql = notStaged(part, "live", params);
    expect(await scene.ask(`SELECT id FROM t AS live WHERE ${sql}`, params.values)).toEqual([[9]]);
  });

  test("deletes children before their parents", async () => {
    const scene = await stagedScene(
      ["CREATE TABLE p (id INTEGER PRIMARY KEY)", "CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p)"],
      [
        { table: "p", columns: ["id"], rows: [[1]] },
        { table: "c", columns: ["id"], rows: [[1]] },
      ],
    );
    const tables = deleteStatements(scene.staged.tables).map(({ sql }) => /FROM "(\w)"/.exec(sql)?.[1]);
    expect(tables).toEqual(["c", "p"]);
  });

  test("takes every row for one that is not staged where none has a key", async () => {
    const { table } = await stagedScene(
      ["CREATE TABLE t (k TEXT PRIMARY KEY, v)"],
      [{ table: "t", columns: ["v"], rows: [["x"]] }],
    );
    expect(notStaged(table, "live", new Params())).toBe("1");
  });
});

test("A cyclic key is empty as long as its parent is not there", async () => {
  const scene = await stagedScene(
    ["CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t)", "INSERT INTO t VALUES (1, NULL)"],
    [
      {
        table: "t",
        columns: ["id", "up"],
        rows: [
          [2, 1],
          [3, 4],
        ],
      },
    ],
  );
  const keys = scene.table.table.foreignKeys;
  const part = (column: string) => cellOnceParentIsThere({ cell: (name) => `<${name}>` }, keys, column);
  expect(part("id")).toBe("<id>");
  expect(part("up")).toBe(
    'CASE WHEN EXISTS (SELECT 1 FROM "t" AS parent WHERE parent."id" = <up>) THEN <up> END',
  );
  await scene.run(upsertStatements(scene.incoming, MERGE, { maxColumns: 100, emptyKeys: keys }));
  expect(await scene.ask("SELECT id, up FROM t")).toEqual([
    [1, null],
    [2, 1],
    [3, null],
  ]);
});
