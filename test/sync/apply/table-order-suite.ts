import { describe, expect, test } from "vitest";
import { dumpTables } from "../../support/dump.ts";
import { archiveOf, drive, type Engine, execute, newRunKey } from "../../support/engine.ts";

const SCHEMA = [
  "CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE)",
  "CREATE TABLE items (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents, up INTEGER REFERENCES items, v TEXT)",
  "CREATE TRIGGER tr AFTER INSERT ON items BEGIN UPDATE items SET v = 'fired' WHERE id = new.id; END",
];

const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

const filled = (rows: string[]) => [...SCHEMA.slice(0, 2), ...rows, SCHEMA[2]!];

const ROWS = [
  `INSERT INTO parents ${numbers(20)} SELECT i, 'p' || i FROM n`,
  `INSERT INTO items ${numbers(40)} SELECT i, 1 + i % 20, i / 2, 'item ' || i FROM n WHERE i > 1`,
  "INSERT INTO items VALUES (1, 1, NULL, 'root'), (0, 1, NULL, 'zero')",
];

const LIVE = [
  "INSERT INTO parents VALUES (1, 'p2'), (2, 'p1'), (77, 'gone')",
  "INSERT INTO items VALUES (1, 77, NULL, 'old'), (70, 77, 1, 'gone')",
];

/** What frames cannot do in any order. */
export function describeFrameOrder(name: string, engine: Engine): void {
  describe(`A sync by frames on ${name}`, () => {
    const prepare = async (rows = ROWS, live = LIVE) => {
      const source = await engine.source();
      await execute(source, filled(rows));
      const target = await engine.target();
      await execute(target, filled(live));
      return {
        archive: await archiveOf(source, { frameBytes: 500 }),
        expected: await dumpTables(source),
        target,
      };
    };

    test("fills rows that point to rows of a later frame, of their own table and of others", async () => {
      const { archive, expected, target } = await prepare(
        [
          `INSERT INTO items ${numbers(60)} SELECT i, NULL, 61 - i, printf('%.*c', 60, 'x') FROM n`,
          `INSERT INTO parents ${numbers(3)} SELECT i, 'p' || i FROM n`,
        ],
        [],
      );
      const report = await drive(target, archive, newRunKey(), { atomic: "never" });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(await dumpTables(target)).toEqual(expected);
    });

    test("that a row stops says what state the tables are in, and goes on when the row can be taken", async () => {
      const { archive, target, expected } = await prepare(ROWS, []);
      await target.batch([
        { sql: "CREATE TABLE other (id INTEGER PRIMARY KEY, item INTEGER REFERENCES items)" },
        { sql: "DROP TABLE parents" },
        {
          sql: "CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE CHECK (code <> 'p19'))",
        },
      ]);
      const key = newRunKey();
      const refused = drive(target, archive, key, { atomic: "never", sliceBytes: 1 });
      await expect(refused).rejects.toMatchObject({
        code: "ROW_REFUSED",
        message: expect.stringMatching(/\[19\].*Frames before it are applied and stay/s),
      });
      const [[count]] = (await target.query({ sql: "SELECT count(*) FROM parents" })) as [[number]];
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(19);
      await target.batch([
        { sql: "PRAGMA defer_foreign_keys = on" },
        { sql: "CREATE TABLE kept AS SELECT * FROM parents" },
        { sql: "DROP TABLE parents" },
        { sql: SCHEMA[0]! },
        { sql: "INSERT INTO parents SELECT * FROM kept" },
        { sql: "DROP TABLE kept" },
      ]);
      await drive(target, archive, key, { atomic: "never", sliceBytes: 1 });
      const { other: _, ...tables } = await dumpTables(target);
      expect(tables).toEqual(expected);
    });
  });
}
