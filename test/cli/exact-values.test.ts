import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { runCli, workDirectory } from "../support/cli.ts";
import { runSql } from "../support/sample.ts";

/** What a SQLite or its reader may bend: a text with a NUL, in a key too; bytes that are no text; numbers. */
const SQL = `
  CREATE TABLE "values" (id INTEGER PRIMARY KEY, v);
  INSERT INTO "values" (v) VALUES (char(97, 0, 98)), (char(0)), (CAST(x'61ff00' AS TEXT)), (x'6100'), ('é😀'),
    (9007199254740993), (1.0), (-0.0), (9e999), (0.1), (1.7976931348623157e29), (3.3333333333333335e-10);
  CREATE TABLE keyed (name TEXT PRIMARY KEY) WITHOUT ROWID;
  INSERT INTO keyed VALUES ('k'), (char(107, 0, 49)), (char(107, 0, 50));`;

/** Each value's class and bytes, as SQLite has them; of a REAL its double. */
function look(path: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const shown = (column: string) =>
    `typeof(${column}) AS type, hex(${column}) AS bytes, CASE typeof(${column}) WHEN 'real' THEN ${column} END AS number`;
  const rows = [
    ...database.prepare(`SELECT id, ${shown("v")} FROM "values" ORDER BY id`).all(),
    ...database.prepare(`SELECT ${shown("name")} FROM keyed ORDER BY name`).all(),
  ];
  database.close();
  return rows;
}

test("a file's values arrive in another file to the last byte", async () => {
  const cwd = await workDirectory();
  runSql(join(cwd, "from.sqlite"), SQL);
  for (const args of [
    ["export", "from.sqlite", "-o", "a.json.gz"],
    ["import", "a.json.gz", "--to", "to.sqlite", "--yes"],
  ]) {
    const { code, stderr } = await runCli(args, { cwd });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("✗")]);
  }
  expect(look(join(cwd, "to.sqlite"))).toEqual(look(join(cwd, "from.sqlite")));
});
