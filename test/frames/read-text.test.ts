import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byName, sqliteDatabase } from "../../src/database/node-sqlite.ts";
import type { Database } from "../../src/database/port.ts";
import { readSchema } from "../../src/database/schema.ts";
import { frameTable } from "../../src/frames/frame-table.ts";
import { joinedText, writesText, writtenText } from "../../src/frames/read-text.ts";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import { byteSink } from "../support/bytes.ts";
import { seeded } from "../support/cases.ts";

/** Tables of three cells beside their key, in each way that rows are identified. */
const TABLES = [
  `CREATE TABLE "a""b' c\\" (id INTEGER PRIMARY KEY, "x""y'\\" TEXT, n INTEGER, v)`,
  "CREATE TABLE t (k TEXT PRIMARY KEY, x TEXT, n INTEGER, v)",
  "CREATE TABLE t (k TEXT PRIMARY KEY, x TEXT, n INTEGER, v) WITHOUT ROWID",
  "CREATE TABLE t (k, x TEXT, n INTEGER, v)",
  "CREATE TABLE t (line TEXT, r ANY, n INTEGER, text ANY, PRIMARY KEY (r, line DESC)) STRICT",
  "CREATE TABLE t (k INTEGER PRIMARY KEY, x TEXT COLLATE NOCASE, n REAL, v)",
] as const;

const textUnit = fc.oneof(
  fc.constantFrom(
    ..."\"\\/\b\f\n\r\t\u0000\u0001\u001f\u007f\u0080\u2028\u2029\ufeff\ufffd\uffff'é",
    "😀",
    "\u{10ffff}",
  ),
  fc.nat(0x7f).map((code) => String.fromCharCode(code)),
);
const plainCell = fc.oneof(fc.string({ unit: textUnit }), fc.maxSafeInteger(), fc.constant(null));
/** In SQL. */
const otherCell = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => `CAST('${value}' AS REAL)`),
  fc.constantFrom("9007199254740993", "-9223372036854775808", "9e999", "-0.0", "2.0"),
  // Among them what SQLite takes for JSON of its own form, and texts that are no UTF-8.
  fc.constantFrom(
    "x''",
    "x'00'",
    "x'13'",
    "x'1737'",
    "x'cc0f00'",
    "CAST(x'c3' AS TEXT)",
    "CAST(x'eda080' AS TEXT)",
  ),
);
const cell = fc.oneof(
  { weight: 12, arbitrary: plainCell.map((value) => ({ value })) },
  { weight: 1, arbitrary: otherCell.map((sql) => ({ sql })) },
);

const scene = fc.record({
  table: fc.constantFrom(...TABLES),
  rows: fc.array(fc.tuple(cell, cell, cell, cell), { maxLength: 12 }),
  frameBytes: fc.constantFrom(1, 100, 1_000_000),
});

function databaseOf({
  table,
  rows,
}: {
  table: string;
  rows: readonly (readonly ({ value: string | number | null } | { sql: string })[])[];
}) {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(table);
  const name = table.slice("CREATE TABLE ".length, table.indexOf(" ("));
  for (const row of rows) {
    const values: (string | number | null)[] = [];
    const cells = row.map((one) => {
      if ("sql" in one) return one.sql;
      values.push(one.value);
      return typeof one.value === "number" ? `CAST(?${values.length} AS INTEGER)` : `?${values.length}`;
    });
    // A row whose key is taken or of a wrong type is not there.
    try {
      sqlite.prepare(`INSERT OR IGNORE INTO ${name} VALUES (${cells.join(", ")})`).run(byName(values));
    } catch (error) {
      expect(String(error)).toMatch(/datatype mismatch|cannot store|NOT NULL/);
    }
  }
  return sqliteDatabase(sqlite);
}

const withoutBlobs = (database: Database): Database => ({
  ...database,
  capabilities: { ...database.capabilities, directBlobs: false },
});

async function exported(database: Database, frameBytes: number): Promise<Uint8Array> {
  const sink = byteSink();
  await exportDatabase(database, sink.write, { now: () => 0, frameBytes, snapshot: true });
  return sink.bytes();
}

describe("A frame's text that SQLite writes", () => {
  test("is byte by byte the one that is made of the rows' cells", async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ frameBytes, ...made }) => {
        const database = databaseOf(made);
        const [written, joined] = [
          await exported(database, frameBytes),
          await exported(withoutBlobs(database), frameBytes),
        ];
        expect(Buffer.compare(written, joined)).toBe(0);
        database.close();
      }),
      seeded(120),
    );
  });

  test("is not asked for where a cell is a real, a large integer, a blob or no UTF-8", async () => {
    const written = async (setup: string) => {
      const sqlite = new DatabaseSync(":memory:");
      sqlite.exec(`${setup}; CREATE TABLE t (id INTEGER PRIMARY KEY, v)`);
      const database = sqliteDatabase(sqlite);
      const table = frameTable((await readSchema(database)).tables.get("t")!);
      expect(writesText(database, table)).toBe(true);
      return {
        async of(value: string) {
          sqlite.exec(`DELETE FROM t; INSERT INTO t VALUES (1, 'a'), (2, ${value})`);
          const range = { after: null, through: null };
          const text = await writtenText(database, table, range);
          if (text !== null) {
            const { text: joined, ...others } = await joinedText(database, table, range);
            expect({ ...text, text: Buffer.from(text.text as Uint8Array).toString() }).toEqual({
              ...others,
              text: joined,
            });
          }
          return text !== null;
        },
      };
    };
    const utf8 = await written("");
    for (const value of ["'b'", "char(0)", "7", "NULL", "9007199254740991", "''"])
      expect(await utf8.of(value), value).toBe(true);
    for (const value of ["1.5", "9007199254740992", "x'00'", "CAST(x'ff' AS TEXT)"])
      expect(await utf8.of(value), value).toBe(false);
  });
});
