import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { describeDatabase } from "../../src/diff/index.ts";

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

async function described(columns: string) {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(`CREATE TABLE t (${columns})`);
  const { tables } = await describeDatabase(sqliteDatabase(sqlite), {});
  sqlite.close();
  return tables[0];
}
