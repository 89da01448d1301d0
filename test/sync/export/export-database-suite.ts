import { beforeEach, describe, expect, test } from "vitest";
import { base64ToBytes } from "../../../src/archive/base64.ts";
import { openArchive, parseRows } from "../../../src/archive/reader.ts";
import type { Cell, FrameEntry, Row, TableSchema } from "../../../src/archive/types.ts";
import { createBudget } from "../../../src/budget.ts";
import type { Database } from "../../../src/database/port.ts";
import { exportDatabase } from "../../../src/sync/export/export-database.ts";
import type { ExportOptions, ExportReport } from "../../../src/sync/export/export-state.ts";
import { entriesOf } from "../../archive/support/ending.ts";
import { byteSink } from "../../support/bytes.ts";
import { dumpSchema, dumpTables } from "../../support/dump.ts";
import { type Engine, execute } from "../../support/engine.ts";
import { withoutSize } from "../../support/without-size.ts";

const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

interface Exported {
  report: ExportReport;
  frames: readonly FrameEntry[];
  texts: Map<FrameEntry, string>;
  rows: Map<string, Row[]>;
  schema: Awaited<ReturnType<typeof openArchive>>["header"]["schema"];
  calls: number;
}

/** Exports, by as many calls as the budget asks for, and reads the archive back. */
async function exported(
  database: Database,
  options: Omit<ExportOptions, "budget" | "state"> = {},
  budget?: () => NonNullable<ExportOptions["budget"]>,
): Promise<Exported> {
  const sink = byteSink();
  let state: ExportOptions["state"];
  let calls = 0;
  let report: ExportReport;
  do {
    if (++calls > 500) throw new Error("The export did not end");
    report = await exportDatabase(database, sink.write, {
      ...options,
      ...(state === undefined ? {} : { state }),
      ...(budget === undefined ? {} : { budget: budget() }),
    });
    // As a later invocation gets it.
    state = JSON.parse(JSON.stringify(report.state));
  } while (!report.done);
  const archive = await openArchive(sink.source());
  expect(report.bytes).toBe(sink.bytes().length);
  const texts = new Map<FrameEntry, string>();
  const rows = new Map<string, Row[]>();
  for await (const { entry, text } of archive.readFrames()) {
    texts.set(entry, text);
    rows.set(entry.table, [...(rows.get(entry.table) ?? []), ...parseRows(text)]);
  }
  return { report, frames: [...texts.keys()], texts, rows, schema: archive.header.schema, calls };
}

/** A table's frames touch each other, and reach from end to end. */
function expectPartition(frames: readonly FrameEntry[]): void {
  for (const list of Map.groupBy(frames, ({ table }) => table).values()) {
    expect(list[0]!.after).toBeNull();
    expect(list.at(-1)!.through).toBeNull();
    for (let i = 1; i < list.length; i++) {
      expect(list[i]!.after).toEqual(list[i - 1]!.through);
      expect(list[i]!.after).not.toBeNull();
    }
  }
}

/** A cell by its storage class and its bytes, or a number as SQLite prints it. */
function shown(cell: Cell): string {
  if (typeof cell === "string") return `text ${hex(new TextEncoder().encode(cell))}`;
  if (cell === null || typeof cell === "number") return String(cell);
  if ("$blob" in cell) return `blob ${hex(base64ToBytes(cell.$blob))}`;
  if ("$text" in cell) return `text ${hex(base64ToBytes(cell.$text))}`;
  return "$int" in cell ? cell.$int : cell.$real.replace("Infinity", "Inf");
}

const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");

