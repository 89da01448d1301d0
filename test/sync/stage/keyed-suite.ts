import { describe, expect, test } from "vitest";
import type { ArchiveKind, ByteSource } from "../../../src/archive/types.ts";
import { type Budget, createBudget } from "../../../src/budget.ts";
import type { Database, Value } from "../../../src/database/port.ts";
import { readSchema } from "../../../src/database/schema.ts";
import { Params } from "../../../src/database/sql/params.ts";
import { quote } from "../../../src/database/sql/syntax.ts";
import { advanceRun } from "../../../src/sync/advance-run.ts";
import { readRun } from "../../../src/sync/run/list-runs.ts";
import type { SyncOptions } from "../../../src/sync/run/options.ts";
import { isOtherSource } from "../../../src/sync/run/request.ts";
import { loadRun } from "../../../src/sync/run/stored-runs.ts";
import type { FrameSource } from "../../../src/sync/source/frame-source.ts";
import { cutSlices, narrowTable, readParts } from "../../../src/sync/stage/slices.ts";
import {
  goneKeys,
  type IncomingRows,
  incomingRows,
  readStaged,
} from "../../../src/sync/stage/staged-rows.ts";
import { shapeSql } from "../../../src/sync/stage/staged-sql.ts";
import { reachOf, somePoints } from "../../support/cases.ts";
import { type Engine, execute, newRunKey } from "../../support/engine.ts";
import { faultyDatabase } from "../../support/faulty-database.ts";
import {
  type KeyToWrite,
  keyedArchive,
  keyOf,
  type TakenRow,
  takeRows,
} from "../../support/keyed-archive.ts";
import { setScene } from "../scene.ts";

type Options = Omit<SyncOptions, "budget">;

const ACCEPTED: Options = { acceptsParts: ["before-images"] };

/** So few statements that no request comes to the plan. */
const NO_PLAN = 21;

interface Staging extends Options {
  budget?: () => Budget;
}

/** Where a call stopped: how many rows there were, and whether a frame was there only in part. */
interface Stop {
  rows: number;
  inFrame: boolean;
}

/** Stages an archive, and does no more with it. */
async function stage(
  database: Database,
  source: ByteSource,
  key: string,
  { budget = () => createBudget({ limit: NO_PLAN }), ...options }: Staging = {},
): Promise<Stop[]> {
  const stops: Stop[] = [];
  while (stops.length < 1000) {
    const report = await advanceRun(database, source, key, {
      ...ACCEPTED,
      dryRun: true,
      ...options,
      budget: budget(),
    });
    const [last] = await database.query({
      sql: "SELECT position ->> '$.frame' = seq FROM _ferry_frames ORDER BY seq DESC, part DESC LIMIT 1",
    });
    stops.push({ rows: report.progress.recordsProcessed, inFrame: last?.[0] === 1 });
    if ((await loadRun(database, key))?.details.staged) return stops;
  }
  throw new Error("The staging did not end");
}

const stagedRun = async (database: Database, key: string) =>
  readStaged(database, await readSchema(database), key);

/** What waits, whatever the run is called. */
async function waiting(database: Database): Promise<Value[][]> {
  const frames = await database.query({
    sql: "SELECT seq, part, tbl, shape, codes, row_count, bytes, position, rows FROM _ferry_frames ORDER BY seq, part",
  });
  const cells = await database.query({
    sql: "SELECT id, piece, hex(value) FROM _ferry_cells ORDER BY id, piece",
  });
  return [...frames, ...cells];
}

/** Of what is staged in one shape: its columns, and what it was made against in the order of the rows. */
async function readShape(database: Database, incoming: IncomingRows) {
  const params = new Params();
  const { from, was } = shapeSql(incoming, params);
  const found = await database.query({
    sql: `SELECT ${was ?? "'nobody said'"} FROM ${from}`,
    params: params.values,
  });
  return { columns: incoming.shape.columns, was: found.map(([hash]) => hash) };
}

