import { describe, expect, test } from "vitest";
import type { Cell, Key } from "../../../src/archive/types.ts";
import { cellSql } from "../../../src/database/sql/cell-parameter.ts";
import { keyJson } from "../../../src/database/sql/key-json.ts";
import { inRange } from "../../../src/database/sql/key-range.ts";
import { Params } from "../../../src/database/sql/params.ts";
import { memoryDatabase } from "../../support/node-engine.ts";
import { toldPart } from "../../support/staged-scene.ts";

describe("Parameters", () => {
  test("are numbered in their order, and an equal one is bound once", () => {
    const params = new Params();
    expect(["a", null, "b", "a", null].map((value) => params.add(value))).toEqual([
      "?1",
      "?2",
      "?3",
      "?1",
      "?2",
    ]);
    expect(params.values).toEqual(["a", null, "b"]);
  });

  test.each<[Cell, string]>([
    [null, "?1\n-- ?1 = NULL"],
    ["text", "?1\n-- ?1 = 'text'"],
    [7, `(?1 ->> '$')\n-- ?1 = '7'`],
    [{ $int: "9007199254740993" }, "+CAST(?1 AS INTEGER)\n-- ?1 = '9007199254740993'"],
    [{ $real: "1" }, "+CAST(?1 AS REAL)\n-- ?1 = '1'"],
    [{ $real: "-Infinity" }, "+CAST(?1 AS REAL)\n-- ?1 = '-9e999'"],
    [{ $blob: "AP8=" }, "?1\n-- ?1 = 2 bytes"],
    [{ $text: "Yf8=" }, "+CAST(?1 AS TEXT)\n-- ?1 = 2 bytes"],
  ])("bind the cell %j as it was stored", (cell, sql) => {
    expect(toldPart((params) => cellSql(cell, params))).toBe(sql);
  });

  test.each<[Cell, string]>([
    [7, "integer 7"],
    [1.5, "real 1.5"],
    [{ $int: "9007199254740993" }, "integer 9007199254740993"],
    [{ $real: "1" }, "real 1.0"],
    [{ $real: "Infinity" }, "real 9.0e+999"],
    [{ $blob: "AP8=" }, "blob X'00FF'"],
    [{ $text: "YQ==" }, "text 'a'"],
  ])("give %j back in SQL", async (cell, expected) => {
    const params = new Params();
    const sql = cellSql(cell, params);
    const [row] = await memoryDatabase().query({
      sql: `SELECT typeof(${sql}) || ' ' || quote(${sql})`,
      params: params.values,
    });
    expect(row).toEqual([expected]);
  });
});

describe("A range of keys", () => {
  const rows = ["x 1", "x 2", "y 1", "y 2"];
  test.each<[after: Key, through: Key, sql: string, found: string[]]>([
    [null, null, "1", rows],
    [
      ["x", 1],
      null,
      `(live."a", live."b?1") > (?1, (?2 ->> '$'))\n-- ?1 = 'x', ?2 = '1'`,
      ["x 2", "y 1", "y 2"],
    ],
    [null, ["x", 2], `(live."a", live."b?1") <= (?1, (?2 ->> '$'))\n-- ?1 = 'x', ?2 = '2'`, ["x 1", "x 2"]],
    [
      ["x", 1],
      ["y", 1],
      `(live."a", live."b?1") > (?1, (?2 ->> '$')) AND (live."a", live."b?1") <= (?3, (?2 ->> '$'))\n-- ?1 = 'x', ?2 = '1', ?3 = 'y'`,
      ["x 2", "y 1"],
    ],
  ])("from %j to %j", async (after, through, sql, found) => {
    const key = ['live."a"', 'live."b?1"'];
    expect(toldPart((params) => inRange(key, { after, through }, params))).toBe(sql);
    const database = memoryDatabase(
      `CREATE TABLE t (a TEXT, "b?1" INT); INSERT INTO t VALUES ('x', 1), ('x', 2), ('y', 1), ('y', 2)`,
    );
    const params = new Params();
    const condition = inRange(key, { after, through }, params);
    const read = `SELECT a || ' ' || "b?1" FROM t AS live WHERE ${condition} ORDER BY a, "b?1"`;
    expect((await database.query({ sql: read, params: params.values })).flat()).toEqual(found);
  });
});

test("A key is told as JSON, blobs in hex", async () => {
  const cell = (name: string) => `live."${name}"`;
  expect(keyJson(["a"], cell)).toBe(
    `json_array(CASE typeof(live."a") WHEN 'blob' THEN hex(live."a") ELSE live."a" END)`,
  );
  const database = memoryDatabase("CREATE TABLE t (a, b); INSERT INTO t VALUES (x'00ff', 'it''s')");
  expect(await database.query({ sql: `SELECT ${keyJson(["a", "b"], cell)} FROM t AS live` })).toEqual([
    [`["00FF","it's"]`],
  ]);
});
