import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import type { ByteSource } from "../../src/archive/types.ts";
import { createBudget } from "../../src/budget.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { busyDatabase } from "../support/busy-database.ts";
import { documentSource } from "../support/bytes.ts";
import { once, sampled, somePoints } from "../support/cases.ts";
import { archiveOf, type DriveOptions, drive, type Engine, execute, newRunKey } from "../support/engine.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { type MemoryImages, memoryImages } from "../support/memory-images.ts";
import { archiveFrom, type Input, type Scene, setScene } from "./scene.ts";

/** Tables whose rows nothing but what they hold tells apart: with columns of all kinds, by an index, of full text. */
const TABLES = {
  plain: "CREATE TABLE log (a, v TEXT COLLATE NOCASE, n INTEGER DEFAULT '7')",
  generated:
    "CREATE TABLE log (twice AS (v || v) STORED, a BLOB, v TEXT DEFAULT 'x', n REAL, other NOT NULL DEFAULT -1.5)",
  "full text": "CREATE VIRTUAL TABLE log USING fts5(a, v, n)",
} as const;

/** SQL of cells, among them ones that are equal but for their kind. */
const CELLS = {
  a: ["NULL", "1", "1.0", "0.0", "('[-0.0]' ->> 0)", "'1'", "x'31'", "9007199254740993"],
  v: ["NULL", "'x'", "'X'", `'${"long ".repeat(3)}'`],
  n: ["NULL", "7", "8"],
} as const;

type Numbers = [a: number, v: number, n: number];

const numbers = fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 3 }), fc.nat({ max: 2 }));

/** Rows of which many are equal. */
const rowsArbitrary = (maxLength: number) =>
  fc.array(fc.oneof(fc.constant<Numbers>([1, 1, 1]), fc.constant<Numbers>([2, 1, 1]), numbers), {
    maxLength,
    size: "max",
  });

const insert = ([a, v, n]: Numbers) =>
  `INSERT INTO log (a, v, n) VALUES (${CELLS.a[a]}, ${CELLS.v[v]}, ${CELLS.n[n]})`;

/** What an app does to the row in this place. */
type Edit = { is: "delete" | "update" | "copy" | "insert"; at: number; numbers: Numbers };

const editArbitrary: fc.Arbitrary<Edit> = fc.record({
  is: fc.constantFrom("delete", "update", "copy", "insert"),
  at: fc.nat({ max: 30 }),
  numbers,
});

function edited({ is, at, numbers: [a, v, n] }: Edit): string {
  const row = `(SELECT rowid FROM log ORDER BY rowid DESC LIMIT 1 OFFSET ${at} % max(1, (SELECT count(*) FROM log)))`;
  switch (is) {
    case "delete":
      return `DELETE FROM log WHERE rowid = ${row}`;
    case "update":
      return `UPDATE log SET ${["a", "v", "n"][at % 3]} = ${[CELLS.a[a], CELLS.v[v], CELLS.n[n]][at % 3]} WHERE rowid = ${row}`;
    case "copy":
      return `INSERT INTO log (a, v, n) SELECT a, v, n FROM log WHERE rowid = ${row}`;
    case "insert":
      return insert([a, v, n]);
  }
}

/** Each row's rowid, and all that it holds, as text. */
type Rows = [rowid: number, content: string][];

async function rowsOf(target: Database): Promise<Rows> {
  const columns = await target.query({
    sql: "SELECT name FROM pragma_table_xinfo('log') WHERE hidden IN (0, 3)",
  });
  const cells = columns.map(
    ([name]) =>
      `typeof("${name}") || quote("${name}") || ifnull(iif("${name}" IS 0, atan2("${name}", -1), ''), '')`,
  );
  const rows = await target.query({
    sql: `SELECT rowid, concat_ws('|', ${cells.join(", ")}) FROM log ORDER BY rowid`,
  });
  return rows as Rows;
}

