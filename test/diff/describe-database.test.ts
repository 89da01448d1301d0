import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { describeDatabase } from "../../src/diff/index.ts";
import type { TableChoice } from "../../src/sync/schema/index.ts";

const OTHERWISE = "its key compares texts otherwise than its columns do";

describe("A table whose key compares texts by a collation", () => {
  test.each([
    ["a TEXT COLLATE NOCASE PRIMARY KEY", ["NOCASE"]],
    ["a TEXT COLLATE NOCASE, PRIMARY KEY (a)", ["NOCASE"]],
    ["a TEXT COLLATE nocase, PRIMARY KEY (a COLLATE NOCASE)", ["NOCASE"]],
    ["a TEXT, b TEXT COLLATE RTRIM, PRIMARY KEY (b, a COLLATE BINARY)", ["RTRIM", "BINARY"]],
    ["a INTEGER PRIMARY KEY COLLATE NOCASE", ["BINARY"]],
  ])("is compared by its key where that has those of its columns: %s", async (columns, collations) => {
    expect(await described(columns)).toMatchObject({ key: { collations } });
  });

  test.each([
    "a TEXT, PRIMARY KEY (a COLLATE NOCASE)",
    "a TEXT COLLATE NOCASE, PRIMARY KEY (a COLLATE BINARY)",
  ])("is not where it has others: %s", async (columns) => {
    expect(await described(columns)).toMatchObject({ key: null, keyless: OTHERWISE });
  });
});

test("A view is told only where all tables are: its SQL may say what is in others", async () => {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(`CREATE TABLE open (id INTEGER PRIMARY KEY); CREATE TABLE closed (s TEXT);
    CREATE INDEX of_open ON open (id); CREATE VIEW v AS SELECT id FROM open WHERE id NOT IN (SELECT 7 FROM closed)`);
  const othersFor = async (choice: TableChoice) => {
    const { others } = await describeDatabase(sqliteDatabase(sqlite), choice, { schemas: true });
    return others.map(({ name }) => name);
  };
  expect(await othersFor({})).toEqual(["of_open", "v"]);
  expect(await othersFor({ within: ["open"] })).toEqual(["of_open"]);
  sqlite.close();
});

async function described(columns: string) {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(`CREATE TABLE t (${columns})`);
  const { tables } = await describeDatabase(sqliteDatabase(sqlite), {});
  sqlite.close();
  return tables[0];
}
