import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { openClosed } from "../../src/database/node-sqlite-closed.ts";
import { rehearse } from "../../src/database/node-sqlite-rehearsal.ts";
import type { Made } from "../../src/database/port.ts";
import { hostileSchemas, NOTES } from "../attack/hostile-schemas.ts";

const table = (name: string, sql: string): Made => ({ type: "table", name, table: name, sql });
const on = (type: Made["type"], name: string, of: string, sql: string): Made => ({
  type,
  name,
  table: of,
  sql,
});

const notes = table("notes", NOTES.sql);
const users = table("users", "CREATE TABLE users (id INTEGER PRIMARY KEY, password_hash TEXT)");
const names = on("view", "names", "names", "CREATE VIEW names AS SELECT id FROM users");

const HONEST: Made[] = [
  notes,
  users,
  names,
  table(
    "Counted_1",
    "CREATE TABLE counted_1 (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE CHECK (length(a) > 1), b AS (lower(a)) STORED, c REFERENCES nowhere, UNIQUE (a, c))",
  ),
  table(
    "w",
    "CREATE TABLE w (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID, STRICT".replace("(a, b,", "(a INT, b TEXT,"),
  ),
  on("index", "i", "notes", "CREATE UNIQUE INDEX i ON Notes (lower(t), id DESC) WHERE t > 'a'"),
  on(
    "view",
    "v",
    "v",
    "CREATE VIEW v AS WITH x AS (SELECT upper(t) AS t FROM notes) SELECT *, (SELECT count(*) FROM missing) FROM x",
  ),
  on(
    "view",
    "fine",
    "fine",
    "CREATE VIEW fine (a) AS SELECT json_extract(t, '$.a') FROM notes, json_each(t)",
  ),
  on(
    "trigger",
    "g",
    "notes",
    "CREATE TRIGGER g AFTER UPDATE OF t ON notes BEGIN DELETE FROM users WHERE id = new.id; END",
  ),
  on(
    "trigger",
    "h",
    "fine",
    "CREATE TRIGGER h INSTEAD OF INSERT ON fine BEGIN INSERT INTO notes (t) VALUES (new.a); END",
  ),
  table("f", "CREATE VIRTUAL TABLE f USING fts5(t, tokenize = 'porter')"),
  table("e", "CREATE VIRTUAL TABLE e USING fts5(t, content = '')"),
  on(
    "virtual",
    "over",
    "notes",
    "CREATE VIRTUAL TABLE over USING fts5(t, content = 'notes', content_rowid = 'id')",
  ),
  on("virtual", "words", "f", "CREATE VIRTUAL TABLE words USING fts5vocab(f, 'row')"),
  on(
    "trigger",
    "s",
    "notes",
    "CREATE TRIGGER s AFTER INSERT ON notes BEGIN INSERT INTO over (rowid, t) VALUES (new.id, new.t); END",
  ),
  on("view", "blind", "blind", "CREATE VIEW blind AS SELECT a FROM missing"),
  on(
    "trigger",
    "b",
    "blind",
    "CREATE TRIGGER b INSTEAD OF UPDATE OF a ON blind BEGIN INSERT INTO missing VALUES (1); END",
  ),
  table('odd "name"', 'CREATE TABLE "odd ""name""" (a)'),
];

const HOSTILE: Made[] = [
  on("view", "o", "o", "CREATE VIEW o AS SELECT load_extension('x')"),
  on("view", "o", "o", "CREATE VIEW o AS SELECT * FROM pragma_table_info('users')"),
  on("trigger", "o", "notes", "CREATE TRIGGER o AFTER INSERT ON notes BEGIN SELECT load_extension('x'); END"),
  on(
    "trigger",
    "o",
    "notes",
    "CREATE TRIGGER o AFTER UPDATE OF id ON notes BEGIN SELECT load_extension('x'); END",
  ),
  on("trigger", "o", "notes", "CREATE TRIGGER o AFTER INSERT ON users BEGIN SELECT 1; END"),
  on("trigger", "o", "notes", "CREATE TEMP TRIGGER o AFTER INSERT ON notes BEGIN SELECT 1; END"),
  on("index", "o", "notes", "CREATE INDEX o ON users (id)"),
  on("view", "o", "o", "CREATE TABLE o (a)"),
  table("o", "CREATE TABLE o (a CHECK (load_extension('x')))"),
  table("o", "CREATE TABLE o AS SELECT * FROM users"),
  table("o", "CREATE VIRTUAL TABLE o USING rtree(a, b, c)"),
  table("o", "CREATE TEMP TABLE o (a)"),
  table("o", "DELETE FROM notes"),
];

describe("The rehearsal of a schema", () => {
  test("lets every object pass that makes itself", () => {
    expect(rehearse(HONEST)).toBeNull();
    // What SQLite refuses to make passes as well: each of these it does make.
    const sqlite = new DatabaseSync(":memory:");
    for (const { sql } of HONEST) sqlite.exec(sql);
    sqlite.close();
  });

  test.each(HOSTILE)("finds what $type $sql asks for", (object) => {
    const found = rehearse([notes, users, names, object]);
    expect(found?.object).toBe(object);
    expect(found?.problem).toMatch(/^(asks SQLite for|makes something else|makes unsafe use of)/);
  });

  test("finds whatever stands before, behind or instead of an object, and makes no file", () => {
    const folder = mkdtempSync(join(tmpdir(), "d1-ferry-rehearsal-"));
    const cases = hostileSchemas(join(folder, "stray.sqlite")).filter(({ how }) =>
      /, (alone|behind it|before it|behind a comment|behind semicolons)$/.test(how),
    );
    expect(cases.length).toBeGreaterThan(300);
    for (const { how, object } of cases) {
      const found = rehearse([notes, users, names, { table: object.name, ...object }]);
      expect(found?.problem, how).toBeTypeOf("string");
      expect(readdirSync(folder), how).toEqual([]);
    }
  });

  test("goes without SQLite's own word on older Nodes, and runs no second statement there", () => {
    const file = join(mkdtempSync(join(tmpdir(), "d1-ferry-rehearsal-")), "stray.sqlite");
    const { setAuthorizer } = DatabaseSync.prototype;
    try {
      Object.assign(DatabaseSync.prototype, { setAuthorizer: undefined });
      expect(rehearse(HONEST)).toBeNull();
      expect(rehearse([notes, on("view", "o", "o", "CREATE TABLE o (a)")])?.problem).toContain(
        "makes something else",
      );
      expect(
        rehearse([notes, on("view", "o", "o", `CREATE VIEW o AS SELECT 1; ATTACH '${file}' AS a`)]),
      ).toBeNull();
      expect(existsSync(file)).toBe(false);
    } finally {
      Object.assign(DatabaseSync.prototype, { setAuthorizer });
    }
  });
});

test("A database that the command opens attaches and loads nothing", () => {
  const folder = mkdtempSync(join(tmpdir(), "d1-ferry-closed-"));
  const sqlite = openClosed(join(folder, "one.sqlite"));
  sqlite.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  for (const sql of [
    `ATTACH '${join(folder, "other.sqlite")}' AS other`,
    `VACUUM INTO '${join(folder, "copy.sqlite")}'`,
    "SELECT load_extension('x')",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT load_extension('x'); END; INSERT INTO t VALUES (2)",
  ])
    expect(() => sqlite.exec(sql), sql).toThrow();
  sqlite.close();
  expect(readdirSync(folder)).toEqual(["one.sqlite"]);
});