/** What an undo leaves of `now`: of each content as many rows go as the run has added, the newest ones. */
function undone({ before, after, now }: Record<"before" | "after" | "now", Rows>): {
  rows: Rows;
  left: number;
} {
  const largest = Math.max(...before.map(([rowid]) => rowid), Number.MIN_SAFE_INTEGER);
  const was = new Set(before.map(([rowid]) => rowid));
  const added = after.filter(([rowid]) => !was.has(rowid)).map(([, content]) => content);
  const rows = [...now];
  let left = 0;
  for (const content of added) {
    const at = rows.findLastIndex(([rowid, own]) => own === content && rowid > largest);
    if (at < 0) left++;
    else rows.splice(at, 1);
  }
  return { rows, left };
}

const cases = fc.record({
  table: fc.constantFrom(...Object.values(TABLES)),
  live: rowsArbitrary(6),
  incoming: rowsArbitrary(14),
  /** By a document that says no rowids, and not by an archive. */
  document: fc.boolean(),
  /** Which columns a document's rows lack, in bits, by turns. */
  lacks: fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 14, size: "max" }),
  later: fc.array(editArbitrary, { maxLength: 5 }),
  sync: fc.constantFrom<DriveOptions>({}, { atomic: "never", sliceBytes: 1 }),
  undoing: fc.constantFrom<DriveOptions>({}, { atomic: "never", sliceBytes: 1 }),
  statements: fc.constantFrom(0, 0, 45),
  /** The calls of a driver after which it dies. */
  dies: fc.constantFrom(Infinity, Infinity, 8, 14, 20),
  force: fc.boolean(),
});

type Case = typeof cases extends fc.Arbitrary<infer One> ? One : never;

async function runCase(engine: Engine, { table, live, incoming, later, force, ...one }: Case): Promise<void> {
  const isDocument = one.document || table === TABLES["full text"];
  const { statements, dies } = one;
  // In many transactions a row of one shape may be there already once an equal one of another is written.
  const sync = isDocument && one.lacks.some((bits) => bits > 0) ? {} : one.sync;
  const budget = statements > 0 ? { budget: () => createBudget({ statements, limit: 1000 }) } : {};
  const source = await engine.source();
  await execute(source, [table, ...incoming.map(insert)]);
  const archive = isDocument ? await documentOf(source, one.lacks) : await archiveOf(source);
  const target = await engine.target();
  await execute(target, [table, ...live.map(insert)]);
  const before = await rowsOf(target);
  const images = memoryImages();
  await drive(target, archive, newRunKey(), { keyless: "append", images, ...sync, ...budget });
  const after = await rowsOf(target);
  expect(images.finished.size).toBe(after.length > before.length ? 1 : 0);
  if (images.finished.size === 0) return;

  for (const edit of later) await execute(target, [edited(edit)]);
  const now = await rowsOf(target);
  const expected = undone({ before, after, now });
  const ofUndo = memoryImages();
  const options = { images: ofUndo, force, ...one.undoing, ...budget };
  const key = undoKey();
  const faulty = faultyDatabase(target, { fail: (call) => call >= dies });
  const first = await undo(faulty, keptIn(images), { key, ...options }).catch(() => null);
  const report =
    first ?? (await undo(target, keptIn(images), { key, ...options, now: () => Date.now() + 60_000 }));
  expect(report.plan?.left?.edited ?? 0).toBe(expected.left);
  expect(await rowsOf(target)).toEqual(expected.rows);

  // Once more by the same rows, of which an app may have added equal ones since.
  await undo(target, keptIn(images), { takenBefore: true, force });
  expect(await rowsOf(target)).toEqual(expected.rows);

  if (ofUndo.finished.size === 0) return;
  const ofRedo = memoryImages();
  const redo = await undo(target, keptIn(ofUndo), { images: ofRedo, ...one.undoing });
  expect(redo.plan?.left).toBeUndefined();
  expect(await rowsOf(target)).toEqual(now);
  await undo(target, keptIn(ofRedo), one.undoing);
  expect(await rowsOf(target)).toEqual(expected.rows);
}

const undoKey = () => newRunKey().replace("sync-", "undo-");

const keptIn = (images: MemoryImages) => [...images.finished.values()].at(-1) as ByteSource;

const undo = (
  target: Database,
  kept: ByteSource,
  { key = undoKey(), ...options }: DriveOptions & { key?: string } = {},
) =>
  drive(target, kept, key, {
    ...{ mode: "mirror", all: true, undoes: "sync-1700000000000-aaaaaaaaaaaa" },
    ...options,
  });

