import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import type { Database, Value } from "../../src/database/port.ts";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import { byteSink } from "../support/bytes.ts";

const SQL = `
  CREATE TABLE texts (id INTEGER PRIMARY KEY, body TEXT, any_type);
  INSERT INTO texts VALUES (1, 'a' || char(0) || 'b', char(0)), (2, 'plain', 1.5), (3, char(0, 0), x'6100'), (4, '', NULL);
  CREATE TABLE keyed (name TEXT PRIMARY KEY, n) WITHOUT ROWID;
  INSERT INTO keyed VALUES ('k' || char(0) || '1', 1), ('k' || char(0) || '2', 2), ('k', 0);`;

/** As node:sqlite was until Node 24.16. */
function cuttingTexts(database: Database): Database {
  const cut = (rows: Value[][]): Value[][] =>
    rows.map((row) => row.map((cell) => (typeof cell === "string" ? (cell.split("\0")[0] ?? "") : cell)));
  return {
    engine: database.engine,
    capabilities: { ...database.capabilities, wholeTexts: false },
    query: async (statement) => cut(await database.query(statement)),
    batch: async (statements) =>
      (await database.batch(statements)).map((result) => ({ ...result, rows: cut(result.rows) })),
  };
}

async function exported(database: Database): Promise<string> {
  const sink = byteSink();
  // A frame for every row: keys are read on their own, too.
  await exportDatabase(database, sink.write, { now: () => 0, frameBytes: 1 });
  return Buffer.from(sink.bytes()).toString("base64");
}

test("an engine that ends texts at a NUL gives the same archive as one that does not", async () => {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(SQL);
  const database = sqliteDatabase(sqlite);
  expect(await exported(cuttingTexts(database))).toBe(await exported(database));
  database.close();
});
