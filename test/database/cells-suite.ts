import { beforeEach, describe, expect, test } from "vitest";
import type { Cell } from "../../src/archive/types.ts";
import { affinityOf } from "../../src/database/affinity.ts";
import { cellExpression, flagsExpression, needsCare, readCells } from "../../src/database/cells.ts";
import type { Database, Value } from "../../src/database/port.ts";
import { execute } from "../support/engine.ts";
import type { DatabaseSubject } from "./conformance.ts";

/** What is stored, as an SQL expression, in a column of a type; and the cell that says exactly that. */
const CELLS: [type: string, sql: string, cell: Cell][] = [
  ["", "NULL", null],
  ["", "1", 1],
  ["", "1.0", { $real: "1" }],
  ["", "-1.0", { $real: "-1" }],
  ["", "0.0", { $real: "0" }],
  ["", "1.5", 1.5],
  ["", "'1'", "1"],
  ["", "''", ""],
  ["", "x''", { $blob: "" }],
  ["", "x'00ff'", { $blob: "AP8=" }],
  ["", "9007199254740991", 9007199254740991],
  ["", "9007199254740992", { $int: "9007199254740992" }],
  ["", "-9007199254740992", { $int: "-9007199254740992" }],
  ["", "9223372036854775807", { $int: "9223372036854775807" }],
  ["", "-9223372036854775807 - 1", { $int: "-9223372036854775808" }],
  ["", "9e999", { $real: "Infinity" }],
  ["", "-9e999", { $real: "-Infinity" }],
  ["", "1e300", 1e300],
  ["", "9007199254740992.0", { $real: "9007199254740992" }],
  ["", "1.7976931348623157e308", 1.7976931348623157e308],
  ["", "5e-324", 5e-324],
  ["", "'a' || char(0) || 'b'", "a\u0000b"],
  ["", "char(65533)", "\uFFFD"],
  ["", "char(65279) || 'x'", "\uFEFFx"],
  ["", "CAST(x'ff41' AS TEXT)", { $text: "/0E=" }],
  ["", "CAST(x'eda080' AS TEXT)", { $text: "7aCA" }],
  ["", "CAST(x'c3' AS TEXT)", { $text: "ww==" }],
  ["INTEGER", "9223372036854775807", { $int: "9223372036854775807" }],
  ["INTEGER", "1.0", 1],
  ["INTEGER", "1.5", 1.5],
  ["INTEGER", "9e999", { $real: "Infinity" }],
  ["INTEGER", "'not a number'", "not a number"],
  ["REAL", "1", 1],
  ["REAL", "1.0", 1],
  ["REAL", "9e999", { $real: "Infinity" }],
  ["REAL", "9007199254740993", 9007199254740992],
  ["REAL", "'text'", "text"],
  ["TEXT", "1", "1"],
  ["TEXT", "CAST(x'80' AS TEXT)", { $text: "gA==" }],
  ["TEXT", "x'80'", { $blob: "gA==" }],
  ["NUMERIC", "'1.0'", 1],
  ["NUMERIC", "'9007199254740993'", { $int: "9007199254740993" }],
  ["BLOB", "2.0", { $real: "2" }],
  ["BLOB", "'text'", "text"],
  ["DATETIME", "'2024-01-01'", "2024-01-01"],
  ["BOOLEAN", "1", 1],
];

/** How cells are read from an engine that bends some. */
export function describeCells(name: string, { create }: DatabaseSubject): void {
  describe(`Cells read from ${name}`, () => {
    let database: Database;

    beforeEach(async () => {
      database = await create();
    });

    test("are exactly what is stored, whatever the column's type", async () => {
      const columns = CELLS.map(([type], i) => ({ name: `c${i}`, affinity: affinityOf(type) }));
      await execute(database, [
        `CREATE TABLE t (${CELLS.map(([type], i) => `c${i} ${type}`).join(", ")})`,
        `INSERT INTO t VALUES (${CELLS.map(([, sql]) => sql).join(", ")})`,
      ]);
      const select = async (careful: boolean): Promise<Value[]> => {
        const cells = columns.map((column) => `${cellExpression(column, careful)} AS "${column.name}"`);
        const [row] = await database.query({
          sql: `SELECT ${cells.join(", ")}, ${flagsExpression(columns, careful)} AS flags FROM t`,
        });
        return row!;
      };
      const first = await select(false);
      expect(needsCare(first)).toBe(true);
      const values = await select(true);
      const cells = readCells(values.slice(0, -1), values.at(-1) as string);
      const named = (list: readonly Cell[]) => list.map((cell, i) => [CELLS[i]!.slice(0, 2).join(" "), cell]);
      expect(named(cells)).toEqual(named(CELLS.map(([, , cell]) => cell)));
    });

    test("of a common row need no flags", async () => {
      const columns = ["", "INTEGER", "REAL", "TEXT"].map((type, i) => ({
        name: `c${i}`,
        affinity: affinityOf(type),
      }));
      await execute(database, [
        "CREATE TABLE t (c0, c1 INTEGER, c2 REAL, c3 TEXT)",
        "INSERT INTO t VALUES ('x', 12, 3.0, 'text'), (NULL, NULL, NULL, NULL), (4.5, -12, 1e20, '')",
      ]);
      const rows = await database.query({ sql: `SELECT ${flagsExpression(columns)} AS flags FROM t` });
      expect(rows).toEqual([[""], [""], [""]]);
    });

    test("keep negative zero where a column keeps it", async () => {
      const column = { name: "c", affinity: affinityOf("") };
      await execute(database, ["CREATE TABLE t (c)", "INSERT INTO t VALUES ('[-0.0]' ->> 0)"]);
      const [row] = await database.query({ sql: `SELECT c, ${flagsExpression([column])} AS flags FROM t` });
      expect(readCells([row![0]!], row![1] as string)).toEqual([{ $real: "-0" }]);
    });
  });
}
