import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { OtherSchema, SchemaObject, TableSchema } from "../../../src/archive/types.ts";
import { problemOf, refuseForeignSchema } from "../../../src/sync/schema/check-objects.ts";

const table = (sql: string, name = "notes", parts: Partial<TableSchema> = {}): TableSchema => ({
  type: "table",
  name,
  sql,
  columns: [],
  key: { kind: "rowid", columns: ["rowid"] },
  strict: false,
  withoutRowid: false,
  autoincrement: false,
  ...parts,
});
const NOTES = table("CREATE TABLE notes (id INTEGER PRIMARY KEY, t TEXT)");
const other = (type: OtherSchema["type"], sql: string, name = "o", of = "notes"): OtherSchema => ({
  type,
  name,
  table: type === "view" ? name : of,
  sql,
});
const trigger = (body: string, head = "CREATE TRIGGER o AFTER INSERT ON notes") =>
  other("trigger", `${head} BEGIN ${body} END`);
const problem = (object: SchemaObject) => problemOf(object, [NOTES, object]);

const ITS_OWN: SchemaObject[] = [
  NOTES,
  table(
    "create table if not exists main.[notes] (a TEXT, b TEXT AS (a || ';') STORED, CHECK (a <> 'DROP TABLE x; --')) STRICT;; ",
  ),
  table("CREATE TABLE 'notes' (\"load_extension\" TEXT, edit TEXT, x REFERENCES edit (id) /* ; */) -- end"),
  table("CREATE TABLE NOTES (a)"),
  table("CREATE VIRTUAL TABLE notes USING fts5(t, tokenize = \"unicode61 separators ';'\")", "notes", {
    fts5: true,
  }),
  table("CREATE VIRTUAL TABLE notes USING fts5(t, content='')", "notes", { fts5: "terms" }),
  other("virtual", "CREATE VIRTUAL TABLE o USING fts5(t, content='notes', content_rowid='id')"),
  other("virtual", "CREATE VIRTUAL TABLE o USING fts5vocab('notes', 'row')", "o", "o"),
  other("index", "CREATE UNIQUE INDEX o ON notes (t COLLATE NOCASE) WHERE t <> ';'"),
  other("index", 'CREATE INDEX "o" ON "NOTES" (lower(t))'),
  other("view", "CREATE VIEW o AS SELECT replace(t, 'a', 'b') AS x FROM notes -- the end"),
  other(
    "view",
    "CREATE VIEW o (a) AS WITH RECURSIVE n(a) AS (VALUES (1) UNION ALL SELECT a + 1 FROM n) SELECT a FROM n",
  ),
  other("view", "CREATE VIEW o AS SELECT attach, detach, pragma, vacuum FROM main.notes"),
  trigger(
    "SELECT CASE WHEN new.t IS NOT DISTINCT FROM new.id THEN 1 ELSE 2 END; INSERT INTO notes (t) VALUES ('END; DROP');",
  ),
  trigger("DELETE FROM notes WHERE id IN (SELECT id FROM notes); UPDATE OR IGNORE notes SET t = 1;"),
  trigger("SELECT 1;", "CREATE TRIGGER o BEFORE UPDATE OF t, id ON notes FOR EACH ROW WHEN new.begin <> ';'"),
  trigger(
    "WITH x AS (SELECT 1) SELECT * FROM x; REPLACE INTO notes VALUES (1, 2);",
    "CREATE TRIGGER IF NOT EXISTS main.o INSTEAD OF DELETE ON notes",
  ),
];

test.each(ITS_OWN)("What declares only itself is made: $sql", (object) => {
  expect(problem(object)).toBeNull();
});

