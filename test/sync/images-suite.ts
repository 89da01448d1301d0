import { describe, expect, test } from "vitest";
import { keyedRowsOf, keylessRowsOf } from "../../src/archive/keyed-rows.ts";
import { openArchive } from "../../src/archive/reader.ts";
import { findSchemaTable } from "../../src/archive/schema-tables.ts";
import type { ByteSource, DocumentHeader, Key, Row } from "../../src/archive/types.ts";
import { createBudget } from "../../src/budget.ts";
import { FerryError } from "../../src/errors.ts";
import { loadRun } from "../../src/sync/run/stored-runs.ts";
import { someOf, somePoints } from "../support/cases.ts";
import { drive, type Engine, execute, newRunKey } from "../support/engine.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { memoryImages } from "../support/memory-images.ts";
import { archiveFrom, type Input, type Scene, type SceneOptions, setScene } from "./scene.ts";

/** What an archive of rows before a run says of a table. */
interface Said {
  before: Row[];
  made: Row[];
  /** What it made without keys, and the rowids that were there before. */
  keyless?: { above: Key; rows: Row[] };
}

interface Images {
  header: DocumentHeader;
  tables: Record<string, Said>;
  rowids: Record<string, number[]>;
}

async function readImages(source: ByteSource): Promise<Images> {
  const { header, readFrames } = await openArchive(source);
  const tables: Record<string, Said> = {};
  const rowids: Record<string, number[]> = {};
  for await (const { entry, text, rowids: beside } of readFrames()) {
    const table = findSchemaTable(header.schema, entry.table);
    if (table === undefined) throw new Error(`No schema of ${entry.table}`);
    tables[entry.table] ??= { before: [], made: [] };
    const said = tables[entry.table] as Said;
    if (entry.keyless) {
      const rows = [...keylessRowsOf(table, text)].map(({ row }) => row);
      said.keyless = { above: entry.after, rows: [...(said.keyless?.rows ?? []), ...rows] };
      continue;
    }
    for (const keyed of keyedRowsOf(table, text)) {
      if (!("row" in keyed)) throw new Error("A key without a row");
      said[entry.made ? "made" : "before"].push(keyed.row);
    }
    if (beside !== null) rowids[entry.table] = [...(rowids[entry.table] ?? []), ...beside.map(Number)];
  }
  return { header, tables, rowids };
}

