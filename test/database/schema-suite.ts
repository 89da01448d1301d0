import { beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../src/database/port.ts";
import { findTable, type LiveSchema, readSchema } from "../../src/database/schema.ts";
import { execute } from "../support/engine.ts";
import type { DatabaseSubject } from "./conformance.ts";

/** What `readSchema` reads from an engine. */
export function describeSchema(name: string, { create }: DatabaseSubject): void {
  describe(`The schema read from ${name}`, () => {
    let database: Database;
    const read = async (...statements: string[]): Promise<LiveSchema> => {
      await execute(database, statements);
      return readSchema(database);
    };

    beforeEach(async () => {
      database = await create();
    });

    test("is empty where there is nothing", async () => {
      const { tables, others } = await read();
      expect([...tables.keys()].filter((table) => !/^(_cf_|sqlite_)/.test(table))).toEqual([]);
      expect(others.filter(({ table }) => !table.startsWith("_cf_"))).toEqual([]);
    });

    test("names columns with their declared type, default and place in the key", async () => {
      const sql = `CREATE TABLE t (b varchar(10) DEFAULT ('x' || 'y') NOT NULL, a, id INT, PRIMARY KEY (id, b))`;
      const { tables } = await read(sql);
      const table = tables.get("t")!;
      expect(table).toMatchObject({
        kind: "table",
        sql,
        strict: false,
        withoutRowid: false,
        autoincrement: false,
      });
      expect(table.columns).toEqual([
        {
          name: "b",
          type: "varchar(10)",
          notNull: true,
          default: "'x' || 'y'",
          primaryKey: 2,
          generated: null,
        },
        { name: "a", type: "", notNull: false, default: null, primaryKey: 0, generated: null },
        { name: "id", type: "INT", notNull: false, default: null, primaryKey: 1, generated: null },
      ]);
      expect(table.key).toEqual({ kind: "primary", columns: ["id", "b"] });
    });

    test("knows STRICT, WITHOUT ROWID and AUTOINCREMENT tables", async () => {
      const { tables } = await read(
        "CREATE TABLE s (id INTEGER PRIMARY KEY) STRICT",
        "CREATE TABLE w (id TEXT PRIMARY KEY) WITHOUT ROWID, STRICT",
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)",
      );
      expect(tables.get("s")).toMatchObject({ strict: true, withoutRowid: false, autoincrement: false });
      expect(tables.get("w")).toMatchObject({ strict: true, withoutRowid: true });
      expect(tables.get("a")).toMatchObject({ autoincrement: true });
    });

    test.each([
      ["a default", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'AUTOINCREMENT')"],
      ["a comment", "CREATE TABLE t (id INTEGER PRIMARY KEY /* no autoincrement */)"],
      ["a name", 'CREATE TABLE t (id INTEGER PRIMARY KEY, "autoincrement" TEXT)'],
    ])("does not take the word AUTOINCREMENT in %s for the real one", async (_, sql) => {
      expect((await read(sql)).tables.get("t")!.autoincrement).toBe(false);
    });

    test("identifies keyless rows by a rowid name that no column has", async () => {
      const { tables } = await read(
        "CREATE TABLE plain (v)",
        "CREATE TABLE one (RowID TEXT)",
        "CREATE TABLE two (rowid TEXT, _rowid_ TEXT)",
        "CREATE TABLE three (rowid TEXT, _rowid_ TEXT, OID TEXT)",
      );
      expect(["plain", "one", "two", "three"].map((table) => tables.get(table)!.key)).toEqual([
        { kind: "rowid", columns: ["rowid"] },
        { kind: "rowid", columns: ["_rowid_"] },
        { kind: "rowid", columns: ["oid"] },
        { kind: "rowid", columns: [] },
      ]);
    });

    test("tells generated columns apart", async () => {
      const { tables } = await read(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, v INT AS (a + 1), s INT GENERATED ALWAYS AS (a * 2) STORED)",
      );
      expect(tables.get("t")!.columns.map(({ name, generated }) => [name, generated])).toEqual([
        ["id", null],
        ["a", null],
        ["v", "virtual"],
        ["s", "stored"],
      ]);
    });

    test("lists unique indexes, says which is the primary key's, and counts all", async () => {
      const { tables } = await read(
        "CREATE TABLE t (id TEXT PRIMARY KEY, a, b UNIQUE, c, UNIQUE (a, c))",
        "CREATE UNIQUE INDEX part ON t (c) WHERE c > 0",
        "CREATE UNIQUE INDEX expr ON t (lower(c), a)",
        "CREATE INDEX plain ON t (c)",
      );
      const { uniqueIndexes, indexCount } = tables.get("t")!;
      expect(
        uniqueIndexes
          .map(({ columns, partial, ofKey }) => ({ columns, partial, ofKey }))
          .sort((a, b) => (`${a.columns}` < `${b.columns}` ? -1 : 1)),
      ).toEqual([
        { columns: [null, "a"], partial: false, ofKey: false },
        { columns: ["a", "c"], partial: false, ofKey: false },
        { columns: ["b"], partial: false, ofKey: false },
        { columns: ["c"], partial: true, ofKey: false },
        { columns: ["id"], partial: false, ofKey: true },
      ]);
      expect(indexCount).toBe(6);
    });

    test("reads foreign keys, also those that name no columns, of several columns, and of themselves", async () => {
      const { tables } = await read(
        "CREATE TABLE p (a INT, b INT, c INT UNIQUE, PRIMARY KEY (b, a))",
        `CREATE TABLE c (id INTEGER PRIMARY KEY, x INT, y INT, z INT REFERENCES p (c) ON DELETE CASCADE, up INT REFERENCES c,
           FOREIGN KEY (y, x) REFERENCES P)`,
      );
      const keys = tables.get("c")!.foreignKeys.map(({ columns, parent, parentColumns, onDelete }) => ({
        columns,
        parent,
        parentColumns,
        onDelete,
      }));
      expect(keys).toHaveLength(3);
      expect(keys).toEqual(
        expect.arrayContaining([
          { columns: ["y", "x"], parent: "p", parentColumns: ["b", "a"], onDelete: "NO ACTION" },
          { columns: ["up"], parent: "c", parentColumns: ["id"], onDelete: "NO ACTION" },
          { columns: ["z"], parent: "p", parentColumns: ["c"], onDelete: "CASCADE" },
        ]),
      );
    });

    test("survives a foreign key to a table that is not there", async () => {
      const { tables } = await read("CREATE TABLE c (id INTEGER PRIMARY KEY, x INT REFERENCES missing)");
      expect(tables.get("c")!.foreignKeys).toMatchObject([{ parent: "missing", parentColumns: [] }]);
    });

    test("keeps the SQL of indexes, triggers and views, and none for automatic indexes", async () => {
      const statements = [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE)",
        "CREATE INDEX i ON t (v DESC)",
        "CREATE VIEW w AS SELECT v FROM t",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
      ];
      const { others } = await read(...statements);
      expect(others.filter(({ table }) => !table.startsWith("_cf_"))).toEqual([
        { type: "index", name: "i", table: "t", sql: statements[1] },
        { type: "view", name: "w", table: "w", sql: statements[2] },
        { type: "trigger", name: "r", table: "t", sql: statements[3] },
      ]);
    });

    test("tells a virtual table and its shadows from the user's tables", async () => {
      const { tables } = await read(
        "CREATE VIRTUAL TABLE docs USING fts5 (body)",
        "CREATE TABLE docs_mine (x)",
      );
      expect(tables.get("docs")!.kind).toBe("virtual");
      expect(tables.get("docs_content")!.kind).toBe("shadow");
      expect(tables.get("docs_mine")!.kind).toBe("table");
    });

    test("finds a table as SQLite would: whatever the letters' case", async () => {
      const { tables } = await read("CREATE TABLE Items (id INTEGER PRIMARY KEY)");
      expect(findTable(tables, "iTEMS")?.name).toBe("Items");
      expect(findTable(tables, "nothing")).toBeUndefined();
    });

    test("reads names of any kind", async () => {
      const names = ['a "b"', "it's", "select", "ü 😀", "back`tick", "[x]", "new\nline", "json,array"];
      const { tables } = await read(
        ...names.map((table) => {
          const quoted = table.replaceAll('"', '""');
          return `CREATE TABLE "${quoted}" ("${quoted}" TEXT PRIMARY KEY, "x" INT REFERENCES "${quoted}" ("${quoted}"))`;
        }),
      );
      for (const table of names) {
        expect(tables.get(table)?.key, table).toEqual({ kind: "primary", columns: [table] });
        expect(tables.get(table)?.foreignKeys[0], table).toMatchObject({
          parent: table,
          parentColumns: [table],
        });
      }
    });

    test("reads 200 tables in the order in which they were made, in one statement", async () => {
      const names = Array.from({ length: 200 }, (_, i) => `t${(i * 7) % 200}`);
      await execute(
        database,
        names.map((table) => `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, v TEXT UNIQUE)`),
      );
      let statements = 0;
      const { tables } = await readSchema({
        ...database,
        query(statement) {
          statements++;
          return database.query(statement);
        },
      });
      expect([...tables.keys()].filter((table) => names.includes(table))).toEqual(names);
      expect(statements).toBe(1);
    });
  });
}
