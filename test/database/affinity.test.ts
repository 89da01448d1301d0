import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { affinityOf } from "../../src/database/affinity.ts";
import { seeded } from "../support/cases.ts";
import { memoryDatabase } from "../support/node-engine.ts";

/** The affinity that SQLite itself gives a declared type, seen by what a column makes of three values. */
function sqlitesAffinity(type: string, strict = false): string {
  const { sqlite } = memoryDatabase();
  try {
    sqlite.exec(`CREATE TABLE t (c ${type})${strict ? " STRICT" : ""}`);
    const stored = (value: string): string | null => {
      try {
        sqlite.exec(`DELETE FROM t; INSERT INTO t VALUES (${value})`);
        return sqlite.prepare("SELECT typeof(c) AS type FROM t").get()!.type as string;
      } catch {
        return null;
      }
    };
    if (stored("1") === "text") return "text";
    if (stored("1") === "real") return "real";
    if (stored("1.0") === "real") return "none";
    // INTEGER and NUMERIC store alike; a CAST tells them apart.
    const [cast] = sqlite.prepare(`SELECT typeof(CAST('1.5' AS ${type})) AS type`).all();
    return cast!.type === "integer" ? "integer" : "numeric";
  } finally {
    sqlite.close();
  }
}

const PIECES = [
  "INT",
  "CHAR",
  "CLOB",
  "TEXT",
  "BLOB",
  "REAL",
  "FLOA",
  "DOUB",
  "NUM",
  "DATE",
  "x",
  "varying",
  "BOOL",
  "9",
];

describe("A column's affinity", () => {
  test.each([
    "INT",
    "INTEGER",
    "TINYINT",
    "UNSIGNED BIG INT",
    "CHARACTER(20)",
    "VARCHAR(255)",
    "NVARCHAR(100)",
    "TEXT",
    "CLOB",
    "BLOB",
    "REAL",
    "DOUBLE PRECISION",
    "FLOAT",
    "NUMERIC",
    "DECIMAL(10,5)",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "ANY",
    "STRING",
    "FLOATING POINT",
    "CHARINT",
    "int",
    "Json",
  ])("of %s is SQLite's", (type) => {
    expect(affinityOf(type)).toBe(sqlitesAffinity(type));
  });

  test("of a column without a type is none", () => {
    expect(affinityOf("")).toBe("none");
  });

  test.each(["INT", "INTEGER", "REAL", "TEXT", "ANY", "any"])(
    "of %s in a STRICT table is SQLite's",
    (type) => {
      expect(affinityOf(type, { strict: true })).toBe(sqlitesAffinity(type, true));
    },
  );

  test("is SQLite's for any words", () => {
    const type = fc
      .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 3 })
      .map((words) => words.join(""))
      .filter((word) => !/^\d/.test(word));
    fc.assert(
      fc.property(type, fc.boolean(), (word, lower) => {
        const declared = lower ? word.toLowerCase() : word;
        expect(affinityOf(declared)).toBe(sqlitesAffinity(declared));
      }),
      seeded(200),
    );
  });
});
