import { expect, test } from "vitest";
import { readSchema } from "../../../src/database/schema.ts";
import { countAutomaticIndexes } from "../../../src/database/sql/automatic-indexes.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const TABLES = [
  "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
  "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE, b UNIQUE)",
  "CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE)",
  "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a)",
  "CREATE TABLE t (a, b, c, PRIMARY KEY (a, b), UNIQUE (b, c), CONSTRAINT u UNIQUE (c COLLATE NOCASE DESC))",
  "CREATE TABLE t (a, b, PRIMARY KEY (a, b), UNIQUE (A, b))",
  "CREATE TABLE t (a TEXT UNIQUE PRIMARY KEY, b CHECK (b <> 'UNIQUE'), \"unique\" INT, [primary] INT)",
  "CREATE TABLE t (a INT, b TEXT, PRIMARY KEY (a)) WITHOUT ROWID",
  "CREATE TABLE t (a INT, b TEXT UNIQUE, PRIMARY KEY (a)) STRICT, WITHOUT ROWID",
];

test.each(TABLES)("SQLite makes as many indexes with %s as are counted ahead", async (sql) => {
  const database = memoryDatabase(sql);
  const table = (await readSchema(database)).tables.get("t")!;
  expect(countAutomaticIndexes(sql, { rowidIsKey: table.rowidAlias !== null })).toBe(table.indexCount);
  database.close();
});
