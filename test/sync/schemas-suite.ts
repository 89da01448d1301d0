import { describe, expect, test } from "vitest";
import type { Mode } from "../../src/sync/run/options.ts";
import { dumpSchema, dumpTables } from "../support/dump.ts";
import type { Engine } from "../support/engine.ts";
import { archiveFrom, photograph, result, setScene } from "./scene.ts";

/** Tables as people make them, carried from one database to another. */
export function describeSchemas(name: string, engine: Engine): void {
  /** Syncs all of a database into one with the same tables and other rows; both must be equal then. */
  async function mirrored(schema: string[], rows: string[], live: string[] = [], mode: Mode = "mirror") {
    const database = await engine.source();
    const source = await archiveFrom({ ...engine, source: async () => database }, schema, rows);
    const scene = await setScene(engine, schema, live);
    const before = await dumpSchema(scene.target);
    const report = await scene.sync(source, { mode });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(await dumpTables(scene.target)).toEqual(await dumpTables(database));
    expect(await dumpSchema(scene.target)).toEqual(before);
    return { scene, report, source, database };
  }

  describe(`Triggers on ${name}`, () => {
    const schema = [
      "CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)",
      "CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT)",
      "CREATE TRIGGER added AFTER INSERT ON items BEGIN INSERT INTO log (what) VALUES ('added ' || new.id); END",
      `CREATE TRIGGER "changed; END" BEFORE UPDATE ON "items" WHEN new.v <> old.v BEGIN
         SELECT RAISE(ABORT, 'no changes'); END`,
      "CREATE TRIGGER gone AFTER DELETE ON ITEMS BEGIN INSERT INTO log (what) VALUES ('gone'); END",
      "CREATE TRIGGER other AFTER INSERT ON log BEGIN SELECT 1; END",
    ];

    test("neither fire nor vanish", async () => {
      const source = await archiveFrom(engine, schema.slice(0, 2), [
        "INSERT INTO items VALUES (1, 'x'), (3, 'z')",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO items VALUES (1, 'a'), (2, 'b')",
        "DELETE FROM log",
      ]);
      const before = await dumpSchema(scene.target);
      await scene.sync(source, { mode: "mirror", tables: ["items"] });
      expect(await scene.rows("items")).toEqual([
        [1, "x"],
        [3, "z"],
      ]);
      expect(await scene.rows("log")).toEqual([]);
      expect(await dumpSchema(scene.target)).toEqual(before);
      await scene.target.batch([{ sql: "INSERT INTO items VALUES (9, 'y')" }]);
      expect(await scene.rows("log", "what")).toEqual([["added 9"]]);
    });

    test("are still there after a sync that is refused", async () => {
      const scene = await setScene(engine, schema);
      await scene.refuse({ items: [{ id: 1, v: "a" }], log: [{ id: "not a rowid" }] }, "ROW_REFUSED");
    });
  });

  describe(`Full-text search on ${name}`, () => {
    const find = async (scene: Awaited<ReturnType<typeof setScene>>, table: string, words: string) =>
      (
        await scene.target.query({
          sql: `SELECT rowid FROM ${table} WHERE ${table} MATCH '${words}' ORDER BY rowid`,
        })
      ).flat();

    test("finds what a table of its own brought, and no more what it lost", async () => {
      const schema = ["CREATE VIRTUAL TABLE docs USING fts5 (title, body)"];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO docs (rowid, title, body) VALUES (1, 'one', 'apple pear'), (5, 'five', 'plum')",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO docs (rowid, title, body) VALUES (1, 'one', 'cherry'), (9, 'nine', 'apple')",
      ]);
      const report = await scene.sync(source, { mode: "mirror" });
      expect(report.results!.docs).toMatchObject({ attempted: 2, deleted: 1 });
      expect(await find(scene, "docs", "apple")).toEqual([1]);
      expect(await find(scene, "docs", "plum")).toEqual([5]);
      expect(await find(scene, "docs", "cherry")).toEqual([]);
    });

    test("finds what arrived in the table that it indexes, kept by triggers that did not fire", async () => {
      const schema = [
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT)",
        "CREATE VIRTUAL TABLE search USING fts5 (body, content='posts', content_rowid='id')",
        "CREATE TRIGGER posts_ai AFTER INSERT ON posts BEGIN INSERT INTO search (rowid, body) VALUES (new.id, new.body); END",
        "CREATE TRIGGER posts_ad AFTER DELETE ON posts BEGIN INSERT INTO search (search, rowid, body) VALUES ('delete', old.id, old.body); END",
        `CREATE TRIGGER posts_au AFTER UPDATE ON posts BEGIN
           INSERT INTO search (search, rowid, body) VALUES ('delete', old.id, old.body);
           INSERT INTO search (rowid, body) VALUES (new.id, new.body); END`,
      ];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO posts VALUES (1, 'apple pear'), (5, 'plum')",
      ]);
      const scene = await setScene(engine, schema, ["INSERT INTO posts VALUES (1, 'cherry'), (9, 'apple')"]);
      const before = await dumpSchema(scene.target);
      await scene.sync(source, { mode: "mirror" });
      expect(await find(scene, "search", "apple")).toEqual([1]);
      expect(await find(scene, "search", "plum")).toEqual([5]);
      expect(await find(scene, "search", "cherry")).toEqual([]);
      expect(await dumpSchema(scene.target)).toEqual(before);
      await scene.target.batch([{ sql: "INSERT INTO search (search) VALUES ('integrity-check')" }]);
    });
  });

  describe(`Foreign keys on ${name}`, () => {
    test.each([["children first"], ["parents first"]])(
      "are filled in any order of tables: %s",
      async (order) => {
        const parents = "CREATE TABLE parents (id INTEGER PRIMARY KEY)";
        const children =
          "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents)";
        await mirrored(
          order === "parents first" ? [parents, children] : [children, parents],
          ["INSERT INTO parents VALUES (1), (2)", "INSERT INTO children VALUES (1, 2), (2, 1)"],
          ["INSERT INTO parents VALUES (7)", "INSERT INTO children VALUES (2, 7), (9, 7)"],
        );
      },
    );

    test("to the same table are filled in any order of rows, and deleted", async () => {
      await mirrored(
        ["CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree)"],
        ["INSERT INTO tree VALUES (1, 5), (2, 1), (5, NULL), (6, 6)"],
        ["INSERT INTO tree VALUES (8, NULL), (9, 8), (7, 9), (1, 7)"],
      );
    });

    test("in a cycle of tables are filled and deleted", async () => {
      await mirrored(
        [
          "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES b)",
          "CREATE TABLE b (id INTEGER PRIMARY KEY, c INTEGER NOT NULL REFERENCES c ON DELETE CASCADE)",
          "CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a ON DELETE CASCADE)",
        ],
        ["INSERT INTO a VALUES (1, 1)", "INSERT INTO b VALUES (1, 1)", "INSERT INTO c VALUES (1, 1)"],
        [
          "INSERT INTO a VALUES (1, 2), (2, 1)",
          "INSERT INTO b VALUES (1, 2), (2, 2)",
          "INSERT INTO c VALUES (2, 2)",
        ],
      );
    });

    test.each(["", "ON DELETE CASCADE", "ON DELETE SET NULL", "ON DELETE RESTRICT"])(
      "of rows that move to another parent keep them when a mirror deletes the old one (%s)",
      async (action) => {
        const { report } = await mirrored(
          [
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            `CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ${action}, note TEXT)`,
          ],
          ["INSERT INTO p VALUES (2)", "INSERT INTO c VALUES (1, 2, 'stays')"],
          ["INSERT INTO p VALUES (1)", "INSERT INTO c VALUES (1, 1, 'stays'), (2, 1, 'goes')"],
        );
        expect(report.results).toEqual({
          p: result({ attempted: 1, inserted: 1, deleted: 1 }),
          c: result({ attempted: 1, updated: 1, deleted: 1 }),
        });
      },
    );

    test.each(["", "ON DELETE CASCADE", "ON DELETE SET NULL"])(
      "from tables outside the sync stop a mirror that would delete what they point to (%s)",
      async (action) => {
        const schema = [
          "CREATE TABLE p (id INTEGER PRIMARY KEY)",
          `CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ${action})`,
        ];
        const source = await archiveFrom(engine, schema, ["INSERT INTO p VALUES (2)"]);
        const scene = await setScene(engine, schema, [
          "INSERT INTO p VALUES (1), (3)",
          "INSERT INTO c VALUES (1, 1)",
        ]);
        const error = await scene.refuse(source, "FOREIGN_KEY", { mode: "mirror", tables: ["p"] });
        expect(error.message).toContain('"c"');
        // What nobody points to may go.
        await scene.target.batch([{ sql: "DELETE FROM c" }]);
        await scene.sync(source, { mode: "mirror", tables: ["p"] });
        expect(await scene.rows("p")).toEqual([[2]]);
      },
    );

    test("of several columns, and to a unique key, are checked", async () => {
      const schema = [
        "CREATE TABLE p (a INT, b TEXT, u TEXT UNIQUE, PRIMARY KEY (a, b))",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, a INT, b TEXT, u TEXT REFERENCES p (u), FOREIGN KEY (a, b) REFERENCES p)",
      ];
      await mirrored(schema, [
        "INSERT INTO p VALUES (1, 'x', 'ux')",
        "INSERT INTO c VALUES (1, 1, 'x', 'ux'), (2, 1, NULL, NULL)",
      ]);
      const scene = await setScene(engine, schema);
      for (const row of [
        { id: 1, a: 1, b: "y", u: null },
        { id: 1, a: null, b: null, u: "nobody" },
      ]) {
        const error = await scene.refuse({ p: [{ a: 1, b: "x", u: "ux" }], c: [row] }, "FOREIGN_KEY");
        expect(error.details).toMatchObject({ table: "c", parent: "p", key: "[1]" });
      }
    });

    test("to nothing are refused in a mirror whose deletes would have hidden them", async () => {
      for (const action of ["ON DELETE CASCADE", "ON DELETE SET NULL", ""]) {
        const scene = await setScene(
          engine,
          [
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            `CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ${action})`,
          ],
          ["INSERT INTO p VALUES (1)"],
        );
        await scene.refuse({ p: [], c: [{ id: 7, p: 1 }] }, "FOREIGN_KEY", { mode: "mirror" });
      }
    });
  });

  describe(`Keys on ${name}`, () => {
    test("that give out numbers go on where the source's left off", async () => {
      const schema = [
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)",
        "CREATE TABLE e (id INTEGER PRIMARY KEY AUTOINCREMENT)",
      ];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO t VALUES (1, 'a'), (500, 'b')",
        "DELETE FROM t WHERE id = 500",
        "INSERT INTO e VALUES (70)",
        "DELETE FROM e",
      ]);
      const scene = await setScene(engine, schema);
      await scene.sync(source);
      await scene.target.batch([
        { sql: "INSERT INTO t (v) VALUES ('next')" },
        { sql: "INSERT INTO e DEFAULT VALUES" },
      ]);
      expect(await scene.rows("t", "id")).toEqual([[1], [501]]);
      expect(await scene.rows("e", "id")).toEqual([[71]]);
    });

    test("that give out numbers never go back", async () => {
      const schema = ["CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)"];
      const source = await archiveFrom(engine, schema, ["INSERT INTO t VALUES (5, 'a')"]);
      const scene = await setScene(engine, schema, ["INSERT INTO t VALUES (900, 'x')"]);
      await scene.sync(source, { mode: "mirror" });
      await scene.target.batch([{ sql: "INSERT INTO t (v) VALUES ('next')" }]);
      expect(await scene.rows("t", "id")).toEqual([[5], [901]]);
    });

    test("without regard to case take the text as it is written in the source", async () => {
      const { report } = await mirrored(
        ["CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v TEXT COLLATE NOCASE)"],
        ["INSERT INTO t VALUES ('Ada', 'X'), ('bob', 'y')"],
        ["INSERT INTO t VALUES ('ADA', 'x'), ('BOB', 'y'), ('Cy', '')"],
      );
      expect(report.results!.t).toEqual(result({ attempted: 2, updated: 2, deleted: 1 }));
    });

    test.each([
      [
        "of text",
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INT)",
        "('', 1), ('a', 2), ('A', 3), ('ä', 4), ('10', 5), ('9', 6)",
        "('a', 9), ('zz', 1)",
      ],
      [
        "of blobs",
        "CREATE TABLE t (k BLOB PRIMARY KEY, v INT)",
        "(x'', 1), (x'00', 2), (x'ff', 3), ('text', 4)",
        "(x'00', 7), (x'01', 1)",
      ],
      [
        "of any type",
        "CREATE TABLE t (k PRIMARY KEY, v INT)",
        "(1, 1), ('1', 2), (x'31', 3), (1.5, 4), (9007199254740993, 5), (-9e999, 6)",
        "('1', 7), (2, 1)",
      ],
      [
        "of REALs",
        "CREATE TABLE t (k REAL PRIMARY KEY, v INT)",
        "(1, 1), (1.5, 2), (9e999, 3), (-1e300, 4)",
        "(1.5, 7), (2, 1)",
      ],
      [
        "of two columns",
        "CREATE TABLE t (a TEXT, b INT, v INT, PRIMARY KEY (b, a))",
        "('x', 1, 1), ('y', 1, 2), ('x', 2, 3)",
        "('x', 2, 9), ('q', 7, 1)",
      ],
      [
        "WITHOUT ROWID",
        "CREATE TABLE t (a TEXT, b INT, v INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
        "('x', 1, 1), ('y', 1, 2)",
        "('x', 1, 9), ('q', 7, 1)",
      ],
      [
        "that descend",
        "CREATE TABLE t (k INTEGER PRIMARY KEY DESC, v INT)",
        "(1, 1), (2, 2)",
        "(2, 9), (3, 3)",
      ],
      [
        "of big integers",
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v INT)",
        "(9223372036854775807, 1), (-9223372036854775808, 2), (9007199254740993, 3), (9007199254740992, 4)",
        "(9007199254740993, 9), (9223372036854775806, 5)",
      ],
      [
        "that are all there is",
        "CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b))",
        "(1, 1), (1, 2)",
        "(1, 1), (2, 2)",
      ],
      [
        "that are the rowid, declared by nobody",
        "CREATE TABLE t (a INT, b TEXT)",
        "(1, 'x'), (1, 'x'), (NULL, NULL)",
        "(7, 'y')",
      ],
      [
        "that are the rowid beside a column rowid",
        "CREATE TABLE t (rowid TEXT, b TEXT)",
        "('x', 'y'), ('x', 'z')",
        "('q', 'y')",
      ],
      [
        "that hold NULL",
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INT)",
        "(NULL, 1), (NULL, 2), ('a', 3)",
        "('a', 9), ('b', 1)",
      ],
      [
        "that hold NULL in a part",
        "CREATE TABLE t (a TEXT, b INT, v INT, PRIMARY KEY (a, b))",
        "(NULL, 1, 1), ('a', NULL, 2), ('a', NULL, 3)",
        "('a', 1, 9)",
      ],
    ])("%s are carried", async (_, table, rows, live) => {
      await mirrored([table], [`INSERT INTO t VALUES ${rows}`], [`INSERT INTO t VALUES ${live}`]);
    });

    test("that hold NULL are carried again, with nothing to do", async () => {
      const { scene, source } = await mirrored(
        ["CREATE TABLE t (k TEXT PRIMARY KEY, v INT)"],
        ["INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('a', 3)"],
      );
      const report = await scene.sync(source, { version: 2, mode: "mirror" });
      expect(report.results).toEqual({ t: result({ attempted: 3, unchanged: 3 }) });
    });
  });

  describe(`Tables on ${name}`, () => {
    test("with columns of every kind of cell arrive as they were", async () => {
      await mirrored(
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, a, i INTEGER, r REAL, x TEXT, n NUMERIC, b BLOB)"],
        [
          "INSERT INTO t VALUES (1, 1.0, 9223372036854775807, 1, 'a' || char(0) || 'b', 1e300, x'00ff')",
          "INSERT INTO t VALUES (2, 1, -9007199254740993, -9e999, char(65533), 9e999, zeroblob(10))",
          "INSERT INTO t VALUES (3, 9e999, 'text', 'text', CAST(x'ff41' AS TEXT), '12abc', 'text')",
          "INSERT INTO t VALUES (4, 5e-324, 1.5, 2.2250738585072011e-308, char(65279) || x'', 0.1, 1.0)",
          "INSERT INTO t VALUES (5, '[-0.0]' ->> 0, 0, '[-0.0]' ->> 0, '{\"$int\":\"5\"}', 1e23, 123456789012345680000.0)",
          "INSERT INTO t VALUES (6, 9007199254740992.0, 1e19, 1.7976931348623157e308, '[1,2]', 0.1 + 0.2, 9007199254740993)",
          "INSERT INTO t VALUES (7, NULL, NULL, NULL, NULL, NULL, NULL), (8, '', '', '', '', '', x'')",
        ],
        ["INSERT INTO t VALUES (1, 1, 1, 1, 1, 1, 1), (5, 0.0, 0, 0.0, '', 1e23, 1)"],
      );
    });

    test("with numbers that are hard to write arrive to the last bit", async () => {
      const numbers = [
        "4.9406564584124654e-322",
        "8.98846567431158e+307",
        "1.0000000000000002",
        "3.5e-310",
        "7.2911220195563975e-304",
      ];
      const pick = Array.from(
        { length: 200 },
        (_, i) => `(${(Math.sin(i + 1) * 2).toPrecision(17)}e${((i * 37) % 610) - 305})`,
      );
      await mirrored(
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, r REAL, a)"],
        [...numbers, ...pick].map((number, i) => `INSERT INTO t VALUES (${i}, ${number}, ${number})`),
      );
    });

    test("that are STRICT arrive as they were", async () => {
      await mirrored(
        [
          "CREATE TABLE t (id INT PRIMARY KEY NOT NULL, i INTEGER, r REAL, x TEXT, b BLOB, a ANY) STRICT, WITHOUT ROWID",
        ],
        [
          "INSERT INTO t VALUES (1, 9007199254740993, 1, '1', x'31', '1'), (2, NULL, 9e999, '', x'', 1.0), (3, 1, 1.5, 'x', NULL, 1)",
        ],
        ["INSERT INTO t VALUES (2, 1, 1, '1', x'31', 1), (9, NULL, NULL, NULL, NULL, NULL)"],
      );
    });

    test("with generated columns compute them", async () => {
      const { scene } = await mirrored(
        [
          "CREATE TABLE t (v INT AS (a + 1), id INTEGER PRIMARY KEY, a INT, s TEXT AS (a || '!') STORED, z TEXT)",
        ],
        ["INSERT INTO t (id, a, z) VALUES (1, 10, 'x'), (2, NULL, 'y')"],
        ["INSERT INTO t (id, a, z) VALUES (1, 11, 'x')"],
      );
      expect(await scene.rows("t", "id, v, s")).toEqual([
        [1, 11, "10!"],
        [2, null, null],
      ]);
    });

    test.each([
      ["common values", (i: number) => `${i}`, ""],
      ["blobs", (i: number) => `x'${(i % 256).toString(16).padStart(2, "0")}'`, ""],
      ["big integers", (i: number) => `${9007199254740993n + BigInt(i)}`, "_as_some_tool_named_it"],
    ])("of 100 columns, all %s, arrive as they were", async (_, value, suffix) => {
      const columns = Array.from({ length: 99 }, (_, i) => `c${i}${suffix}`);
      await mirrored(
        [`CREATE TABLE wide (id INTEGER PRIMARY KEY, ${columns.join(", ")})`],
        [1, 2, 3].map(
          (id) => `INSERT INTO wide VALUES (${id}, ${columns.map((_, i) => value(i + id)).join(", ")})`,
        ),
        [`INSERT INTO wide (id, c5${suffix}) VALUES (2, 'old'), (9, 'gone')`],
      );
    });

    test("of 99 columns and a rowid arrive as they were", async () => {
      const columns = Array.from({ length: 99 }, (_, i) => `c${i}`);
      await mirrored(
        [`CREATE TABLE wide (${columns.join(", ")})`],
        [`INSERT INTO wide VALUES (${columns.map((_, i) => (i % 3 === 0 ? `${i}.0` : i)).join(", ")})`],
        ["INSERT INTO wide (c7) VALUES ('x'), ('y')"],
      );
    });

    test.each([["always"], ["never"]] as const)(
      "of 100 columns and a rowid arrive as they were, in one transaction: %s",
      async (atomic) => {
        const columns = Array.from({ length: 100 }, (_, i) => `c${i}`);
        const schema = [`CREATE TABLE wide (${columns.map((name) => `${name} NOT NULL`).join(", ")})`];
        const insert = (rowid: number, value: (i: number) => string) =>
          `INSERT INTO wide (rowid, ${columns.join(", ")}) VALUES (${rowid}, ${columns.map((_, i) => value(i)).join(", ")})`;
        const database = await engine.source();
        const source = await archiveFrom({ ...engine, source: async () => database }, schema, [
          insert(1, (i) => `${i}`),
          insert(5, (i) => (i % 2 === 0 ? `${i}.0` : `x'0${i % 10}'`)),
          insert(-7, () => "9007199254740993"),
          insert(8, (i) => `'same ${i}'`),
          insert(9, (i) => (i === 50 ? "CAST(zeroblob(700000) AS TEXT)" : "'b'")),
        ]);
        const scene = await setScene(engine, schema, [
          insert(5, () => "'old'"),
          insert(8, (i) => `'same ${i}'`),
          insert(99, () => "0"),
        ]);
        const before = await dumpSchema(scene.target);
        const report = await scene.sync(source, { mode: "mirror", atomic });
        expect(report).toMatchObject({ status: "completed", verified: true });
        expect(report.results?.wide).toEqual(
          result({ attempted: 5, inserted: 3, updated: 1, unchanged: 1, deleted: 1 }),
        );
        expect(await dumpTables(scene.target)).toEqual(await dumpTables(database));
        expect(await dumpSchema(scene.target)).toEqual(before);
      },
    );

    test("of 100 columns and a rowid are left alone by mode insert, and name the row that is refused", async () => {
      const columns = Array.from({ length: 100 }, (_, i) => `c${i}`);
      const schema = [`CREATE TABLE wide (${columns.join(", ")}, CHECK (c3 <> 'no'))`];
      const source = await archiveFrom(
        engine,
        [`CREATE TABLE wide (${columns.join(", ")})`],
        ["INSERT INTO wide (rowid, c3) VALUES (1, 'new'), (2, 'new')"],
      );
      const scene = await setScene(engine, schema, ["INSERT INTO wide (rowid, c3) VALUES (1, 'old')"]);
      await scene.sync(source, { mode: "insert" });
      expect(await scene.rows("wide", "rowid, c3")).toEqual([
        [1, "old"],
        [2, "new"],
      ]);
      const bad = await archiveFrom(
        engine,
        [`CREATE TABLE wide (${columns.join(", ")})`],
        ["INSERT INTO wide (rowid, c3) VALUES (3, 'yes'), (4, 'no')"],
      );
      const error = await scene.refuse(bad, "ROW_REFUSED", { version: 2 });
      expect(error.message).toContain("[4]");
    });

    test("of 100 columns and a rowid take rows of many shapes from a document", async () => {
      const columns = Array.from({ length: 100 }, (_, i) => `c${i}`);
      const schema = [`CREATE TABLE wide (${columns.map((name) => `${name} DEFAULT 'd'`).join(", ")})`];
      const scene = await setScene(engine, schema, ["INSERT INTO wide (rowid, c1, c2) VALUES (3, 'a', 2)"]);
      const rows = Array.from({ length: 12 }, (_, i) => ({ rowid: i + 1, [`c${i}`]: i }));
      await scene.sync({ wide: rows });
      expect(await scene.rows("wide", "rowid, c1, c2, c11, c99")).toEqual(
        rows.map((_, i) => [
          i + 1,
          i === 1 ? 1 : i === 2 ? "a" : "d",
          i === 2 ? 2 : "d",
          i === 11 ? 11 : "d",
          "d",
        ]),
      );
    });

    test("keyed by 20 of 100 columns arrive as they were", async () => {
      const columns = Array.from({ length: 100 }, (_, i) => `c${i}`);
      await mirrored(
        [`CREATE TABLE wide (${columns.join(", ")}, PRIMARY KEY (${columns.slice(0, 20).join(", ")}))`],
        [`INSERT INTO wide VALUES (${columns.map((_, i) => (i % 3 === 0 ? `${i}.0` : i)).join(", ")})`],
        [`INSERT INTO wide VALUES (${columns.map(() => "1").join(", ")})`],
      );
    });

    test.each([
      ["letters that SQL minds", ['a "b"', "it's", "select", "back`tick", "[x]"]],
      ["any letters", ["ü 😀", "new\nline", "semi;colon", "--comment", "%?1 :a @b $c"]],
      [
        "the names that d1-ferry uses",
        [
          "live",
          "excluded",
          "f",
          "j",
          "displaced",
          "value",
          "rows",
          "flags",
          "c0",
          "c1",
          "#n",
          "#k0",
          "#size",
        ],
      ],
      ["names that JavaScript minds", ["__proto__", "constructor", "toString", "1", "0", "length"]],
      ["the names of tags", ["$int", "$blob", "$text", "$real"]],
    ])("and columns named with %s arrive as they were", async (_, names) => {
      const quoted = names.map((text) => `"${text.replaceAll('"', '""')}"`);
      const schema = quoted.map(
        (table, i) =>
          `CREATE TABLE ${table} (${quoted.map((column, c) => `${column} ${c === i ? "INTEGER PRIMARY KEY" : c === (i + 1) % quoted.length ? "TEXT UNIQUE" : ""}`).join(", ")})`,
      );
      const fill = (from: number) =>
        quoted.map(
          (table) =>
            `INSERT INTO ${table} VALUES ${[0, 1, 2, 3].map((n) => `(${quoted.map((_, c) => (c % 2 === 1 ? `${from + 7 - n}` : from + n)).join(", ")})`).join(", ")}`,
        );
      await mirrored(schema, fill(10), fill(12));
    });

    test("whose order of columns differs from the source's arrive by name", async () => {
      const source = await archiveFrom(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)"],
        ["INSERT INTO t VALUES (1, 'a', 'b')"],
      );
      const scene = await setScene(engine, [
        "CREATE TABLE T (B TEXT, extra TEXT DEFAULT 'own', A TEXT, ID INTEGER PRIMARY KEY)",
      ]);
      await scene.sync(source);
      expect(await scene.rows("T")).toEqual([["b", "own", "a", 1]]);
    });

    test("whose types differ from the source's take what their types make of it", async () => {
      const source = await archiveFrom(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)"],
        ["INSERT INTO t VALUES (1, 1.0, 5, '7'), (2, 'x', 9007199254740993, x'00')"],
      );
      const scene = await setScene(engine, [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c INTEGER)",
      ]);
      const report = await scene.sync(source);
      expect(report.results).toEqual({ t: result({ attempted: 2, inserted: 2 }) });
      expect(await scene.rows("t", "id, typeof(a), b, typeof(c)")).toEqual([
        [1, "integer", "5", "integer"],
        [2, "text", "9007199254740993", "blob"],
      ]);
      expect((await scene.sync(source, { version: 2 })).results).toEqual({
        t: result({ attempted: 2, unchanged: 2 }),
      });
    });

    test("that the target has and the source has not stay as they are", async () => {
      const source = await archiveFrom(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY)"],
        ["INSERT INTO t VALUES (1)"],
      );
      const scene = await setScene(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY)", "CREATE TABLE mine (id INTEGER PRIMARY KEY)"],
        ["INSERT INTO mine VALUES (1)"],
      );
      await scene.sync(source, { mode: "mirror" });
      expect(await scene.rows("mine")).toEqual([[1]]);
    });

    test("that the target lacks are made when it is asked for, with all that belongs to them", async () => {
      const schema = [
        "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, g INT AS (p * 2)) STRICT",
        "CREATE INDEX by_p ON c (p)",
        "CREATE UNIQUE INDEX by_g ON c (g) WHERE g > 0",
        "CREATE VIEW v AS SELECT * FROM c",
        "CREATE TRIGGER tr AFTER INSERT ON C BEGIN DELETE FROM c; END",
        "CREATE TABLE n (k TEXT PRIMARY KEY, v INT)",
      ];
      const database = await engine.source();
      const source = await archiveFrom({ ...engine, source: async () => database }, schema, [
        "INSERT INTO p VALUES (1, 'a'), (9, 'b')",
        "INSERT INTO n VALUES (NULL, 1), (NULL, 2)",
      ]);
      const scene = await setScene(engine, ["CREATE TABLE mine (x)"]);
      await scene.refuse(source, "UNKNOWN_TABLE");
      const report = await scene.sync(source, { create: "all" });
      expect(report).toMatchObject({ status: "completed", verified: true });
      const { mine, ...tables } = await dumpTables(scene.target);
      expect(mine).toEqual([]);
      expect(tables).toEqual(await dumpTables(database));
      expect((await dumpSchema(scene.target)).filter((line) => !line.includes(" mine "))).toEqual(
        await dumpSchema(database),
      );
      await scene.target.batch([{ sql: "INSERT INTO p (code) VALUES ('next')" }]);
      expect(await scene.rows("p", "id")).toEqual([[1], [9], [10]]);
    });

    test("that are made for a sync that is refused are not there after it", async () => {
      const source = await archiveFrom(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "CREATE TABLE s (id INTEGER PRIMARY KEY)"],
        ["INSERT INTO t VALUES (1, NULL)"],
      );
      const scene = await setScene(engine, ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL)"]);
      const before = await photograph(scene.target);
      await expect(scene.sync(source, { create: "all" })).rejects.toMatchObject({ code: "ROW_REFUSED" });
      expect(await photograph(scene.target)).toEqual(before);
    });
  });
}
