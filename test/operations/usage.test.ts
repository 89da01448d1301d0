import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { countStatements, createUsageMeter } from "../../src/operations/usage.ts";

it("counts every statement of a batch, and those that fail", async () => {
  const meter = createUsageMeter();
  const database = countStatements(sqliteDatabase(new DatabaseSync(":memory:")), meter);
  await database.query({ sql: "SELECT 1 AS n" });
  await database.batch([{ sql: "CREATE TABLE t (a)" }, { sql: "INSERT INTO t VALUES (1)" }]);
  await expect(database.query({ sql: "SELECT nothing" })).rejects.toThrow();
  expect(meter.read().statements).toBe(4);
});

it("says how long a request has taken", () => {
  let clock = 1000;
  const meter = createUsageMeter(() => clock);
  clock = 1250;
  expect(meter.read()).toEqual({ statements: 0, bucketOperations: 0, ms: 250 });
});
