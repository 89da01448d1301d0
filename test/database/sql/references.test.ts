import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { readReferences } from "../../../src/database/sql/references.ts";

const TABLES = [
  "CREATE TABLE t (a INT REFERENCES p, b TEXT)",
  "CREATE TABLE t (a INT REFERENCES p (id) ON DELETE CASCADE, b TEXT NOT NULL DEFAULT ('x,(') REFERENCES \"q r\"(k) DEFERRABLE)",
  "CREATE TABLE t (a, b, FOREIGN KEY (a, b) REFERENCES p (x, [y z]), CONSTRAINT c FOREIGN KEY(b) REFERENCES 'q')",
  'CREATE TABLE t ("references" INT, "foreign" INT REFERENCES p, CHECK ("references" > 0))',
  "CREATE TABLE t (a INT CHECK (a IN (1, 2)) CONSTRAINT n REFERENCES `p` MATCH FULL ON UPDATE SET NULL) WITHOUT ROWID",
  "CREATE TABLE t (a DECIMAL(10, 2) /* REFERENCES no */ REFERENCES p, b AS (a + 1) -- REFERENCES no\n)",
  "CREATE TABLE t (a, CHECK (a <> 'REFERENCES p'))",
];

test.each(TABLES)("The foreign keys of %s are those that SQLite finds", (sql) => {
  const database = new DatabaseSync(":memory:");
  database.exec(sql.replace(" WITHOUT ROWID", ""));
  const entries = database.prepare("SELECT * FROM pragma_foreign_key_list('t') ORDER BY id DESC, seq").all();
  database.close();
  const found = [...Map.groupBy(entries, ({ id }) => id).values()].map((columns) => ({
    columns: columns.map(({ from }) => from),
    parent: columns[0]!.table,
    parentColumns: columns[0]!.to === null ? null : columns.map(({ to }) => to),
  }));
  expect(readReferences(sql)).toEqual(found);
});

test("A table of more foreign keys than anybody wants is read in one go", () => {
  // Once each was looked for from the first word on, which took minutes.
  const keys = 40_000;
  const found = readReferences(`CREATE TABLE t (a INTEGER ${"REFERENCES t (a) ".repeat(keys)})`);
  expect(found).toHaveLength(keys);
  expect(found.at(-1)).toEqual({ columns: ["a"], parent: "t", parentColumns: ["a"] });
});