const OTHER: [SchemaObject, string][] = [
  [other("view", "DELETE FROM users"), "is DELETE and not CREATE"],
  [other("index", "UPDATE users SET password_hash = 'x'"), "is UPDATE and not CREATE"],
  [other("view", "/* CREATE VIEW o AS */ ATTACH 'x.db' AS o"), "is ATTACH"],
  [other("view", "DETACH main"), "is DETACH"],
  [other("view", "PRAGMA writable_schema = on"), "is PRAGMA"],
  [other("view", "VACUUM INTO 'x.db'"), "is VACUUM"],
  [other("view", "EXPLAIN CREATE VIEW o AS SELECT 1"), "is EXPLAIN"],
  [other("view", " -- nothing"), "holds no statement"],
  [other("view", "WITH x AS (SELECT 1) DELETE FROM notes"), "is WITH"],
  [other("view", "ſELECT 1"), "and not CREATE"],
  [table("CREATE TABLE notes (a); DROP TABLE users"), "second statement"],
  [table("CREATE TABLE notes (a) /* */;/**/DELETE FROM users;"), "second statement"],
  [table("CREATE TABLE notes AS SELECT * FROM users"), "AS SELECT"],
  [table("CREATE TEMP TABLE notes (a)"), "temporary"],
  [table("CREATE TABLE temp.notes (a)"), "another database"],
  [table("CREATE TABLE users (a)"), 'makes "users"'],
  [table("CREATE VIEW notes AS SELECT 1"), "makes a view"],
  [table("CREATE VIRTUAL TABLE notes USING fts5(a)"), "makes a virtual table"],
  [table("CREATE TABLE notes (a CHECK (load_extension('x')))"), "load_extension"],
  [table("CREATE TABLE notes (a DEFAULT (\"WriteFile\" /* */ ('x', 'y')))"), "writefile"],
  [table("CREATE TABLE notes (a DEFAULT (:a))"), "variable"],
  [table("CREATE TABLE notes (a) \0"), "NUL"],
  [table("CREATE TABLE notes (a) /* x"), "comment that does not end"],
  [table("CREATE TABLE notes (a)", "notes", { settings: [["rank", "x"]] }), "settings"],
  [table("CREATE TABLE _ferry_runs (a)", "_ferry_runs"), "d1-ferry's own"],
  [table("CREATE TABLE Seed_History (a)", "Seed_History"), "d1-ferry's own"],
  [table("CREATE TABLE _CF_KV (a)", "_CF_KV"), "d1-ferry's own"],
  [table("CREATE TABLE sqlite_stat1 (a)", "sqlite_stat1"), "d1-ferry's own"],
  [table("CREATE VIRTUAL TABLE _ferry USING fts5(a)", "_ferry", { fts5: true }), "d1-ferry's own"],
  [other("virtual", "CREATE VIRTUAL TABLE o USING csv(filename='/etc/passwd')"), "module"],
  [other("virtual", "CREATE VIRTUAL TABLE o USING fts5(t, content='users')"), "is about"],
  [other("virtual", "CREATE VIRTUAL TABLE o USING fts5(t, c='users')", "o", "o"), "in two ways"],
  [
    other(
      "virtual",
      "CREATE VIRTUAL TABLE o USING fts5(t, content='notes' /*, content='' */, content='users')",
    ),
    "in two ways",
  ],
  [other("index", "CREATE INDEX o ON users (id)"), 'is about "users"'],
  [other("index", "CREATE INDEX o ON users (id)", "o", "users"), "which the archive does not have"],
  [other("index", "CREATE UNIQUE TRIGGER o AFTER INSERT ON notes BEGIN SELECT 1; END"), "does not create"],
  [
    other(
      "trigger",
      "CREATE TRIGGER o AFTER INSERT ON seed_history BEGIN SELECT 1; END",
      "o",
      "seed_history",
    ),
    "not the app's",
  ],
  [
    other("trigger", "CREATE TRIGGER o AFTER INSERT ON users BEGIN SELECT 1; END", "o", "users"),
    "does not have",
  ],
  [other("trigger", "CREATE TEMPORARY TRIGGER o AFTER INSERT ON notes BEGIN SELECT 1; END"), "temporary"],
  [trigger("DELETE FROM notes; END; DELETE FROM users; SELECT 1;"), "second statement"],
  [trigger("DROP TABLE users;"), "something else"],
  [trigger("PRAGMA foreign_keys = off;"), "something else"],
  [trigger("ATTACH 'x' AS y;"), "something else"],
  [trigger("DELETE FROM temp.notes;"), "another database"],
  [trigger("SELECT * FROM x.notes;"), "another database"],
  [trigger("UPDATE _ferry_runs SET applied = 0;"), "_ferry_runs"],
  [trigger("SELECT load_extension('x');"), "load_extension"],
  [other("view", "CREATE VIEW o AS SELECT * FROM pragma_table_list"), "PRAGMA"],
  [other("view", "CREATE VIEW o AS SELECT * FROM 'pragma_table_list'"), "PRAGMA"],
  [other("view", "CREATE VIEW o AS SELECT * FROM notes, [PRAGMA_table_info]('x')"), "PRAGMA"],
  [other("view", "CREATE VIEW o AS SELECT readfile('/etc/passwd')"), "readfile"],
  [other("view", "CREATE VIEW o AS SELECT * FROM fsdir('/')"), "fsdir"],
  [other("view", "CREATE VIEW o AS DELETE FROM notes"), "not a view of a SELECT"],
  [other("view", "CREATE VIEW o AS WITH x AS (SELECT 1) DELETE FROM notes"), "holds DELETE"],
  [other("view", "CREATE VIEW o AS SELECT 1; DELETE FROM notes"), "second statement"],
];

test.each(OTHER)("What does more is refused: $sql", (object, why) => {
  expect(problem(object)).toContain(why);
});

test("The refusal names the object, and what is wrong", () => {
  const view = other("view", "DELETE FROM users");
  expect(() => refuseForeignSchema([NOTES, view], [NOTES, view])).toThrow(
    `The archive's view "o" is refused: its SQL is DELETE and not CREATE. Nothing was changed.`,
  );
});

test("What is taken, SQLite takes as one statement", () => {
  for (const { sql } of ITS_OWN) {
    const sqlite = new DatabaseSync(":memory:");
    const { sourceSQL } = (() => {
      try {
        return sqlite.prepare(sql);
      } catch (error) {
        // What it refers to is not there.
        expect((error as Error).message).toMatch(/no such table|cannot create INSTEAD OF|no such column/);
        return { sourceSQL: sql };
      }
    })();
    expect(sql.slice(sourceSQL.length)).toMatch(/^[;\s]*$/);
    sqlite.close();
  }
});
