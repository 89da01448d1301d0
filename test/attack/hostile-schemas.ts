import type { OtherSchema, SchemaObject, TableSchema } from "../../src/archive/types.ts";

/** An archive's schema object that does more than it says, or something else. */
export interface Hostile {
  how: string;
  object: SchemaObject;
}

export const NOTES: TableSchema = {
  type: "table",
  name: "notes",
  sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, t TEXT)",
  columns: [
    { name: "id", type: "INTEGER", notNull: false, default: null, primaryKey: 1, generated: null },
    { name: "t", type: "TEXT", notNull: false, default: null, primaryKey: 0, generated: null },
  ],
  key: { kind: "primary", columns: ["id"] },
  strict: false,
  withoutRowid: false,
  autoincrement: false,
};

const HONEST: Readonly<Record<string, string>> = {
  table: "CREATE TABLE o (id INTEGER PRIMARY KEY, t TEXT)",
  index: "CREATE INDEX o ON notes (t)",
  view: "CREATE VIEW o AS SELECT t FROM notes",
  trigger: "CREATE TRIGGER o AFTER INSERT ON notes BEGIN SELECT 1; END",
  virtual: "CREATE VIRTUAL TABLE o USING fts5(t, content='notes')",
};

/** `file` is where a file must not come into being. */
export const payloads = (file: string) => [
  "DELETE FROM users",
  "UPDATE users SET password_hash = 'mine'",
  "INSERT INTO users VALUES (9, 'mine')",
  "REPLACE INTO users VALUES (1, 'mine')",
  "WITH x AS (SELECT 1) DELETE FROM users WHERE id IN x",
  "DROP TABLE users",
  "DROP VIEW names",
  "ALTER TABLE users ADD COLUMN mine",
  "ALTER TABLE users RENAME TO theirs",
  "CREATE TABLE stray (a)",
  "CREATE TABLE copied AS SELECT * FROM users",
  "CREATE INDEX stray ON users (id)",
  "CREATE TRIGGER stray AFTER INSERT ON users BEGIN DELETE FROM users; END",
  "CREATE VIEW stray AS SELECT * FROM users",
  `ATTACH '${file}' AS stray`,
  `VACUUM INTO '${file}'`,
  "PRAGMA writable_schema = on",
  "SELECT load_extension('x')",
];

const HIDINGS: Readonly<Record<string, (honest: string, payload: string) => string>> = {
  alone: (_, payload) => payload,
  "behind it": (honest, payload) => `${honest}; ${payload}`,
  "before it": (honest, payload) => `${payload}; ${honest}`,
  "behind a comment": (honest, payload) => `${honest} /* ; */;/*/ x */ ${payload} --`,
  "behind a line comment": (honest, payload) => `${honest} -- it's\r\n;${payload}`,
  "where a comment names another": (honest, payload) => `/* ${honest} */ ${payload}`,
  "behind semicolons": (honest, payload) => `;;${honest};;;${payload};;`,
  "behind a string's quote": (honest, payload) => `${honest.replace(/\bt\b/, `"t'"`)}; ${payload}; --'`,
  "behind a quoted name": (honest, payload) => `${honest.replace(/\bo\b/, '"o""; --"')}; ${payload}`,
  "before a comment that does not end": (honest, payload) => `${honest}; ${payload} /* `,
  "in a trigger": (_, payload) => `CREATE TRIGGER o AFTER INSERT ON notes BEGIN ${payload}; END`,
  "behind a trigger": (_, payload) =>
    `CREATE TRIGGER o AFTER INSERT ON notes WHEN new.t <> 'BEGIN' BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END; ${payload}; END`,
  "in a query": (_, payload) => `CREATE VIEW o AS WITH x AS (SELECT 1) ${payload}`,
  explained: (_, payload) => `EXPLAIN ${payload}`,
};

/** What was found, or is told of, in no order. */
const collected = (
  file: string,
): [SchemaObject["type"], string, of?: string | undefined, name?: string][] => [
  ["table", "CREATE TABLE o AS SELECT * FROM users"],
  ["table", "CREATE TABLE users (a)"],
  ["table", "CREATE TABLE _ferry_runs (a)", undefined, "_ferry_runs"],
  ["table", "CREATE TABLE seed_history (a)", undefined, "seed_history"],
  ["table", "CREATE TABLE sqlite_stat1 (tbl, idx, stat)", undefined, "sqlite_stat1"],
  ["table", "CREATE TABLE _cf_KV (a)", undefined, "_cf_KV"],
  ["table", "CREATE TEMP TABLE o (a)"],
  ["table", "CREATE TABLE temp.o (a)"],
  ["index", "CREATE INDEX o ON users (id)"],
  ["index", "CREATE UNIQUE INDEX o ON users (password_hash)", "users"],
  ["index", "CREATE INDEX o ON notes (load_extension('x'))"],
  ["trigger", "CREATE TRIGGER o AFTER INSERT ON users BEGIN UPDATE users SET password_hash = 'mine'; END"],
  ["trigger", "CREATE TRIGGER o AFTER INSERT ON users BEGIN DELETE FROM users; END", "users"],
  ["trigger", "CREATE TRIGGER users AFTER INSERT ON users BEGIN DELETE FROM users; END", "users", "users"],
  ["trigger", "CREATE TRIGGER o AFTER INSERT ON _ferry_runs BEGIN DELETE FROM users; END", "_ferry_runs"],
  ["trigger", "CREATE TEMP TRIGGER o AFTER INSERT ON notes BEGIN DELETE FROM users; END"],
  ["view", "CREATE TEMP VIEW o AS SELECT 1"],
  ["view", "CREATE VIEW o AS SELECT * FROM pragma_function_list"],
  ["view", `CREATE VIEW o AS SELECT writefile('${file}', 'x')`],
  ["virtual", "CREATE VIRTUAL TABLE o USING fts5(password_hash, content='users')"],
  ["virtual", "CREATE VIRTUAL TABLE o USING fts5(password_hash, cont='users')"],
  ["virtual", `CREATE VIRTUAL TABLE o USING csv(filename='${file}')`],
  ["virtual", "CREATE VIRTUAL TABLE _ferry USING fts5(t, content='notes')", "notes", "_ferry"],
];

export function hostileSchemas(file: string): Hostile[] {
  const generated = Object.entries(HONEST).flatMap(([type, honest]) =>
    Object.entries(HIDINGS).flatMap(([where, hide]) =>
      payloads(file).map((payload) => ({
        how: `${type}: ${payload}, ${where}`,
        object: objectOf(type as SchemaObject["type"], hide(honest, payload)),
      })),
    ),
  );
  const told = collected(file).map(([type, sql, of, name]) => ({
    how: `${type}: ${sql}`,
    object: objectOf(type, sql, of, name),
  }));
  return [...told, ...generated];
}

function objectOf(type: SchemaObject["type"], sql: string, of = "notes", name = "o"): SchemaObject {
  if (type === "table") return { ...NOTES, name, sql };
  return { type, name, table: type === "view" ? name : of, sql } satisfies OtherSchema;
}
