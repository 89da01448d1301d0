import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SchemaObject } from "../../src/archive/types.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { addColumns } from "../../src/sync/add-columns.ts";
import { ALL_CASES, SEED } from "../support/cases.ts";
import { countTried } from "../support/figures.ts";
import { memoryDatabase } from "../support/node-engine.ts";
import { hostileSchemas, NOTES, payloads } from "./hostile-schemas.ts";

const folder = mkdtempSync(join(tmpdir(), "d1-ferry-attack-"));
const file = join(folder, "stray.sqlite");

const THEIRS = `CREATE TABLE notes (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO notes VALUES (1, 'a');
  CREATE TABLE users (id INTEGER PRIMARY KEY, password_hash TEXT); INSERT INTO users VALUES (1, 'one'), (2, 'two');
  CREATE UNIQUE INDEX hashes ON users (password_hash);
  CREATE VIEW names AS SELECT id FROM users;
  CREATE TRIGGER kept BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'users stay'); END`;

/** The archive's table of the notes, which says that it has one more column. */
const claimed = (sql: string): SchemaObject => ({
  ...NOTES,
  sql,
  columns: [
    ...NOTES.columns,
    { name: "x", type: "", notNull: false, default: null, primaryKey: 0, generated: null },
  ],
});

/** Where a column's definition has room for what is none of it. */
const HIDINGS: ((payload: string) => string)[] = [
  (payload) => `x ${payload}`,
  (payload) => `x TEXT ${payload}`,
  (payload) => `x TEXT (${payload})`,
  (payload) => `x DEFAULT (${payload})`,
  (payload) => `x DEFAULT ${payload}`,
  (payload) => `x CHECK (${payload})`,
  (payload) => `x AS (${payload})`,
  (payload) => `x COLLATE ${payload}`,
  (payload) => `x CONSTRAINT ${payload}`,
  (payload) => `x REFERENCES users (id) ON DELETE ${payload}`,
  (payload) => `x TEXT); ${payload}; --`,
  (payload) => `x TEXT /* */; ${payload}`,
  (payload) => `x TEXT -- )\n); ${payload}`,
  (payload) => `x TEXT, CHECK (1)); ${payload}; --`,
  (payload) => `x TEXT, CHECK (x = (${payload}))`,
  (payload) => `x TEXT, FOREIGN KEY (x) REFERENCES users (id) ${payload}`,
  (payload) => `"x" TEXT DEFAULT 'it''s; ${payload.replaceAll("'", "''")}; --'`,
  (payload) => `[x] TEXT CHECK (x <> "${payload}; --")`,
  (payload) => `x TEXT CHECK (1)) WITHOUT ROWID; ${payload}`,
];

/** All but the notes' own SQL, and which columns they have. */
function stateOf({ sqlite }: ReturnType<typeof memoryDatabase>) {
  return {
    schema: sqlite
      .prepare("SELECT type, name, tbl_name, iif(name = 'notes', NULL, sql) AS sql FROM sqlite_schema")
      .all(),
    temporary: sqlite.prepare("SELECT name FROM temp.sqlite_schema").all(),
    databases: sqlite.prepare("SELECT name FROM pragma_database_list").all(),
    settings: sqlite.prepare("PRAGMA writable_schema").all(),
    users: sqlite.prepare("SELECT * FROM users").all(),
    notes: sqlite.prepare("SELECT id, t FROM notes").all(),
  };
}

const columnsOf = ({ sqlite }: ReturnType<typeof memoryDatabase>): unknown[] =>
  sqlite.prepare("SELECT name FROM pragma_table_xinfo('notes')").all();

describe("A hostile column", () => {
  test("changes nothing but its table, or is refused", async () => {
    const target = memoryDatabase(THEIRS);
    const before = stateOf(target);
    const columns = columnsOf(target);
    const definitions = payloads(file).flatMap((payload) =>
      HIDINGS.map((hide) => `CREATE TABLE notes (id INTEGER PRIMARY KEY, t TEXT, ${hide(payload)})`),
    );
    const schemas = hostileSchemas(file).map(({ object }) => object.sql);
    const all = [...definitions, ...schemas];
    expect(all.length).toBeGreaterThan(1000);
    const cases = ALL_CASES ? all : all.filter((_, i) => (i + SEED) % 5 === 0);
    let refusals = 0;
    for (const sql of cases) {
      countTried("hostile columns");
      target.sqlite.exec("BEGIN");
      const error = await addColumns(target, { schema: [claimed(sql)], choice: { all: true } }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect({ sql, ...stateOf(target) }).toEqual({ sql, ...before });
      if (error === null) expect(columnsOf(target), sql).toEqual([...columns, { name: "x" }]);
      else {
        expect(error, sql).toBeInstanceOf(FerryError);
        expect((error as FerryError).code, sql).toBe("UNSUPPORTED");
        refusals++;
      }
      target.sqlite.exec("ROLLBACK");
      expect({ sql, columns: columnsOf(target) }).toEqual({ sql, columns });
    }
    expect(readdirSync(folder)).toEqual([]);
    // What stands in a text is a text.
    expect(refusals).toBeGreaterThan(cases.length * 0.85);
    expect(refusals).toBeLessThan(cases.length);
    target.close();
  });

  test.each([
    "DROP VIEW names",
    "DROP INDEX hashes",
    "ALTER TABLE users ADD COLUMN mine",
    "ALTER TABLE notes ADD COLUMN mine",
    "ALTER TABLE notes RENAME COLUMN t TO u",
    "ALTER TABLE notes DROP COLUMN t",
    "CREATE TABLE stray (a)",
    "CREATE UNIQUE INDEX stray ON notes (t)",
    "CREATE TRIGGER stray AFTER INSERT ON notes BEGIN DELETE FROM users; END",
  ])("is refused by the guard where its reading were outwitted: %s", async (smuggled) => {
    const target = memoryDatabase(THEIRS);
    target.sqlite.exec("BEGIN");
    const outwitted: Database = {
      ...target,
      batch: (statements) => target.batch([...statements, { sql: smuggled }]),
    };
    const schema = [claimed("CREATE TABLE notes (id INTEGER PRIMARY KEY, t TEXT, x TEXT)")];
    await expect(addColumns(outwitted, { schema, choice: { all: true } })).rejects.toMatchObject({
      details: { reason: "schema-not-its-own" },
      message: expect.stringContaining("adds something else than its columns"),
    });
    target.close();
  });
});