/** The archive of rows as they were before a run. */
export function describeImages(name: string, engine: Engine): void {
  async function keep({ target, sync }: Scene, input: Input, options: SceneOptions = {}) {
    const images = memoryImages();
    const key = newRunKey();
    const report = await sync(input, { key, images, ...options });
    const run = await loadRun(target, key);
    const kept = run?.details.images ?? [];
    const last = kept.at(-1);
    const source = last === undefined ? undefined : images.finished.get(last.key);
    return {
      report,
      images,
      kept,
      details: run?.details,
      read: () => readImages(source as ByteSource),
    };
  }

  describe(`rows as they were before a run (${name})`, () => {
    test("are those that are written over and deleted, whole, and what is made of them", async () => {
      const schema = ["CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, score REAL, extra)"];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO t VALUES (1, 'new', 1.5, NULL), (2, 'Bob', 2.0, x'00ff'), (3, 'Cy', 3.5, 9007199254740993), (5, 'same', 1, 1)",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO t VALUES (2, 'Bob', 7.0, 1.0), (3, 'Cy', 9e999, 5), (4, 'Ed', -9223372036854775808, 'x'), (5, 'same', 1, 1)",
      ]);
      const { read, kept, report } = await keep(scene, source, { mode: "mirror" });
      expect(report.results?.t).toMatchObject({ inserted: 1, updated: 2, deleted: 1 });
      expect(kept).toEqual([
        {
          key: expect.stringMatching(/^undo-\d+-[0-9a-z]{12}$/),
          hash: report.plan?.hash,
          bytes: expect.any(Number),
          rows: 4,
        },
      ]);
      const { header, tables } = await read();
      expect(header).toMatchObject({
        kind: "before-images",
        version: 1,
        source: { engine: "before", name: report.key },
      });
      expect(header.schema.map(({ name }) => name)).toEqual(["t"]);
      expect(tables.t).toEqual({
        before: [
          { id: 2, name: "Bob", score: 7, extra: { $real: "1" } },
          { id: 3, name: "Cy", score: { $real: "Infinity" }, extra: 5 },
          { id: 4, name: "Ed", score: expect.anything(), extra: "x" },
        ],
        made: [
          { id: 1, name: "new", score: 1.5, extra: null },
          { id: 2, score: 2, extra: { $blob: "AP8=" } },
          { id: 3, score: 3.5, extra: { $int: "9007199254740993" } },
        ],
      });
    });

    test("are told of every kind of table, and compare equal with what was there", async () => {
      const schema = [
        "CREATE TABLE pairs (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID",
        "CREATE TABLE named (name TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, v BLOB)",
        "CREATE TABLE notes (v TEXT, twice TEXT GENERATED ALWAYS AS (v || v) STORED)",
        "CREATE TABLE sums (id INTEGER PRIMARY KEY, n REAL, m AS (n * 2) VIRTUAL)",
      ];
      const long = "l".repeat(2_000);
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO pairs VALUES ('x', 1, 'new'), ('x', 2, 'same')",
        "INSERT INTO named (rowid, name, v) VALUES (7, 'ADA', x'01'), (8, 'bo', 'new')",
        "INSERT INTO notes (rowid, v) VALUES (1, 'one'), (5, 'five')",
        "INSERT INTO sums (id, n) VALUES (1, -9e999), (2, 0.5)",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO pairs VALUES ('x', 1, 'old'), ('x', 2, 'same'), ('y', 9007199254740993, NULL)",
        `INSERT INTO named (rowid, name, v) VALUES (3, 'ada', x'ff00'), (4, 'gone', '${long}')`,
        "INSERT INTO notes (rowid, v) VALUES (1, 'uno'), (2, 'two')",
        "INSERT INTO sums (id, n) VALUES (1, 9e999)",
      ]);
      const { read, kept } = await keep(scene, source, { mode: "mirror" });
      const { tables, rowids, header } = await read();
      expect(tables).toEqual({
        pairs: {
          before: [
            { a: "x", b: 1, v: "old" },
            { a: "y", b: { $int: "9007199254740993" }, v: null },
          ],
          made: [{ a: "x", b: 1, v: "new" }],
        },
        named: {
          before: [
            { name: "ada", v: { $blob: "/wA=" } },
            { name: "gone", v: long },
          ],
          made: [
            { name: "ADA", v: { $blob: "AQ==" } },
            { name: "bo", v: "new" },
          ],
        },
        notes: {
          before: [
            { rowid: 1, v: "uno" },
            { rowid: 2, v: "two" },
          ],
          made: [
            { rowid: 1, v: "one" },
            { rowid: 5, v: "five" },
          ],
        },
        sums: {
          before: [{ id: 1, n: { $real: "Infinity" } }],
          made: [
            { id: 1, n: { $real: "-Infinity" } },
            { id: 2, n: 0.5 },
          ],
        },
      });
      expect(rowids).toEqual({ named: [3, 4] });
      expect(header.schema.map(({ name: table }) => table).toSorted()).toEqual([
        "named",
        "notes",
        "pairs",
        "sums",
      ]);
      expect(kept).toMatchObject([{ rows: 10 }]);
    });

    test("are those of the source where none were there, in its own frames or by the target's names", async () => {
      const rows = [
        "INSERT INTO fresh VALUES (1, 'a', x'00'), (2, 'é', 9007199254740993)",
        "INSERT INTO other VALUES (1, 'b')",
      ];
      const source = await archiveFrom(
        engine,
        [
          "CREATE TABLE fresh (id INTEGER PRIMARY KEY, v, w)",
          'CREATE TABLE other ("ID" INTEGER PRIMARY KEY, "V" TEXT)',
        ],
        rows,
      );
      const scene = await setScene(engine, ["CREATE TABLE other (id INTEGER PRIMARY KEY, v TEXT)"]);
      const { read, report } = await keep(scene, source, { create: true });
      expect(report.plan?.tables.other).toMatchObject({ live: 0 });
      const { tables, header } = await read();
      expect(tables).toEqual({
        fresh: {
          before: [],
          made: [
            { id: 1, v: "a", w: { $blob: "AA==" } },
            { id: 2, v: "é", w: { $int: "9007199254740993" } },
          ],
        },
        other: { before: [], made: [{ id: 1, v: "b" }] },
      });
      expect(findSchemaTable(header.schema, "fresh")?.sql).toMatch(/^CREATE TABLE fresh/);
    });

    test("are of a plain document what its rows write", async () => {
      const scene = await setScene(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'd', b TEXT)"],
        ["INSERT INTO t VALUES (1, 'x', 'y')"],
      );
      const { read } = await keep(scene, {
        t: [
          { id: 1, b: "z" },
          { id: 2, b: "new" },
        ],
      });
      expect((await read()).tables.t).toEqual({
        before: [{ id: 1, a: "x", b: "y" }],
        made: [
          { id: 1, b: "z" },
          { id: 2, b: "new" },
        ],
      });
    });

    test("tell rows without the keys that they get as they are written, and which are there before", async () => {
      const scene = await setScene(
        engine,
        [
          "CREATE TABLE log (line TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP, n DEFAULT 1)",
          "CREATE TABLE empty (line TEXT)",
          "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        ],
        ["INSERT INTO log (rowid, line) VALUES (9007199254740993, 'a')"],
      );
      const log = [{ line: "b", at: "now" }, { line: "c" }, { line: "b", at: "now", n: 2 }];
      const { read, kept, report } = await keep(
        scene,
        { log, empty: [{ line: "b" }, { line: "b" }], t: [{ id: 1 }] },
        { keyless: "append" },
      );
      expect(report.notes).toEqual([
        "1 row is added to tables without a key that have too many columns to be compared, or defaults that are others each time: an undo leaves it",
      ]);
      expect((await read()).tables).toEqual({
        log: {
          before: [],
          made: [],
          keyless: {
            above: [{ $int: "9007199254740993" }],
            rows: [
              { line: "b", at: "now" },
              { line: "b", at: "now", n: 2 },
            ],
          },
        },
        empty: { before: [], made: [], keyless: { above: null, rows: [{ line: "b" }, { line: "b" }] } },
        t: { before: [], made: [{ id: 1 }] },
      });
      expect(kept).toMatchObject([{ rows: 5 }]);
    });

    test("are not kept of full-text tables without text, which is said", async () => {
      const schema = ["CREATE VIRTUAL TABLE words USING fts5(body, content='', contentless_delete=1)"];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO words (rowid, body) VALUES (1, 'hello there')",
      ]);
      const scene = await setScene(engine, schema);
      const { kept, report } = await keep(scene, source);
      expect(report.notes).toContain('full-text table "words" cannot be undone');
      expect(kept).toEqual([]);
    });

    test("are not kept where nothing changes, in a dry run, or where nobody wants them", async () => {
      const schema = ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)"];
      const scene = await setScene(engine, schema, ["INSERT INTO t VALUES (1, 'a')"]);
      const data = { t: [{ id: 1, v: "b" }] };
      for (const [input, options] of [
        [{ t: [{ id: 1, v: "a" }] }, { version: 1 }],
        [data, { version: 2, dryRun: true }],
        [data, { version: 3, undo: false }],
      ] satisfies [Input, SceneOptions][]) {
        const { images, kept } = await keep(scene, input, options);
        expect([images.counts, images.finished.size, kept]).toEqual([{ begun: 0, paused: 0 }, 0, []]);
      }
    });

    test("are gone again where the sync is refused when it is written", async () => {
      const schema = ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT CHECK (v <> 'bad'))"];
      const scene = await setScene(engine, schema, ["INSERT INTO t VALUES (1, 'a')"]);
      const images = memoryImages();
      const key = newRunKey();
      await scene.refuse({ t: [{ id: 1, v: "bad" }] }, "ROW_REFUSED", { images, key });
      expect(images.counts.begun).toBe(1);
      expect([...images.finished.keys()]).toEqual([]);
      expect((await loadRun(scene.target, key))?.details.images).toEqual([]);
    });

    const SCHEMA = [
      "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT, w TEXT)",
      "CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT)",
      "CREATE TABLE fresh (id INTEGER PRIMARY KEY, v TEXT)",
    ];

    /** Of each of two tables rows that are inserted, updated and deleted; all rows of a third are inserted. */
    async function changing(frameBytes = 1_000_000): Promise<{ source: ByteSource; scene: Scene }> {
      const some = (from: number, to: number, v: string) =>
        `WITH n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) SELECT i, ${v} FROM n`;
      const rows = [
        `INSERT INTO a (id, v) ${some(1, 60, "'new ' || i")}`,
        `INSERT INTO b (id, v) ${some(20, 80, "'new ' || i")}`,
      ];
      const fresh = `INSERT INTO fresh (id, v) ${some(1, 50, "'fresh ' || i")}`;
      const source = await archiveFrom(engine, SCHEMA, [...rows, fresh], { frameBytes });
      const scene = await setScene(engine, SCHEMA, [
        `INSERT INTO a (id, v) ${some(11, 70, "'old ' || i")}`,
        `INSERT INTO b (id, v) ${some(1, 60, "'old ' || i")}`,
      ]);
      return { source, scene };
    }

    async function wholly(): Promise<Images["tables"]> {
      const { source, scene } = await changing();
      const { read } = await keep(scene, source, { mode: "mirror" });
      return (await read()).tables;
    }

    test("are the same where the budget ends at any statement", async () => {
      const expected = await wholly();
      expect([expected.a?.before.length, expected.a?.made.length, expected.fresh?.made.length]).toEqual([
        60, 60, 50,
      ]);
      let paused = 0;
      for (const statements of someOf([6, 8, 10, 13, 16, 19, 22, 26, 30])) {
        const { source, scene } = await changing(700);
        const { read, images, report } = await keep(scene, source, {
          mode: "mirror",
          mostCalls: 300,
          budget: () => createBudget({ statements, bytes: 1_500 }),
        });
        expect(report.status).toBe("completed");
        expect((await read()).tables).toEqual(expected);
        expect(images.counts.begun).toBe(1);
        paused += images.counts.paused;
      }
      expect(paused).toBeGreaterThan(5);
    });

    test("are the same where a driver dies at any statement", async () => {
      const expected = await wholly();
      const ways = (["before", "after"] as const).flatMap((when) =>
        (["auto", "never"] as const).map((atomic) => ({ when, atomic })),
      );
      for (const { when, atomic } of ways) {
        for (const dies of somePoints(6)) {
          const { source, scene } = await changing();
          const [key, images] = [newRunKey(), memoryImages()];
          const faulty = faultyDatabase(scene.target, { when, fail: (call) => call >= dies });
          const options = { mode: "mirror", atomic, images } as const;
          const survived = await drive(faulty, source, key, options).then(
            () => true,
            () => false,
          );
          if (survived) break;
          const report = await drive(scene.target, source, key, {
            ...options,
            now: () => Date.now() + 60_000,
          }).catch((error: { code: string }) => error);
          expect(report).toMatchObject(
            "code" in report ? { code: "ALREADY_SYNCED" } : { status: "completed" },
          );
          const kept = (await loadRun(scene.target, key))?.details.images ?? [];
          expect(kept, `${atomic} ${when} ${dies}`).toHaveLength(1);
          expect([...images.finished.keys()]).toEqual([kept[0]?.key]);
          const { tables } = await readImages(images.finished.get(kept[0]?.key as string) as ByteSource);
          expect(tables).toEqual(expected);
        }
      }
    });

    test("are written again where what was written of them is gone", async () => {
      const expected = await wholly();
      const { source, scene } = await changing(700);
      const images = memoryImages();
      const forgetful: typeof images = {
        ...images,
        open(key, state) {
          const sink = images.open(key, state);
          if (state === undefined || images.counts.begun > 1) return sink;
          return {
            ...sink,
            write: () => Promise.reject(new FerryError("UPLOAD_NOT_FOUND", "It is gone")),
          };
        },
      };
      const key = newRunKey();
      await scene.sync(source, {
        ...{ key, mode: "mirror", mostCalls: 300, images: forgetful },
        budget: () => createBudget({ statements: 14, bytes: 1_500 }),
      });
      const kept = (await loadRun(scene.target, key))?.details.images ?? [];
      expect(images.counts.begun).toBe(2);
      const { tables } = await readImages(images.finished.get(kept[0]?.key as string) as ByteSource);
      expect(tables).toEqual(expected);
    });

    test("of a run that had to plan again are kept once more, and both are named", async () => {
      const { source, scene } = await changing(700);
      let moved = false;
      const { kept, images, details } = await keep(scene, source, {
        ...{ mode: "mirror", atomic: "never", sliceBytes: 1, mostCalls: 300 },
        budget: () => createBudget({ statements: 30 }),
        async onCall() {
          if (moved || (await scene.rows("a")).every(([id, v]) => v !== `new ${id}`)) return;
          moved = true;
          await execute(scene.target, ["UPDATE b SET v = 'moved' WHERE id = 60"]);
        },
      });
      expect(moved).toBe(true);
      expect(details?.imaging ?? null).toBeNull();
      expect(kept).toHaveLength(2);
      expect(new Set(kept.map(({ hash }) => hash)).size).toBe(2);
      const [first, second] = await Promise.all(
        kept.map(async ({ key }) => (await readImages(images.finished.get(key) as ByteSource)).tables),
      );
      expect(first?.b?.before).toContainEqual({ id: 60, v: "old 60" });
      expect(second?.b?.before).toContainEqual({ id: 60, v: "moved" });
    });

    test("cost a first sync no statement", async () => {
      const spent: number[] = [];
      for (const undo of [true, false]) {
        const source = await archiveFrom(engine, SCHEMA, [
          "INSERT INTO a VALUES (1, 'x', NULL)",
          "INSERT INTO b VALUES (1, 'y')",
        ]);
        const scene = await setScene(engine, SCHEMA.slice(0, 1));
        const budget = createBudget();
        const { kept } = await keep(scene, source, { undo, create: true, budget: () => budget });
        expect(kept).toHaveLength(undo ? 1 : 0);
        spent.push(budget.spent);
      }
      expect(spent[0]).toBe(spent[1]);
    });
  });
}
