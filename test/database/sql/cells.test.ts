import { expect, test } from "vitest";
import { cellExpression, flagsExpression } from "../../../src/database/cells.ts";
import { memoryDatabase } from "../../support/node-engine.ts";
import { told } from "../../support/staged-scene.ts";

const text = { name: "t", affinity: "text" } as const;
const whole = { name: 'i "?1"', affinity: "integer" } as const;
const any = { name: "a", affinity: "none" } as const;

test("A column is selected as it is, or with a text's bytes", () => {
  expect(cellExpression(whole)).toBe('"i ""?1"""');
  expect(cellExpression(text, true)).toBe(`CASE typeof("t") WHEN 'text' THEN CAST("t" AS BLOB) ELSE "t" END`);
});

test("Flags ask no more of a column than its type makes possible", () => {
  expect(flagsExpression([])).toBe("''");
  expect(flagsExpression([text])).toBe("''");
  expect(flagsExpression([text], true)).toBe(`CASE typeof("t") WHEN 'text' THEN '0t,' ELSE '' END`);
  expect(told({ sql: flagsExpression([{ name: "r", affinity: "real" }]) })).toMatchInlineSnapshot(
    `"CASE typeof("r") WHEN 'real' THEN CASE  WHEN "r" > 1.7976931348623157e308 THEN '0+,' WHEN "r" < -1.7976931348623157e308 THEN '0-,'  ELSE '' END ELSE '' END"`,
  );
  expect(told({ sql: flagsExpression([whole]) })).toMatchInlineSnapshot(
    `"CASE typeof("i ""?1""") WHEN 'integer' THEN CASE WHEN "i ""?1""" BETWEEN -9007199254740991 AND 9007199254740991 THEN '' ELSE '0i' || "i ""?1""" || ',' END WHEN 'real' THEN CASE  WHEN "i ""?1""" > 1.7976931348623157e308 THEN '0+,' WHEN "i ""?1""" < -1.7976931348623157e308 THEN '0-,' WHEN "i ""?1""" BETWEEN -9.3e18 AND 9.3e18 AND "i ""?1""" = CAST("i ""?1""" AS INTEGER) THEN '0r,' ELSE '' END ELSE '' END"`,
  );
});

test("Flags name the position and the code of each cell that an engine bends", async () => {
  const database = memoryDatabase(`CREATE TABLE x (t TEXT, "i ""?1""" INTEGER, a);
    INSERT INTO x VALUES ('x', 9007199254740993, '[-0.0]' ->> 0), ('y', 5, 1.0), ('z', -9007199254740991, 9e999), (NULL, NULL, -9e999)`);
  const sql = `SELECT ${flagsExpression([text, whole, any])} FROM x`;
  expect((await database.query({ sql })).flat()).toEqual(["1i9007199254740993,2z,", "2r,", "2+,", "2-,"]);
  const careful = `SELECT ${flagsExpression([text, any], true)} FROM x WHERE t = 'x'`;
  expect((await database.query({ sql: careful })).flat()).toEqual(["0t,1z,"]);
});
