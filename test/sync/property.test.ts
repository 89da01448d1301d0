import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dumpSchema, dumpTables } from "../support/dump.ts";
import { archiveOf, drive, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const TYPES = ["", "INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB", "VARCHAR(20)", "BOOLEAN", "DATETIME"];
const STRICT_TYPES = ["INTEGER", "TEXT", "REAL", "BLOB", "ANY"];

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = fc.uint8Array({ maxLength: 8 }).map((value) => `x'${hex(value)}'`);
const utf8 = fc
  .string({ unit: "binary", maxLength: 8 })
  .map((text) => `CAST(x'${hex(new TextEncoder().encode(text))}' AS TEXT)`);
const anyText = fc.uint8Array({ maxLength: 6 }).map((value) => `CAST(x'${hex(value)}' AS TEXT)`);
const integer = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(String),
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom("9007199254740991", "9007199254740992", "-9007199254740993"),
);
const real = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => {
    const text = String(number);
    return /[.e]/.test(text) ? text : `${text}.0`;
  }),
  fc.constantFrom("9e999", "-9e999", "0.0", "('[-0.0]' ->> 0)", "1e22", "9007199254740993.0", "5e-324"),
);
const anything = fc.oneof(
  fc.constant("NULL"),
  integer,
  real,
  bytes,
  utf8,
  anyText,
  fc.constantFrom("'1'", "'1.0'", "'{}'"),
);
const OF_TYPE: Record<string, fc.Arbitrary<string>> = {
  INTEGER: integer,
  TEXT: fc.oneof(utf8, anyText),
  REAL: real,
  BLOB: bytes,
};

const identifier = fc.oneof(
  fc.constantFrom(
    "id",
    "name",
    "rowid",
    "value",
    "rows",
    "key",
    "c0",
    "c1",
    "flags",
    "live",
    "select",
    "__proto__",
    "1",
  ),
  fc.string({ minLength: 1, maxLength: 6 }).filter((name) => !name.includes("\0") && name.isWellFormed()),
);
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

interface Table {
  create: string;
  inserts: string[];
}

/** A table of a few columns of any type, keyed somehow, with rows that mostly fit. */
function table(name: string): fc.Arbitrary<Table> {
  return fc
    .record({
      names: fc.uniqueArray(identifier, {
        minLength: 1,
        maxLength: 5,
        selector: (text) => text.toLowerCase(),
      }),
      strict: fc.boolean(),
      key: fc.constantFrom("none", "rowid", "autoincrement", "first", "two", "without rowid"),
      unique: fc.boolean(),
      pick: fc.array(fc.nat(100), { minLength: 5, maxLength: 5 }),
    })
    .chain(({ names, strict, key, unique, pick }) => {
      const types = names.map((_, i) => {
        const choice = strict ? STRICT_TYPES : TYPES;
        return choice[pick[i]! % choice.length]!;
      });
      if (key === "rowid" || key === "autoincrement") types[0] = "INTEGER";
      const keyed = names.slice(0, key === "two" ? 2 : 1).map(quoted);
      const constraints = [
        ...(key === "first" || key === "two" || key === "without rowid"
          ? [`PRIMARY KEY (${keyed.join(", ")})`]
          : []),
        ...(unique && names.length > 2 ? [`UNIQUE (${quoted(names[2]!)})`] : []),
      ];
      const columns = names.map((column, i) => {
        const own =
          key === "rowid" ? "PRIMARY KEY" : key === "autoincrement" ? "PRIMARY KEY AUTOINCREMENT" : "";
        return `${quoted(column)} ${types[i]} ${i === 0 ? own : ""}`;
      });
      const options = [...(key === "without rowid" ? ["WITHOUT ROWID"] : []), ...(strict ? ["STRICT"] : [])];
      const create = `CREATE TABLE ${quoted(name)} (${[...columns, ...constraints].join(", ")}) ${options.join(", ")}`;
      const cells = types.map((type) => (strict ? (OF_TYPE[type] ?? anything) : anything));
      const row = fc
        .tuple(...cells)
        .map((values) => `INSERT OR IGNORE INTO ${quoted(name)} VALUES (${values.join(", ")})`);
      return fc.array(row, { maxLength: 12 }).map((inserts) => ({ create, inserts }));
    });
}

describe("Any database", () => {
  test("arrives in another one as it was: every cell, every class, the schema", async () => {
    const database = fc
      .uniqueArray(
        identifier.filter((name) => !/^(sqlite_|_ferry_|_cf_)/i.test(name)),
        {
          minLength: 1,
          maxLength: 3,
          selector: (text) => text.toLowerCase(),
        },
      )
      .chain((names) => fc.tuple(...names.map(table)).map((tables) => ({ names, tables })));
    await fc.assert(
      fc.asyncProperty(database, fc.integer({ min: 40, max: 400 }), async ({ names, tables }, frameBytes) => {
        const source = memoryDatabase();
        const target = memoryDatabase();
        try {
          for (const { create, inserts } of tables) {
            source.sqlite.exec(create);
            for (const insert of inserts) {
              try {
                source.sqlite.exec(insert);
              } catch (error) {
                // Text for a rowid, a NULL in a key that takes none: this row is not part of the example.
                expect(String(error)).toMatch(/datatype mismatch|NOT NULL|cannot store/);
              }
            }
          }
          const archive = await archiveOf(source, { frameBytes, tables: names });
          const report = await drive(target, archive, newRunKey(), {
            create: true,
            temporary: true,
            mostCalls: 1,
          });
          expect(report).toMatchObject({ status: "completed", verified: true });
          expect(await dumpTables(target)).toEqual(await dumpTables(source));
          expect(await dumpSchema(target)).toEqual(await dumpSchema(source));
        } finally {
          source.close();
          target.close();
        }
      }),
      { numRuns: 200 },
    );
  });
});
