import { describe, expect, test } from "vitest";
import type { Database, Statement } from "../../../src/database/port.ts";
import { readSchema } from "../../../src/database/schema.ts";
import { frameTable } from "../../../src/frames/frame-table.ts";
import { readRange } from "../../../src/frames/read-range.ts";
import { scanRanges } from "../../../src/frames/scan-ranges.ts";
import { findNullKeys } from "../../../src/sync/export/null-keys.ts";
import { memoryDatabase } from "../../support/node-engine.ts";
import { told } from "../../support/staged-scene.ts";

const SCHEMA = `CREATE TABLE "t?1" ("k?1" TEXT, n INT, v, PRIMARY KEY ("k?1", n));
  WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 6) INSERT INTO "t?1" SELECT 'k' || i, i, i FROM i`;

/** A database, and the statements that it was asked. */
async function recorded() {
  const database = memoryDatabase(SCHEMA);
  const asked: Statement[] = [];
  const recording: Database = {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => {
      asked.push(statement);
      return database.query(statement);
    },
    batch: (statements) => database.batch(statements),
  };
  const table = frameTable((await readSchema(database)).tables.get("t?1")!);
  return { database: recording, asked, table };
}

describe("The frames of a table", () => {
  test("end where their sizes fill them, behind a key", async () => {
    const { database, asked, table } = await recorded();
    const { ranges, more } = await scanRanges(database, table, { after: ["k2", 2], frameBytes: 90 });
    expect(asked.map((statement) => told(statement))).toMatchInlineSnapshot(`
      [
        "WITH sized AS MATERIALIZED (
      SELECT "k?1" AS "#k0", "n" AS "#k1", 33 + ((ifnull(octet_length("k?1"), 4) + ifnull(octet_length("n"), 4)) + ifnull(octet_length("v"), 4)) AS "#size"
      FROM "t?1" WHERE ("k?1", "n") > (?1, (?2 ->> '$')) ORDER BY "t?1"."k?1", "t?1"."n" LIMIT 100000),
      framed AS (SELECT *, row_number() OVER w AS "#n", sum("#size") OVER w AS "#sum" FROM sized
      WINDOW w AS (ROWS UNBOUNDED PRECEDING))
      SELECT "#n", CASE typeof("#k1") WHEN 'integer' THEN CASE WHEN "#k1" BETWEEN -9007199254740991 AND 9007199254740991 THEN '' ELSE '1i' || "#k1" || ',' END WHEN 'real' THEN CASE  WHEN "#k1" > 1.7976931348623157e308 THEN '1+,' WHEN "#k1" < -1.7976931348623157e308 THEN '1-,' WHEN "#k1" BETWEEN -9.3e18 AND 9.3e18 AND "#k1" = CAST("#k1" AS INTEGER) THEN '1r,' ELSE '' END ELSE '' END AS "#flags", "#k0" AS "#k0", "#k1" AS "#k1"
      FROM framed WHERE "#sum" / 90 <> ("#sum" - "#size") / 90 OR "#n" = 100000
      -- ?1 = 'k2', ?2 = '2'",
      ]
    `);
    expect(more).toBe(false);
    // Each row is taken for 37 bytes: 33 of names and marks, 4 of values.
    expect(ranges).toEqual([
      { after: ["k2", 2], through: ["k5", 5] },
      { after: ["k5", 5], through: null },
    ]);
  });

  test("are read from key to key, and by a further condition, whose parameters are its own", async () => {
    const { database, asked, table } = await recorded();
    const range = { after: ["k1", 1], through: ["k4", 4] };
    const where = { where: (params: { add(value: string): string }) => `"k?1" <> ${params.add("k3")}` };
    const { lines } = await readRange(database, table, { range, ...where });
    expect(asked.map((statement) => told(statement))).toMatchInlineSnapshot(`
      [
        "SELECT CAST("rowid" AS TEXT) AS r, "k?1" AS c0, "n" AS c1, "v" AS c2, concat(CASE typeof("n") WHEN 'integer' THEN CASE WHEN "n" BETWEEN -9007199254740991 AND 9007199254740991 THEN '' ELSE '1i' || "n" || ',' END WHEN 'real' THEN CASE  WHEN "n" > 1.7976931348623157e308 THEN '1+,' WHEN "n" < -1.7976931348623157e308 THEN '1-,' WHEN "n" BETWEEN -9.3e18 AND 9.3e18 AND "n" = CAST("n" AS INTEGER) THEN '1r,' ELSE '' END ELSE '' END, CASE typeof("v") WHEN 'integer' THEN CASE WHEN "v" BETWEEN -9007199254740991 AND 9007199254740991 THEN '' ELSE '2i' || "v" || ',' END WHEN 'real' THEN CASE WHEN ("v" = 0 AND atan2("v", -1) < 0) THEN '2z,' WHEN "v" > 1.7976931348623157e308 THEN '2+,' WHEN "v" < -1.7976931348623157e308 THEN '2-,' WHEN "v" BETWEEN -9.3e18 AND 9.3e18 AND "v" = CAST("v" AS INTEGER) THEN '2r,' ELSE '' END ELSE '' END) AS flags FROM "t?1"
      WHERE ("k?1", "n") > (?1, (?2 ->> '$')) AND ("k?1", "n") <= (?3, (?4 ->> '$')) AND "k?1" <> ?5 ORDER BY "t?1"."k?1", "t?1"."n"
      -- ?1 = 'k1', ?2 = '1', ?3 = 'k4', ?4 = '4', ?5 = 'k3'",
      ]
    `);
    expect(lines).toEqual(['{"k?1":"k2","n":2,"v":2}', '{"k?1":"k4","n":4,"v":4}']);
  });
});

test("Tables with NULL in a key are found", async () => {
  const database = memoryDatabase(
    `CREATE TABLE a ("k?1" TEXT PRIMARY KEY); CREATE TABLE b ("k?1" TEXT, n INT, PRIMARY KEY ("k?1", n)); CREATE TABLE c (id INTEGER PRIMARY KEY);
     INSERT INTO a VALUES ('x'); INSERT INTO b VALUES ('x', NULL)`,
  );
  const tables = [...(await readSchema(database)).tables.values()];
  expect(await findNullKeys(database, tables)).toEqual(["b"]);
});