/** What an export writes. */
export function describeExport(name: string, engine: Engine): void {
  describe(`An export of ${name}`, () => {
    let database: Database;
    beforeEach(async () => {
      database = await engine.source();
    });
    const make = (...statements: string[]) => execute(database, statements);
    /** A table's keys in their order, as `shown` tells a cell. */
    const shownKeys = (table: string, keys: readonly string[], order: string) => {
      const cells = keys.map(
        (key, i) =>
          `CASE WHEN typeof(${key}) IN ('text', 'blob') THEN typeof(${key}) || ' ' || hex(${key}) ELSE CAST(${key} AS TEXT) END AS k${i}`,
      );
      return database.query({ sql: `SELECT ${cells.join(", ")} FROM "${table}" ORDER BY ${order}` });
    };

    test("writes nothing but itself into the database", async () => {
      await make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        "CREATE VIRTUAL TABLE f USING fts5(v, content='')",
        "INSERT INTO f (rowid, v) VALUES (1, 'term')",
      );
      const before = [await dumpSchema(database), await dumpTables(database)];
      await exported(database);
      expect([await dumpSchema(database), await dumpTables(database)]).toEqual(before);
    });

    test("of a database without tables is an archive without frames", async () => {
      const { report, frames } = await exported(database, { version: 4 });
      expect(report).toMatchObject({ done: true, version: 4, stats: [] });
      expect(frames).toEqual([]);
    });

    test("gives an empty table one frame without rows", async () => {
      await make("CREATE TABLE a (id INTEGER PRIMARY KEY)", "CREATE TABLE b (v TEXT)");
      const { frames, report } = await exported(database);
      expect(frames.map(({ table, rows, after, through }) => ({ table, rows, after, through }))).toEqual([
        { table: "a", rows: 0, after: null, through: null },
        { table: "b", rows: 0, after: null, through: null },
      ]);
      expect(report.stats).toEqual([
        { table: "a", count: 0 },
        { table: "b", count: 0 },
      ]);
    });

    test.each([
      ["integers", "id INTEGER PRIMARY KEY, v", "i * 3 - 900, 'x'", "id"],
      ["text", "k TEXT PRIMARY KEY, v", "char(97 + i % 26) || i, 'x'", "k"],
      ["two columns", "a TEXT, b INT, v, PRIMARY KEY (b, a)", "'x' || (i % 7), i / 7, 'x'", "b, a"],
      ["descending columns", "a INT, b INT, v, PRIMARY KEY (a DESC, b)", "i / 9, i % 9, 'x'", "a, b"],
      [
        "columns that result columns are named like",
        "c1 INTEGER PRIMARY KEY, c0 TEXT",
        "1000 - i, i % 7",
        "c1",
      ],
      ["a column named flags", "v, flags TEXT PRIMARY KEY", "9007199254740992 + i, 'k' || i", "flags"],
      [
        "cells of any type",
        "k PRIMARY KEY, v",
        "CASE i % 4 WHEN 0 THEN i WHEN 1 THEN 'k' || i WHEN 2 THEN CAST('b' || i AS BLOB) ELSE i + 0.5 END, 'x'",
        "k",
      ],
      [
        "texts without regard to case",
        "k TEXT COLLATE NOCASE PRIMARY KEY, v",
        "CASE i % 2 WHEN 0 THEN 'K' ELSE 'k' END || i, 'x'",
        "k",
      ],
      ["big integers", "id INTEGER PRIMARY KEY, v", "9007199254740000 + i * 7, 'x'", "id"],
      [
        "texts that are not UTF-8",
        "k TEXT PRIMARY KEY, v",
        "CAST(CAST(i AS BLOB) || x'ff' AS TEXT), 'x'",
        "k",
      ],
      [
        "infinite numbers too",
        "k PRIMARY KEY, v",
        "CASE i WHEN 1 THEN 9e999 WHEN 2 THEN -9e999 ELSE i END, 'x'",
        "k",
      ],
      ["rowids", "v, w", "i, 'x'", "rowid"],
    ])(
      "cuts a table keyed by %s into frames that partition it, rows in the key's order",
      async (_, columns, values, order) => {
        await make(`CREATE TABLE t (${columns})`, `INSERT INTO t ${numbers(600)} SELECT ${values} FROM n`);
        const { frames, rows, report } = await exported(database, { frameBytes: 2000 });
        expect(frames.length).toBeGreaterThan(5);
        expectPartition(frames);
        expect(report.stats).toEqual([{ table: "t", count: 600 }]);
        expect(rows.get("t")).toHaveLength(600);
        const keys = order.split(", ");
        expect(rows.get("t")!.map((row) => keys.map((key) => shown(row[key]!)))).toEqual(
          await shownKeys("t", keys, order),
        );
      },
    );

    test("ends each frame at the key that its index says", async () => {
      await make(
        "CREATE TABLE t (a INT, b TEXT, v, PRIMARY KEY (b, a))",
        `INSERT INTO t ${numbers(300)} SELECT i, 'k' || (i % 5), i FROM n`,
      );
      const { frames, texts } = await exported(database, { frameBytes: 1500 });
      for (const frame of frames.slice(0, -1)) {
        const last = parseRows(texts.get(frame)!).at(-1)!;
        expect(frame.through).toEqual([last.b, last.a]);
      }
    });

    test("keeps frames near a megabyte of text, whatever the rows' sizes", async () => {
      await make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)",
        `INSERT INTO t ${numbers(9000)} SELECT i, printf('%.*c', 50 + (i * 37) % 700, 'x'), 'y' FROM n`,
      );
      const { frames, texts } = await exported(database);
      const sizes = frames.map((frame) => texts.get(frame)!.length);
      expect(frames.length).toBeGreaterThan(3);
      for (const size of sizes.slice(0, -1)) {
        expect(size).toBeGreaterThan(850_000);
        expect(size).toBeLessThan(1_200_000);
      }
    });

    test("gives rows near D1's limit a frame each", async () => {
      await make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)",
        "INSERT INTO t VALUES (1, randomblob(1900000)), (2, randomblob(1900000)), (3, x'')",
      );
      const { frames, rows } = await exported(database);
      expect(frames.map((frame) => frame.rows)).toEqual([1, 1, 1]);
      expect(rows.get("t")).toHaveLength(3);
    });

    test.each([1, 2, 3, 4, 5, 7, 10, 15, 25, 49])(
      "that stops after %i statements, again and again, gives the same rows",
      async (statements) => {
        await make(
          "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)",
          `INSERT INTO a ${numbers(300)} SELECT i, 'row ' || i FROM n`,
          "CREATE TABLE empty (k TEXT PRIMARY KEY)",
          "CREATE TABLE b (k TEXT, n INT, PRIMARY KEY (k, n))",
          `INSERT INTO b ${numbers(200)} SELECT 'k' || (i % 3), i FROM n`,
          "INSERT INTO b VALUES (NULL, 5)",
        );
        const options = { frameBytes: 1000, version: 2, now: () => 1_700_000_000_000 };
        const whole = await exported(withoutSize(database), options);
        const parts = await exported(withoutSize(database), options, () => createBudget({ statements }));
        expect(parts.frames).toEqual(whole.frames);
        expect([...parts.rows]).toEqual([...whole.rows]);
        expect(parts.report.stats).toEqual(whole.report.stats);
        if (statements >= 6 && statements < 10) expect(parts.calls).toBeGreaterThan(5);
      },
    );

    test("that stops by time gives the same rows", async () => {
      await make(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT)",
        `INSERT INTO a ${numbers(300)} SELECT i, 'row ' || i FROM n`,
      );
      const whole = await exported(withoutSize(database), { frameBytes: 1000, now: () => 5 });
      let clock = 0;
      const parts = await exported(withoutSize(database), { frameBytes: 1000, now: () => 5 }, () =>
        createBudget({ ms: 40, now: () => clock++ * 10 }),
      );
      expect(parts.frames).toEqual(whole.frames);
      expect(parts.calls).toBeGreaterThan(1);
    });

    test("begins the same frame again when an invocation died", async () => {
      await make(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT)",
        `INSERT INTO a ${numbers(100)} SELECT i, 'row ' || i FROM n`,
      );
      const sink = byteSink();
      const options = { frameBytes: 1000, now: () => 5 };
      const first = await exportDatabase(withoutSize(database), sink.write, {
        ...options,
        budget: createBudget({ statements: 6 }),
      });
      const state = JSON.stringify(first.state);
      const died = exportDatabase(
        withoutSize(database),
        async () => {
          throw new Error("gone");
        },
        { ...options, state: JSON.parse(state) },
      );
      await expect(died).rejects.toThrow("gone");
      await exportDatabase(withoutSize(database), sink.write, { ...options, state: JSON.parse(state) });
      const whole = await exported(withoutSize(database), options);
      const archive = await openArchive(sink.source());
      expect(await entriesOf(archive)).toEqual(whole.frames);
    });

    test("of the same rows gives the same frames", async () => {
      await make("CREATE TABLE t (id INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (2, 1.5), (1, x'00')");
      const [one, two] = [await exported(database), await exported(database, { version: 9 })];
      expect(one.frames.map(({ sha256 }) => sha256)).toEqual(two.frames.map(({ sha256 }) => sha256));
    });

    test("says what it left out, and takes it when it is named", async () => {
      await make(
        "CREATE TABLE posts (id INTEGER PRIMARY KEY)",
        "CREATE TABLE sessions (id TEXT PRIMARY KEY)",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, password_hash TEXT)",
        "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY)",
        "CREATE TABLE seed_history (id INTEGER PRIMARY KEY)",
        "CREATE TABLE _ferry_runs (key TEXT PRIMARY KEY)",
      );
      const { report } = await exported(database);
      expect(report.stats.map(({ table }) => table)).toEqual(["posts"]);
      expect(report.notes.join("\n")).toMatch(/sessions.*\n.*users.*\n.*d1_migrations/);
      const named = await exported(database, { tables: ["SESSIONS", "users"] });
      expect(named.report.stats.map(({ table }) => table)).toEqual(["sessions", "users"]);
      await expect(exported(database, { tables: ["nope"] })).rejects.toMatchObject({ code: "UNKNOWN_TABLE" });
      await expect(exported(database, { tables: ["_ferry_runs"] })).rejects.toMatchObject({
        code: "UNKNOWN_TABLE",
      });
      const rest = await exported(database, { tables: ["posts", "users"], exclude: ["users"] });
      expect(rest.report.stats.map(({ table }) => table)).toEqual(["posts"]);
    });

    test("refuses a table whose rows nothing identifies", async () => {
      await make(
        "CREATE TABLE t (rowid TEXT, _rowid_ TEXT, oid TEXT)",
        "CREATE TABLE u (id INTEGER PRIMARY KEY)",
      );
      await expect(exported(database)).rejects.toMatchObject({
        code: "UNSUPPORTED",
        details: { table: "t" },
      });
      expect((await exported(database, { exclude: ["t"] })).frames).toHaveLength(1);
    });

    test("keeps the schema of what it takes", async () => {
      await make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, g INT AS (id + 1), v TEXT NOT NULL DEFAULT 'x')",
        "INSERT INTO t (id) VALUES (41)",
        "DELETE FROM t",
        "CREATE TABLE sessions (id TEXT PRIMARY KEY)",
        "CREATE INDEX t_v ON t (v)",
        "CREATE INDEX s_id ON sessions (id)",
        "CREATE TRIGGER tr AFTER INSERT ON T BEGIN SELECT 1; END",
        "CREATE VIEW w AS SELECT 1",
      );
      const { schema } = await exported(database);
      const table = schema[0] as TableSchema;
      expect(table).toMatchObject({
        type: "table",
        name: "t",
        autoincrement: true,
        sequence: 41,
        key: { kind: "primary", columns: ["id"] },
      });
      expect(table.columns.map(({ name, generated }) => [name, generated])).toEqual([
        ["id", null],
        ["g", "virtual"],
        ["v", null],
      ]);
      expect(
        schema
          .slice(1)
          .map(({ type, name }) => `${type} ${name}`)
          .sort(),
      ).toEqual(["index t_v", "trigger tr", "view w"]);
    });

    test("reads a view's, a trigger's and an odd table's names as they are", async () => {
      await make(
        'CREATE TABLE "a ""b""" ("c ""d""" TEXT PRIMARY KEY, "e, f" INT)',
        'INSERT INTO "a ""b""" VALUES (\'k\', 1)',
        'CREATE VIEW "v ""w""" AS SELECT 1',
        'CREATE TRIGGER "t; ""r""" AFTER INSERT ON "a ""b""" BEGIN SELECT 1; END',
      );
      const { rows, schema } = await exported(database);
      expect(rows.get('a "b"')).toEqual([{ 'c "d"': "k", "e, f": 1 }]);
      expect(
        schema
          .slice(1)
          .map(({ type, name }) => `${type} ${name}`)
          .toSorted(),
      ).toEqual(['trigger t; "r"', 'view v "w"']);
    });
  });
}
