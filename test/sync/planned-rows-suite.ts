import { describe, expect, test } from "vitest";
import { readSchema } from "../../src/database/schema.ts";
import { readPlanDetails, readPlannedRows } from "../../src/sync/plan/index.ts";
import type { PlannedRow } from "../../src/sync/run/index.ts";
import { type Engine, execute, newRunKey } from "../support/engine.ts";
import { archiveFrom, type Input, type Scene, type SceneOptions, setScene } from "./scene.ts";

/** The rows of a plan as data: what is told of them, and that nothing of it is read from live rows. */
export function describePlannedRows(name: string, engine: Engine): void {
  async function plan({ target, sync }: Scene, input: Input, options: SceneOptions = {}) {
    const key = newRunKey();
    const report = await sync(input, { key, dryRun: true, ...options });
    const tables = Object.keys(report.plan?.tables ?? {});
    const details = async () => {
      const schema = await readSchema(target);
      return Object.fromEntries(
        await readPlanDetails(target, { schema, run: key }, { tables, samples: true }),
      );
    };
    return { key, tables, report, details, rows: () => read(target, key, tables) };
  }

  async function read(target: Scene["target"], run: string, tables: readonly string[]) {
    const schema = await readSchema(target);
    const rows: PlannedRow[] = [];
    const pages: number[] = [];
    for (let from: Parameters<typeof readPlannedRows>[2]["from"]; ; ) {
      const page = await readPlannedRows(target, { schema, run }, { tables, from });
      rows.push(...page.rows);
      pages.push(page.rows.length);
      if (page.next === null) return { rows, pages };
      from = page.next;
    }
  }

  const AUTHORS = "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT, score REAL, extra)";

  describe(`the rows of a plan (${name})`, () => {
    test("are what is inserted, which cells are updated, and what is deleted, in key order", async () => {
      const source = await archiveFrom(
        engine,
        [AUTHORS],
        [
          "INSERT INTO authors VALUES (1, 'Ada', 1.5, NULL), (2, 'Bob', 2.0, x'00ff'), (3, 'Cy', 3.5, 9007199254740993), (10, 'Di', 4.5, 1)",
        ],
      );
      const scene = await setScene(
        engine,
        [AUTHORS],
        [
          "INSERT INTO authors VALUES (2, 'Bob', 7.0, 1.0), (3, 'Cy', 3.5, 5), (4, 'Ed', NULL, NULL), (10, 'Di', 4.5, 1)",
        ],
      );
      const { rows } = await plan(scene, source, { mode: "mirror" });
      const table = "authors";
      const expected = [
        { table, is: "insert", key: { id: 1 }, row: { id: 1, name: "Ada", score: 1.5, extra: null } },
        {
          ...{ table, is: "update", key: { id: 2 } },
          cells: { score: [7, 2], extra: [{ $real: "1" }, { $blob: "AP8=" }] },
        },
        { table, is: "update", key: { id: 3 }, cells: { extra: [5, { $int: "9007199254740993" }] } },
        { table, is: "delete", key: { id: 4 }, row: { id: 4, name: "Ed", score: null, extra: null } },
      ];
      expect((await rows()).rows).toEqual(expected);
      await execute(scene.target, ["DELETE FROM authors"]);
      expect((await rows()).rows).toEqual(expected);
    });

    test("count into the database's size with all that is kept for the plan", async () => {
      const rows = (text: string) =>
        Array.from({ length: 30 }, (_, i) => ({ id: i + 1, name: text.repeat(20_000) }));
      const scene = await setScene(engine, [AUTHORS]);
      await scene.sync({ authors: rows("a") });
      const { report } = await plan(scene, { authors: rows("b") }, { version: 2 });
      const [told] = await scene.target.batch([{ sql: "SELECT 1" }]);
      const size = told?.databaseBytes ?? null;
      if (size === null) expect(report.plan?.databaseBytes).toBeNull();
      // What it keeps are two times 600 kB; behind them only the run's record is written.
      else expect(Math.abs((report.plan?.databaseBytes ?? 0) - size)).toBeLessThan(50_000);
      const { bytesProcessed, totalBytes } = report.progress;
      expect(bytesProcessed).toBeGreaterThan(600_000);
      expect(totalBytes).toBe(bytesProcessed);
    });

    test("find their live row as the table compares keys: by affinity and collation", async () => {
      const schema = [
        "CREATE TABLE tags (name TEXT COLLATE NOCASE, lang INTEGER, hits INTEGER, PRIMARY KEY (name, lang))",
      ];
      const scene = await setScene(engine, schema, [
        "INSERT INTO tags VALUES ('Blue', 1, 1), ('red', 2, 5), ('Green', 3, 1)",
      ]);
      const { rows } = await plan(scene, {
        tags: [
          { name: "BLUE", lang: 1, hits: 2 },
          { name: "red", lang: "2", hits: "6" },
          { name: "green", lang: 4, hits: 1 },
        ],
      });
      expect((await rows()).rows).toEqual([
        {
          ...{ table: "tags", is: "update", key: { name: "Blue", lang: 1 } },
          cells: { name: ["Blue", "BLUE"], hits: [1, 2] },
        },
        { table: "tags", is: "update", key: { name: "red", lang: 2 }, cells: { hits: [5, "6"] } },
        {
          table: "tags",
          is: "insert",
          key: { name: "green", lang: 4 },
          row: { name: "green", lang: 4, hits: 1 },
        },
      ]);
    });

    test("are known by their rowids where the source's key holds NULLs", async () => {
      const schema = ["CREATE TABLE m (a TEXT PRIMARY KEY, v)"];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO m (rowid, a, v) VALUES (1, NULL, 1), (2, '1', 2), (3, NULL, 3)",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO m (rowid, a, v) VALUES (1, NULL, 9), (2, '1', 2), (4, NULL, 4)",
      ]);
      const { rows, details } = await plan(scene, source, { mode: "mirror" });
      const told = [
        { table: "m", is: "update", key: { rowid: 1 }, cells: { v: [9, 1] } },
        { table: "m", is: "insert", key: { rowid: 3 }, row: { a: null, v: 3 } },
        { table: "m", is: "delete", key: { a: null }, row: { a: null, v: 4 } },
      ];
      expect((await rows()).rows).toEqual(told);
      const [update, insert, deleted] = told;
      expect((await details()).m).toEqual({
        cells: 1,
        samples: { insert: [insert], update: [update], delete: [deleted] },
      });
    });

    test("of a document whose rows lack columns, tell what it says", async () => {
      const scene = await setScene(engine, [AUTHORS], ["INSERT INTO authors VALUES (1, 'Ada', 1.5, 'x')"]);
      const { rows } = await plan(scene, {
        authors: [
          { id: 1, extra: "y" },
          { id: 2, name: "Bo" },
        ],
      });
      expect((await rows()).rows).toEqual([
        { table: "authors", is: "update", key: { id: 1 }, cells: { extra: ["x", "y"] } },
        { table: "authors", is: "insert", key: { id: 2 }, row: { id: 2, name: "Bo" } },
      ]);
    });

    test("come in pages, and a row with cells that wait by themselves whole", async () => {
      const schema = ["CREATE TABLE pages (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)"];
      const source = await archiveFrom(engine, schema, [
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
          INSERT INTO pages SELECT i, 'page ' || i || replace(hex(zeroblob(200)), '0', 'a'), NULL FROM n`,
        "UPDATE pages SET body = replace(hex(zeroblob(500000)), '0', char(7)), raw = zeroblob(400000) WHERE id = 1500",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO pages VALUES (7, 'old', NULL), (1500, replace(hex(zeroblob(450000)), '0', char(6)), zeroblob(300000)), (2900, 'old', NULL)",
      ]);
      const { rows, report } = await plan(scene, source);
      expect(report.plan?.tables.pages).toMatchObject({ inserted: 2997, updated: 3 });
      const { rows: found, pages } = await rows();
      expect(pages.length).toBeGreaterThan(2);
      expect(found.map(({ key }) => key.id)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1));
      expect(found.filter(({ is }) => is === "update").map(({ key }) => key.id)).toEqual([7, 1500, 2900]);
      const long = found[1499] as Extract<PlannedRow, { is: "update" }>;
      const [old, now] = long.cells.body as [string, string];
      expect([old.length, now.length, old[0], now[0]]).toEqual([900_000, 1_000_000, "\u0006", "\u0007"]);
      expect(Object.keys(long.cells)).toEqual(["body", "raw"]);
    });

    test("of tables without a key have none, where they are added", async () => {
      const schema = ["CREATE TABLE log (line TEXT)"];
      const scene = await setScene(engine, schema, ["INSERT INTO log VALUES ('a')"]);
      const { rows } = await plan(scene, { log: [{ line: "a" }, { line: "b" }] }, { keyless: "append" });
      expect((await rows()).rows).toEqual([{ table: "log", is: "insert", key: {}, row: { line: "b" } }]);
    });

    test("of a full-text table without text are told by its rowids", async () => {
      const schema = ["CREATE VIRTUAL TABLE words USING fts5 (line, content='')"];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO words (rowid, line) VALUES (1, 'one'), (2, 'two'), (3, 'three')",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO words (rowid, line) VALUES (1, 'one'), (2, 'zwei'), (4, 'four')",
      ]);
      const { rows } = await plan(scene, source, { mode: "mirror" });
      expect((await rows()).rows).toEqual([
        { table: "words", is: "update", key: { rowid: 2 }, cells: { line: ["zwei", "two"] } },
        { table: "words", is: "insert", key: { rowid: 3 }, row: { line: "three" } },
        { table: "words", is: "delete", key: { rowid: 4 }, row: { line: "four" } },
      ]);
    });

    test("are sampled: three of a kind, with the beginnings of long cells, and changed cells are counted", async () => {
      const schema = [
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)",
        "CREATE TABLE same (id INTEGER PRIMARY KEY)",
      ];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO same VALUES (1)",
        "INSERT INTO notes VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', NULL), (4, 'd', NULL), (5, 'e', NULL)",
        "INSERT INTO notes SELECT id + 10, replace(hex(zeroblob(50)), '0', 'é'), zeroblob(70 + id) FROM notes",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO same VALUES (1)",
        "INSERT INTO notes VALUES (2, 'b', x'01'), (3, 'x', x'02'), (4, 'd', NULL), (7, 'g', x'07'), (15, NULL, NULL)",
      ]);
      const { details } = await plan(scene, source, { mode: "mirror" });
      const table = "notes";
      const start = "é".repeat(80);
      const blob = "A".repeat(80);
      const long = (id: number) => ({
        ...{ table, is: "insert", key: { id } },
        row: {
          id,
          body: { start, of: "text", bytes: 200 },
          raw: { start: blob, of: "blob", bytes: 60 + id },
        },
      });
      expect(await details()).toEqual({
        same: {},
        notes: {
          cells: 5,
          samples: {
            insert: [
              { table, is: "insert", key: { id: 1 }, row: { id: 1, body: "a", raw: null } },
              { table, is: "insert", key: { id: 5 }, row: { id: 5, body: "e", raw: null } },
              long(11),
            ],
            update: [
              { table, is: "update", key: { id: 2 }, cells: { raw: [{ $blob: "AQ==" }, null] } },
              {
                ...{ table, is: "update", key: { id: 3 } },
                cells: { body: ["x", "c"], raw: [{ $blob: "Ag==" }, null] },
              },
              {
                ...{ table, is: "update", key: { id: 15 } },
                cells: {
                  body: [null, { start, of: "text", bytes: 200 }],
                  raw: [null, { start: blob, of: "blob", bytes: 75 }],
                },
              },
            ],
            delete: [
              { table, is: "delete", key: { id: 7 }, row: { id: 7, body: "g", raw: { $blob: "Bw==" } } },
            ],
          },
        },
      });
    });
  });
}