/** Puts what is staged in one shape into a table, as an apply would. */
async function insertShape(database: Database, incoming: IncomingRows): Promise<void> {
  const params = new Params();
  const { from, cell } = shapeSql(incoming, params);
  const { columns } = incoming.shape;
  await database.batch([
    {
      sql: `INSERT INTO ${quote(incoming.staged.table.name)} (${columns.map(quote).join(", ")}) SELECT ${columns.map(cell).join(", ")} FROM ${from}`,
      params: params.values,
    },
  ]);
}

const EXACT_VALUES = [
  "x'00ff'",
  "x''",
  "9007199254740993",
  "-9223372036854775808",
  "1",
  "2e0",
  "1.5",
  "('[-0.0]' ->> 0)",
  "9e999",
  "-9e999",
  "'a' || char(0) || 'b'",
  "CAST(x'ff61' AS TEXT)",
  "''",
  "'[1]'",
  "'{\"$gone\":[1]}'",
  "'é😀'",
];

/** A table in three names: whose rows are taken, where rows go, and where keys go that are gone. */
const threeOf = (body: string, more = "") =>
  ["from_here", "rows_here", "gone_here"].map((name) => `CREATE TABLE ${name} ${body}${more}`);

const EXACT: [what: string, tables: string[], values: string[], columns: string[], key: string[]][] = [
  [
    "without affinity or rowid",
    threeOf("(k, v, PRIMARY KEY (k))", " WITHOUT ROWID"),
    EXACT_VALUES.map((value) => `INSERT INTO from_here VALUES (${value}, ${value})`),
    ["k", "v"],
    ["k"],
  ],
  [
    "of two columns, beside rowids that no column has",
    threeOf("(a TEXT COLLATE NOCASE, b REAL, n, PRIMARY KEY (b, a))"),
    [
      "INSERT INTO from_here (rowid, a, b, n) VALUES (9007199254740993, 'a', 1, 1), (-7, 'b', 1, x'00'), (5, 'B' || char(0), 1, 2e0)",
      "INSERT INTO from_here (rowid, a, b, n) VALUES (6, 'a', -9e999, 1), (7, CAST(x'ff' AS TEXT), 0.1, NULL)",
    ],
    ["a", "b", "n", "rowid"],
    ["b", "a"],
  ],
  [
    "that is an integer",
    threeOf("(id INTEGER PRIMARY KEY, v)"),
    EXACT_VALUES.map((value, i) => `INSERT INTO from_here VALUES (${(i - 3) * 1e15}9, ${value})`),
    ["id", "v"],
    ["id"],
  ],
  [
    "that is the rowid",
    threeOf("(v)"),
    EXACT_VALUES.map((value, i) => `INSERT INTO from_here (rowid, v) VALUES (${9 * i}, ${value})`),
    ["rowid", "v"],
    ["rowid"],
  ],
];

/** By turns: nobody said what a key was made against, there was no row, and there was this one. */
const wasBy = (i: number, { hash }: TakenRow) => [{}, { was: null }, { was: hash }][i % 3]!;

const ITEMS = "CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)";
const PAIRS = "CREATE TABLE pairs (a INT, b TEXT, n INT, PRIMARY KEY (a, b)) WITHOUT ROWID";

/** Rows and keys of every kind in two tables, for staging that stops and goes on. */
async function mixedArchive(engine: Engine): Promise<ByteSource> {
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70)";
  const source = await engine.source();
  await execute(source, [
    ITEMS,
    PAIRS,
    `INSERT INTO items ${numbers} SELECT i, 'item ' || i FROM n`,
    `INSERT INTO pairs ${numbers} SELECT i % 3, 'b' || i, i FROM n`,
  ]);
  const { schema, rows } = await takeRows(source);
  const tables = ["items", "pairs"].map((table) => ({
    table,
    keys: rows(table).map((taken, i): KeyToWrite => {
      const is = i % 5 < 2 ? { gone: keyOf(schema, table, taken.row) } : { row: taken.row };
      return { ...is, ...wasBy(i, taken) };
    }),
  }));
  return keyedArchive({ schema, tables, keysPerFrame: 7 });
}

async function emptyTarget(engine: Engine): Promise<Database> {
  const target = await engine.target();
  await execute(target, [ITEMS, PAIRS]);
  return target;
}

