import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Range } from "../../src/archive/types.ts";
import type { Database } from "../../src/database/port.ts";
import { findTable, readSchema } from "../../src/database/schema.ts";
import { cutLeaves } from "../../src/diff/answer-questions.ts";
import { leafRanges } from "../../src/diff/leaf-ranges.ts";
import { leafText, writtenLeafTexts } from "../../src/diff/leaf-text.ts";
import { type FrameTable, frameTable } from "../../src/frames/frame-table.ts";
import { readCellsOf, readParts } from "../../src/frames/read-range.ts";
import { cellChoice, cellFor } from "../property/generate/values.ts";
import { sampled } from "../support/cases.ts";
import { type Engine, execute } from "../support/engine.ts";

const TYPES = ["TEXT", "INTEGER", "REAL", "NUMERIC", "DATETIME", ""] as const;
/** Among them keys of several columns, and such as are compared in another way than bytes. */
const KEYS = [
  "k INTEGER PRIMARY KEY",
  "k TEXT PRIMARY KEY",
  "k TEXT COLLATE NOCASE PRIMARY KEY",
  "k REAL, k2, PRIMARY KEY (k, k2)",
  "k, k2 TEXT COLLATE RTRIM, PRIMARY KEY (k2 DESC, k)",
] as const;

const scene = fc.record({
  key: fc.constantFrom(...KEYS),
  withoutRowid: fc.boolean(),
  /** More than fit one call of a function. */
  types: fc.oneof(
    { weight: 4, arbitrary: fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...TYPES), { minLength: 31, maxLength: 40 }) },
  ),
  rows: fc.array(fc.tuple(cellChoice, cellChoice, fc.infiniteStream(cellChoice)), { maxLength: 9 }),
  leafBytes: fc.constantFrom(1, 200, 2000),
});

/** What SQLite writes of leaves, beside what is made of their cells. */
export function describeLeafTexts(name: string, engine: Engine): void {
  async function tableOf(database: Database): Promise<FrameTable> {
    const { name, key, columns } = frameTable(findTable((await readSchema(database)).tables, "t")!);
    return { name, key, columns };
  }

  async function leavesOf(database: Database, table: FrameTable, leafBytes: number): Promise<Range[]> {
    const ends = (await cutLeaves(database, table, { after: null, leafBytes })).ends;
    return leafRanges(null, ends).slice(0, 30);
  }

  async function read(database: Database, table: FrameTable, range: Range) {
    const [rows = []] = await readParts(database, table, { range, marks: [] });
    return leafText(rows);
  }

  async function ofOneRow(value: string, type: string) {
    const database = await engine.source();
    await execute(database, [
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v ${type})`,
      `INSERT INTO t VALUES (2, ${value})`,
    ]);
    const table = await tableOf(database);
    const whole = { after: null, through: null };
    const [written] = await writtenLeafTexts(database, table, [whole]);
    return { written, made: await read(database, table, whole) };
  }

  describe(`the text of a leaf on ${name}`, () => {
    test("that SQLite writes is the one that is made of the rows' cells", { timeout: 600_000 }, async () => {
      let texts = 0;
      await fc.assert(
        fc.asyncProperty(scene, async ({ key, withoutRowid, types, rows, leafBytes }) => {
          const database = await engine.source();
          const columns = types.map((type, i) => `c${i} ${type}`);
          const [first, ...constraints] = key.split(", PRIMARY KEY");
          const options = withoutRowid ? " WITHOUT ROWID" : "";
          const keys = first!.split(", ");
          const end = constraints.map((one) => `, PRIMARY KEY${one}`);
          await execute(database, [
            `CREATE TABLE t (${[...keys, ...columns].join(", ")}${end.join("")})${options}`,
          ]);
          for (const [one, two, others] of rows) {
            const cells = types.map((type) => cellFor(type, others.next().value!));
            const own = [
              cellFor(keys[0]!.split(" ")[1] ?? "", one),
              ...(keys.length > 1 ? [cellFor("", two)] : []),
            ];
            // A row whose key is taken or of a wrong type is not there.
            await execute(database, [
              `INSERT OR IGNORE INTO t VALUES (${[...own, ...cells].join(", ")})`,
            ]).catch((error) => expect(String(error)).toMatch(/datatype mismatch|NOT NULL/));
          }
          const table = await tableOf(database);
          const leaves = await leavesOf(database, table, leafBytes);
          const found = await writtenLeafTexts(database, table, leaves);
          expect(found).toHaveLength(leaves.length);
          for (const [i, text] of found.entries()) {
            if (text === null) continue;
            texts++;
            expect(text).toEqual(await read(database, table, leaves[i]!));
          }
        }),
        sampled(400),
      );
      expect(texts).toBeGreaterThan(0);
    });

    test("and rows are read of more ranges than one statement takes, and of columns with long names", async () => {
      const database = await engine.source();
      const columns = Array.from({ length: 40 }, (_, i) => `"${"ß".repeat(400)}${i}" TEXT`);
      await execute(database, [
        `CREATE TABLE t (id INTEGER PRIMARY KEY, ${columns.join(", ")})`,
        "INSERT INTO t (id) VALUES (1), (2)",
      ]);
      const table = await tableOf(database);
      const [whole, end] = [
        { after: null, through: null },
        { after: [1], through: null },
      ];
      const ranges = [whole, end, whole, end, whole, end];
      const found = await writtenLeafTexts(database, table, ranges);
      expect(found).toEqual(ranges.map(() => null));
      const rows = await readCellsOf(database, table, ranges);
      expect(rows.map((one) => one.map(([id]) => id))).toEqual([[1, 2], [2], [1, 2], [2], [1, 2], [2]]);
      const narrow = { ...table, columns: table.columns.slice(0, 2) };
      expect((await readCellsOf(database, narrow, ranges)).map(({ length }) => length)).toEqual([
        2, 1, 2, 1, 2, 1,
      ]);
      expect(await writtenLeafTexts(database, narrow, ranges)).toEqual(ranges.map(() => null));
      expect((await writtenLeafTexts(database, narrow, [whole, end])).map((one) => one?.rows)).toEqual([
        2, 1,
      ]);
    });

    test.each([
      ["'b'", "TEXT"],
      ["char(0) || 'x'", "TEXT"],
      [`'"\\' || char(10, 31, 127, 8232)`, ""],
      ["9007199254740991", "INTEGER"],
      ["'2024-01-01'", "DATETIME"],
      ["NULL", "REAL"],
      ["7", "REAL"],
      ["-9007199254740991", "REAL"],
      ["0.87", "REAL"],
      ["-1234567.891", "REAL"],
      ["0.001", "REAL"],
      ["4503599627370495.5", "REAL"],
    ])("%s in a column of type %j is written", async (value, type) => {
      const { written, made } = await ofOneRow(value, type);
      expect(written).toEqual(made);
    });

    test.each([
      ["9007199254740992", "INTEGER"],
      ["1.5", "INTEGER"],
      ["1.5", "NUMERIC"],
      ["2.0", ""],
      ["'no number'", "INTEGER"],
      ["1e-4", "REAL"],
      ["1e16", "REAL"],
      ["9e999", "REAL"],
      ["'no number'", "REAL"],
      ["x'00'", "TEXT"],
      ["x'00'", "REAL"],
      ["x'00'", "NUMERIC"],
      ["CAST(x'ff' AS TEXT)", "TEXT"],
      ["char(65533)", "TEXT"],
      ["hex(zeroblob(200000))", "TEXT"],
    ])("%s in a column of type %j is not", async (value, type) => {
      expect((await ofOneRow(value, type)).written).toBeNull();
    });
  });
}