/** Undos of rows that were added without keys. */
export function describeUndoKeyless(name: string, engine: Engine): void {
  describe(`An undo of rows that were added without keys, on ${name}`, () => {
    test("takes away as many equal ones as were added, and no others", once(60), async () => {
      const property = fc.asyncProperty(cases, (one) => runCase(engine, one));
      await fc.assert(property, sampled(300));
    });

    const LOG = ["CREATE TABLE log (message TEXT, n)"];
    const append = { keyless: "append" } as const;
    const messages = async ({ target }: Scene) =>
      (await target.query({ sql: "SELECT message FROM log ORDER BY rowid" })).flat();

    const appended = async (scene: Scene, input: Input, options: DriveOptions = {}) => {
      const images = memoryImages();
      const report = await scene.sync(input, { ...append, images, ...options });
      return { report, images };
    };

    test("leaves the equal rows that were there before, also where the app has deleted one of the new ones", async () => {
      const scene = await setScene(engine, LOG, ["INSERT INTO log VALUES ('a', 1), ('a', 1)"]);
      const rows = Array.from({ length: 4 }, () => ({ message: "a", n: 1 }));
      const { images } = await appended(scene, { log: rows });
      expect(await messages(scene)).toHaveLength(4);
      await execute(scene.target, ["DELETE FROM log WHERE rowid = 4"]);
      const { plan } = await undo(scene.target, keptIn(images));
      expect(plan).toMatchObject({ left: { edited: 1, held: 0 }, tables: { log: { deleted: 1, live: 3 } } });
      expect(await scene.target.query({ sql: "SELECT rowid FROM log" })).toEqual([[1], [2]]);
    });

    test("takes the newest of equal rows, and leaves one that the app has edited", async () => {
      const scene = await setScene(engine, LOG);
      const { images } = await appended(scene, { log: [{ message: "a" }, { message: "b" }] });
      await execute(scene.target, [
        "INSERT INTO log VALUES ('a', NULL)",
        "UPDATE log SET n = 5 WHERE message = 'b'",
      ]);
      const { plan } = await undo(scene.target, keptIn(images));
      expect(plan?.left).toEqual({ edited: 1, held: 0 });
      expect(await scene.target.query({ sql: "SELECT rowid, message, n FROM log ORDER BY 1" })).toEqual([
        [1, "a", null],
        [2, "b", 5],
      ]);
    });

    test("tells rows apart from those whose rowids the document says, and those that say less", async () => {
      const scene = await setScene(
        engine,
        ["CREATE TABLE log (message TEXT, n DEFAULT 1)"],
        ["INSERT INTO log VALUES ('here', 1)"],
      );
      const images = memoryImages();
      const log = [{ rowid: 5, message: "a", n: 1 }, { message: "a", n: 1 }, { message: "a" }];
      await scene.sync({ log }, { images });
      await execute(scene.target, ["INSERT INTO log VALUES ('a', 1)", "DELETE FROM log WHERE rowid = 5"]);
      const { plan } = await undo(scene.target, keptIn(images));
      expect(plan?.left).toBeUndefined();
      expect(await scene.target.query({ sql: "SELECT rowid, message FROM log" })).toEqual([
        [1, "here"],
        [6, "a"],
      ]);
    });

    test("leaves what rows have come to point to, and takes it once they are gone", async () => {
      const schema = [
        "CREATE TABLE tags (name TEXT UNIQUE)",
        "CREATE TABLE uses (tag TEXT REFERENCES tags (name))",
      ];
      const scene = await setScene(engine, schema, ["INSERT INTO tags VALUES ('old')"]);
      const { images } = await appended(scene, { tags: [{ name: "a" }, { name: "b" }] });
      await execute(scene.target, ["INSERT INTO uses VALUES ('a')"]);
      const ofUndo = memoryImages();
      const { plan } = await undo(scene.target, keptIn(images), { images: ofUndo });
      expect(plan?.left).toEqual({ edited: 0, held: 1 });
      expect((await scene.rows("tags")).flat()).toEqual(["a", "old"]);
      await undo(scene.target, keptIn(ofUndo));
      await execute(scene.target, ["DELETE FROM uses"]);
      await undo(scene.target, keptIn(images));
      expect((await scene.rows("tags")).flat()).toEqual(["old"]);
    });

    test("chooses no others in the place of rows that it has taken before rows moved", async () => {
      const scene = await setScene(engine, [
        "CREATE TABLE log (message TEXT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
      ]);
      const images = memoryImages();
      const log = [{ message: "a" }, { message: "a" }, { message: "b" }];
      await scene.sync({ t: [{ id: 1, v: 1 }], log }, { ...append, images });
      let taken = false;
      const busy: Database = {
        ...scene.target,
        query: (statement) => scene.target.query(statement),
        async batch(statements) {
          const answers = await scene.target.batch(statements);
          if (!taken && statements.some(({ sql }) => sql.startsWith('DELETE FROM "log"'))) {
            taken = true;
            // Under the rowids that have become free.
            await execute(scene.target, ["INSERT INTO log VALUES ('a'), ('a')", "UPDATE t SET v = 2"]);
          }
          return answers;
        },
      };
      await undo(busy, keptIn(images), { atomic: "never", sliceBytes: 1 });
      expect(taken).toBe(true);
      expect(await messages(scene)).toEqual(["a", "a"]);
      expect(await scene.rows("t")).toEqual([[1, 2]]);
    });

    test.each(["always", "never"] as const)(
      "takes no row that the app edits meanwhile, ahead of whichever call: atomic %s",
      async (atomic) => {
        let met = 0;
        for (const call of somePoints(0, 40)) {
          const scene = await setScene(engine, [...LOG, "CREATE TABLE seen (times)"]);
          const { images } = await appended(scene, { log: [{ message: "a" }] });
          const { database, steps } = busyDatabase(scene.target, {
            writes: (at) => at === call,
            change: () => ["INSERT INTO seen SELECT count(*) FROM log", "UPDATE log SET n = 9"],
          });
          await undo(database, keptIn(images), { atomic, sliceBytes: 1 });
          if (steps() === 0) break;
          const [[seen] = []] = await scene.target.query({ sql: "SELECT times FROM seen" });
          expect(await scene.rows("log"), `call ${call}`).toEqual(seen === 1 ? [["a", 9]] : []);
          met += seen as number;
        }
        expect(met).toBeGreaterThan(0);
      },
    );

    test("leaves rows whose defaults are others each time, which the sync says", async () => {
      const schema = ["CREATE TABLE log (message TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP)"];
      const scene = await setScene(engine, schema);
      const { images, report } = await appended(scene, {
        log: [{ message: "a" }, { message: "b", at: "then" }],
      });
      expect(report.notes).toEqual([expect.stringMatching(/^1 row is added .* an undo leaves it$/)]);
      await undo(scene.target, keptIn(images));
      expect(await messages(scene)).toEqual(["a"]);
      const only = await appended(scene, { log: [{ message: "c" }] }, { version: 2 } as DriveOptions);
      expect(only.images.finished.size).toBe(0);
    });

    test("takes rows of a table that the sync has made", async () => {
      const source = await archiveFrom(engine, LOG, ["INSERT INTO log VALUES ('a', 1), ('a', 1.0)"]);
      const scene = await setScene(engine, []);
      const { images } = await appended(scene, source, { create: true });
      await execute(scene.target, ["INSERT INTO log VALUES ('a', 1)", "INSERT INTO log VALUES ('a', x'31')"]);
      expect((await undo(scene.target, keptIn(images))).plan?.left).toBeUndefined();
      expect(await scene.target.query({ sql: "SELECT rowid, typeof(n) FROM log" })).toEqual([
        [1, "integer"],
        [4, "blob"],
      ]);
    });

    test("tells a zero from one of another sign", async () => {
      const scene = await setScene(engine, LOG, ["INSERT INTO log VALUES ('a', 0.0)"]);
      const { images, report } = await appended(scene, { log: [{ message: "a", n: { $real: "-0" } }] });
      expect(report.results?.log).toMatchObject({ inserted: 1 });
      await execute(scene.target, ["INSERT INTO log VALUES ('a', 0.0)"]);
      expect((await undo(scene.target, keptIn(images))).plan?.left).toBeUndefined();
      expect(await scene.target.query({ sql: "SELECT rowid FROM log ORDER BY rowid" })).toEqual([[1], [3]]);
    });

    test.each([
      ["98 columns of a type", 98, " TEXT"],
      ["49 without one", 49, ""],
    ])("is exact where the table is as wide as can be compared: %s", async (_, width, type) => {
      const names = Array.from({ length: width }, (__, i) => `column_${i}`);
      const scene = await setScene(engine, [`CREATE TABLE log (${names.map((column) => column + type)})`]);
      // Cells of all the kinds that are staged in another form.
      const cells = [
        1,
        "x",
        { $int: "9007199254740993" },
        { $real: "-0" },
        { $blob: "AA==" },
        { $text: "/w==" },
      ];
      const rows = [0, 1, 2, 3, 4, 5, 0].map((by) =>
        Object.fromEntries(names.map((column, i) => [column, cells[(i + by) % cells.length]])),
      );
      const { images, report } = await appended(scene, { log: rows });
      expect(report.results?.log).toMatchObject({ inserted: 7 });
      const again = await appended(scene, { log: rows }, { version: 2 } as DriveOptions);
      expect(again.report.results?.log).toMatchObject({ inserted: 0 });
      await execute(scene.target, [
        "INSERT INTO log SELECT * FROM log WHERE rowid = 4",
        "UPDATE log SET column_48 = 'changed' WHERE rowid = 2",
      ]);
      expect((await undo(scene.target, keptIn(images))).plan?.left).toEqual({ edited: 1, held: 0 });
      expect(await scene.target.query({ sql: "SELECT rowid FROM log ORDER BY rowid" })).toEqual([[2], [4]]);
    });

    test("leaves all where a column has come since whose default is another each time", async () => {
      const scene = await setScene(engine, LOG);
      const { images } = await appended(scene, { log: [{ message: "a" }] });
      await execute(scene.target, [
        "ALTER TABLE log RENAME TO old",
        "CREATE TABLE log (message TEXT, n, at TEXT DEFAULT (datetime()))",
        "INSERT INTO log (message) SELECT message FROM old",
        "DROP TABLE old",
      ]);
      expect((await undo(scene.target, keptIn(images))).plan?.left).toEqual({ edited: 1, held: 0 });
      expect(await messages(scene)).toEqual(["a"]);
    });

    test("is exact with rowids at the ends of what there can be", async () => {
      const scene = await setScene(engine, LOG, [
        "INSERT INTO log (rowid, message) VALUES (-9223372036854775808, 'a'), (9007199254740993, 'a')",
      ]);
      const { images } = await appended(scene, {
        log: [{ message: "a" }, { message: "a" }, { message: "a" }],
      });
      await undo(scene.target, keptIn(images));
      expect(await scene.target.query({ sql: "SELECT '' || rowid FROM log ORDER BY rowid" })).toEqual([
        ["-9223372036854775808"],
        ["9007199254740993"],
      ]);
    });

    test("refuses what cannot be", async () => {
      const scene = await setScene(engine, LOG);
      const { images } = await appended(scene, { log: [{ message: "a" }] });
      await execute(scene.target, ["DROP TABLE log", "CREATE TABLE log (message TEXT PRIMARY KEY, n)"]);
      await expect(undo(scene.target, keptIn(images))).rejects.toBeInstanceOf(FerryError);
    });
  });
}

/** Rows as a document by others has them: without rowids, and some without some of their columns. */
async function documentOf(source: Database, lacks: readonly number[]): Promise<ByteSource> {
  const { readFrames } = await openArchive(await archiveOf(source));
  const rows: object[] = [];
  for await (const { text } of readFrames()) {
    for (const { rowid: _, ...row } of JSON.parse(`[${text}]`) as { rowid?: number }[]) {
      const lacking = lacks[rows.length % lacks.length] as number;
      const cells = Object.entries(row).filter((__, i) => ((lacking >> i) & 1) === 0);
      rows.push(Object.fromEntries(cells.length === 0 ? Object.entries(row) : cells));
    }
  }
  return documentSource({ format: "d1-ferry/1", data: { log: rows } });
}