/** What waits when nothing has stopped. */
async function stagedAtOnce(engine: Engine, archive: ByteSource): Promise<Value[][]> {
  const target = await emptyTarget(engine);
  await stage(target, archive, newRunKey());
  return waiting(target);
}

const MIXED_ROWS = 84;
const MIXED_GONE = 56;

/** Archives that speak of some keys only, on their way into the target. */
export function describeKeyedStaging(name: string, engine: Engine): void {
  describe(`Keyed frames on ${name}`, () => {
    test.each(EXACT)(
      "are staged to the last byte where the key is one %s",
      async (_, tables, values, columns, key) => {
        const source = await engine.source();
        await execute(source, [...tables, ...values]);
        const { schema, rows } = await takeRows(source);
        const taken = rows("from_here");
        const keys: KeyToWrite[] = taken.map((one, i) => ({
          row: one.row,
          rowid: one.rowid,
          ...wasBy(i, one),
        }));
        const gone: KeyToWrite[] = taken.map((one, i) => ({
          gone: keyOf(schema, "from_here", one.row),
          ...wasBy(i, one),
        }));
        const archive = await keyedArchive({
          schema,
          tables: [
            { table: "rows_here", keys },
            { table: "gone_here", keys: gone },
          ],
        });
        const target = await engine.target();
        await execute(target, tables);
        const run = newRunKey();
        await stage(target, archive, run);

        const staged = await stagedRun(target, run);
        expect(staged.rows).toBe(taken.length);
        expect(
          staged.tables.map(({ rows, goneKeys, shapes, gone }) => [rows, goneKeys, shapes, gone]),
        ).toEqual([
          [taken.length, 0, expect.anything(), []],
          [0, taken.length, [], expect.anything()],
        ]);
        const wanted = (told: boolean) =>
          taken.flatMap((one, i) => {
            const { was } = wasBy(i, one) as { was?: string | null };
            return (was !== undefined) === told ? [told ? was : "nobody said"] : [];
          });
        for (const incoming of [incomingRows(staged.tables), goneKeys(staged.tables)]) {
          expect(incoming).toHaveLength(2);
          for (const one of incoming) {
            const { was, ...found } = await readShape(target, one);
            expect(found).toEqual({ columns: one.shape.gone ? key : columns });
            expect(was).toEqual(wanted(one.shape.was === true));
            await insertShape(target, one);
          }
        }
        const made = await takeRows(target);
        const as = (one: TakenRow) => [one.line, one.rowid];
        expect(made.rows("rows_here").map(as)).toEqual(taken.map(as));
        expect(made.rows("gone_here").map(({ row }) => keyOf(schema, "from_here", row))).toEqual(
          taken.map(({ row }) => keyOf(schema, "from_here", row)),
        );
      },
    );

    test("with cells too long for their JSON are staged, keys among them", async () => {
      const table = ["CREATE TABLE long (k, v, PRIMARY KEY (k)) WITHOUT ROWID"];
      const control = "replace(hex(zeroblob(325000)), '00', char(1))";
      const source = await engine.source();
      await execute(source, [
        ...table,
        `INSERT INTO long VALUES (${control} || 'a', 1), (${control} || 'b', ${control})`,
      ]);
      const { schema, rows } = await takeRows(source);
      const [first, second] = rows("long");
      const keys: KeyToWrite[] = [
        { gone: keyOf(schema, "long", first!.row), was: first!.hash },
        { row: second!.row, was: null },
      ];
      const target = await engine.target();
      await execute(target, table);
      const run = newRunKey();
      await stage(
        target,
        await keyedArchive({ schema, tables: [{ table: "long", keys }], keysPerFrame: 1 }),
        run,
      );
      const staged = await stagedRun(target, run);
      for (const one of [...incomingRows(staged.tables), ...goneKeys(staged.tables)])
        await insertShape(target, one);
      const made = (await takeRows(target)).rows("long");
      expect(made.map(({ row }) => row)).toEqual([{ ...first!.row, v: null }, second!.row]);
    });

    test.each([
      { some: "a frame", budget: { limit: NO_PLAN, bytes: 1 }, calls: 20, inFrame: false },
      { some: "a few statements", budget: { statements: 7, limit: NO_PLAN }, calls: 3, inFrame: true },
    ])("are staged $some at a time as they are at once", async ({ budget, calls, inFrame }) => {
      const archive = await mixedArchive(engine);
      const expected = await stagedAtOnce(engine, archive);
      const target = await emptyTarget(engine);
      const run = newRunKey();
      const stops = await stage(target, archive, run, { budget: () => createBudget(budget) });
      expect(stops.length).toBeGreaterThanOrEqual(calls);
      expect(stops.some(({ inFrame }) => inFrame)).toBe(inFrame);
      const rows = stops.map((stop) => stop.rows);
      expect(rows).toEqual(rows.toSorted((a, b) => a - b));
      expect(await waiting(target)).toEqual(expected);
      const { progress } = (await readRun(target, run))!;
      expect(progress).toMatchObject({ recordsProcessed: MIXED_ROWS, totalRecords: MIXED_ROWS });
      const staged = await stagedRun(target, run);
      expect(staged.rows).toBe(MIXED_ROWS);
      expect(staged.tables.reduce((sum, table) => sum + table.goneKeys, 0)).toBe(MIXED_GONE);
    });

    test("are staged once by two drivers, of which one sleeps at any of its calls", async () => {
      const archive = await mixedArchive(engine);
      const expected = await stagedAtOnce(engine, archive);
      let slept = 0;
      for (const pause of somePoints(1)) {
        const target = await emptyTarget(engine);
        const run = newRunKey();
        const sleeper = faultyDatabase(target, {
          before: async (call) => {
            if (call !== pause) return;
            slept = pause;
            // The sleeper's lock ended long ago.
            await stage(target, archive, run, { driver: "other", now: () => 60_000 });
          },
        });
        const ended = await stage(sleeper, archive, run, { driver: "sleeper", now: () => 0 }).catch(
          (thrown) => thrown,
        );
        if (ended instanceof Error) expect(ended, `call ${pause}`).toMatchObject({ code: "RUN_LOCKED" });
        expect(await waiting(target), `call ${pause}`).toEqual(expected);
        if (slept !== pause) break;
      }
      expect(slept).toBeGreaterThan(reachOf(10));
    });

    test("are read by slices, those of rows and those of keys without one", async () => {
      const target = await emptyTarget(engine);
      const run = newRunKey();
      await stage(target, await mixedArchive(engine), run);
      const { tables } = await stagedRun(target, run);
      const counts = async (gone: boolean) => {
        const slices = cutSlices(await readParts(target, run, { gone }), { bytes: 300 });
        expect(slices.length).toBeGreaterThan(10);
        let found = 0;
        for (const slice of slices) {
          const whole = tables.find(({ table }) => table.name === slice.table)!;
          const narrow = narrowTable(whole, slice);
          expect([narrow.rows, narrow.goneKeys]).toEqual(gone ? [0, slice.rows] : [slice.rows, 0]);
          expect([incomingRows([narrow]).length, goneKeys([narrow]).length]).toEqual(gone ? [0, 1] : [1, 0]);
          for (const one of [...incomingRows([narrow]), ...goneKeys([narrow])])
            found += (await readShape(target, one)).was.length;
        }
        return found;
      };
      expect([await counts(false), await counts(true)]).toEqual([MIXED_ROWS, MIXED_GONE]);
    });

    test("are known by what the run keeps, and another kind of the same rows is another document", async () => {
      const target = await emptyTarget(engine);
      const run = newRunKey();
      await stage(target, await mixedArchive(engine), run);
      const { details } = (await loadRun(target, run))!;
      expect(details).toMatchObject({ kind: "archive", parts: "before-images", totalRows: MIXED_ROWS });
      const other = { outline: { kind: "archive" as const, contents: details.contents } };
      const isOther = (parts: object) =>
        isOtherSource(
          details,
          { outline: { ...other.outline, ...parts } } as FrameSource,
          details.sourceBytes!,
        );
      expect([isOther({ parts: "before-images" }), isOther({})]).toEqual([false, true]);
    });
  });

  describe(`Refused on ${name} before anything is staged`, () => {
    const T = "CREATE TABLE t (a INT, b INT, v TEXT, PRIMARY KEY (a, b))";
    const archiveOfT = async (table = T, kind?: ArchiveKind) => {
      const source = await engine.source();
      await execute(source, [table, "INSERT INTO t (a, b, v) VALUES (1, 2, 'x'), (3, 4, 'y')"]);
      const { schema, rows } = await takeRows(source);
      const [first, second] = rows("t");
      const keys: KeyToWrite[] = [{ row: first!.row }, { gone: keyOf(schema, "t", second!.row) }];
      return keyedArchive({ schema, tables: [{ table: "t", keys }], ...(kind ? { kind } : {}) });
    };
    const expectNothingStaged = async (database: Database) =>
      expect(await database.query({ sql: "SELECT count(*) FROM _ferry_frames" })).toEqual([[0]]);

    test.each<[what: string, kind: ArchiveKind, options: Options]>([
      ["before-images that nobody asked for", "before-images", {}],
      ["what changed", "delta", ACCEPTED],
      ["rows that somebody chose", "subset", ACCEPTED],
    ])("are %s", async (_, kind, options) => {
      const archive = await archiveOfT(T, kind);
      const scene = await setScene(engine, [T]);
      const error = await scene.refuse(archive, "UNSUPPORTED", options);
      expect(error.details).toMatchObject({ reason: "archive-of-parts", kind });
      await expectNothingStaged(scene.target);
    });

    test.each([
      ["columns in another order", T, "CREATE TABLE t (a INT, b INT, v TEXT, PRIMARY KEY (b, a))"],
      ["one column less", T, "CREATE TABLE t (a INT, b INT, v TEXT, PRIMARY KEY (a))"],
      ["the rowid", T, "CREATE TABLE t (a INT, b INT, v TEXT)"],
      ["columns, and here the rowid", "CREATE TABLE t (a INT, b INT, v TEXT)", T],
      [
        "a column with the rowid's name",
        "CREATE TABLE t (a INT, b INT, v TEXT)",
        "CREATE TABLE t (a INT, b INT, v TEXT, rowid INT PRIMARY KEY)",
      ],
    ])("are keys that are %s at the target", async (_, here, there) => {
      const archive = await archiveOfT(here);
      const scene = await setScene(engine, [there], ["INSERT INTO t (a, b, v) VALUES (1, 2, 'x')"]);
      const error = await scene.refuse(archive, "MISSING_COLUMN", { ...ACCEPTED, mode: "merge" });
      expect(error.details).toMatchObject({ reason: "keys-differ", table: "t" });
      await expectNothingStaged(scene.target);
    });

    test("are keys of a table that is not there, and it is not made", async () => {
      const archive = await archiveOfT();
      const scene = await setScene(engine, ["CREATE TABLE other (id INTEGER PRIMARY KEY)"]);
      for (const create of [false, true]) {
        const error = await scene.refuse(archive, "UNKNOWN_TABLE", { ...ACCEPTED, create });
        expect(error.details).toMatchObject({ reason: "table-of-rows-missing", table: "t" });
      }
      await expectNothingStaged(scene.target);
    });

    test("are rows with a column that is not there, and not those that lack one with a default", async () => {
      const archive = await archiveOfT();
      const narrow = await setScene(engine, ["CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b))"]);
      const error = await narrow.refuse(archive, "UNKNOWN_COLUMN", ACCEPTED);
      expect(error.details).toMatchObject({ reason: "column-missing", column: "v" });
      await expectNothingStaged(narrow.target);

      const target = await engine.target();
      await execute(target, [
        "CREATE TABLE t (a INT, b INT, v TEXT, w TEXT DEFAULT 'w', PRIMARY KEY (a, b))",
      ]);
      const run = newRunKey();
      await stage(target, archive, run);
      const [table] = (await stagedRun(target, run)).tables;
      expect(table!.shapes.map(({ columns }) => columns)).toEqual([["a", "b", "v"]]);
      expect(table!.gone.map(({ columns }) => columns)).toEqual([["a", "b"]]);
    });
  });
}
