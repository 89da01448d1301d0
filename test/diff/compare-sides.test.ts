import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import { createBudget } from "../../src/budget.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { readSchema } from "../../src/database/schema.ts";
import {
  archiveSource,
  type ComparisonPlace,
  compareSides,
  type DifferingRow,
  databaseSource,
  describeArchive,
  describeDatabase,
  type Side,
} from "../../src/diff/index.ts";
import { frameTable } from "../../src/frames/frame-table.ts";
import { seeded } from "../support/cases.ts";
import { archiveOf } from "../support/engine.ts";

/** Rows by their keys: a text by a number and a word. */
type Rows = Map<string, string | null>;

const rows: fc.Arbitrary<Rows> = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 12 }),
      fc.constantFrom("a", "B", "é", "\u{1f6a2}", "\uffff"),
      fc.option(fc.constantFrom("one", "two", "x".repeat(400))),
    ),
    { maxLength: 40 },
  )
  .map((all) => new Map(all.map(([n, word, cell]) => [JSON.stringify([n, word]), cell])));

const SCHEMA = "CREATE TABLE t (n INTEGER, word TEXT, cell TEXT, PRIMARY KEY (n, word))";

function databaseOf(all: Rows): DatabaseSync {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(SCHEMA);
  const insert = sqlite.prepare("INSERT INTO t VALUES (?, ?, ?)");
  for (const [key, cell] of all) insert.run(...(JSON.parse(key) as [number, string]), cell);
  return sqlite;
}

interface Sizes {
  frameBytes: number;
  readBytes: number;
}

async function archiveSide(sqlite: DatabaseSync, { frameBytes }: Sizes): Promise<Side> {
  const archive = await openArchive(await archiveOf(sqliteDatabase(sqlite), { frameBytes }));
  const counts = new Map(archive.tables.map((one) => [one.table, one.rows]));
  return {
    description: describeArchive(archive.header, {}, counts),
    contentOf: (table) => archive.tables.find((one) => one.table === table)?.sha256 ?? null,
    rowsIn: (table) => counts.get(table) ?? null,
    source: (table, options) => archiveSource(archive, table, { ...options, budget: createBudget() }),
  };
}

async function databaseSide(sqlite: DatabaseSync, { readBytes }: Sizes): Promise<Side> {
  const database = sqliteDatabase(sqlite);
  const { tables } = await readSchema(database);
  return {
    description: await describeDatabase(database, {}, { schemas: true }),
    contentOf: () => null,
    rowsIn: () => null,
    source: (name, options) => {
      const table = frameTable(tables.get(name) ?? expect.fail());
      return databaseSource(database, table, { ...options, readBytes, budget: createBudget() });
    },
  };
}

/** Compares in as many calls as it takes, each of which may read a few parts only. */
async function compareInSteps(left: Side, right: Side, parts: number) {
  const told: DifferingRow[] = [];
  let from: ComparisonPlace | undefined;
  for (let calls = 1; ; calls++) {
    let allowed = parts;
    const found = await compareSides(left, right, {
      from,
      readBytes: 1,
      budget: { allows: () => allowed-- > 0 },
      onRow: (_, row) => told.push(row),
    });
    if (found.next === null) return { found, told, calls };
    from = JSON.parse(JSON.stringify(found.next)) as ComparisonPlace;
    if (calls > 500) return expect.fail("It comes to no end");
  }
}

function model(left: Rows, right: Rows) {
  const both = [...left.keys()].filter((key) => right.has(key));
  return {
    left: left.size,
    right: right.size,
    added: right.size - both.length,
    deleted: left.size - both.length,
    changed: both.filter((key) => left.get(key) !== right.get(key)).length,
  };
}

const SIDES = [
  ["two archives", archiveSide, archiveSide],
  ["an archive and a database", archiveSide, databaseSide],
  ["a database and an archive", databaseSide, archiveSide],
] as const;

describe.each(SIDES)("The rows of %s", (_, openLeft, openRight) => {
  test("are told apart as a map of them is, in however many calls", async () => {
    const scene = fc.record({
      left: rows,
      edits: rows,
      frameBytes: fc.constantFrom(1, 60, 1000),
      readBytes: fc.constantFrom(1, 200, 5000),
      parts: fc.integer({ min: 0, max: 20 }),
    });
    const property = fc.asyncProperty(scene, async ({ left, edits, parts, ...sizes }) => {
      // Most rows are the same on both sides.
      const right = new Map([...left].filter(([key]) => key.length % 2 === 0 || edits.has(key)));
      for (const [key, cell] of [...edits].slice(0, 5)) right.set(key, cell);
      const [one, two] = [databaseOf(left), databaseOf(right)];
      const sides = [await openLeft(one, sizes), await openRight(two, sizes)] as const;
      const { found, told } = await compareInSteps(...sides, parts);
      const expected = model(left, right);
      expect(found.notCompared).toEqual([]);
      expect(found.tables.at(-1) ?? expected).toMatchObject(expected);
      expect(told).toHaveLength(expected.added + expected.deleted + expected.changed);
      for (const row of told) {
        const key = JSON.stringify(row.key);
        expect([row.left?.cell, row.right?.cell]).toEqual([left.get(key), right.get(key)]);
      }
      one.close();
      two.close();
    });
    await fc.assert(property, seeded(60));
  });
});

describe("What cannot be compared", () => {
  test("is told, and nothing is read of it: tables without a key", async () => {
    const open = async (cell: string) => {
      const sqlite = new DatabaseSync(":memory:");
      sqlite.exec(`CREATE TABLE t (cell TEXT); INSERT INTO t VALUES ('${cell}')`);
      return archiveSide(sqlite, { frameBytes: 1000, readBytes: 1000 });
    };
    const { found } = await compareInSteps(await open("one"), await open("two"), 5);
    expect(found).toMatchObject({
      tables: [],
      notCompared: [{ table: "t", why: "it has no primary key", left: 1, right: 1 }],
    });
    const { found: same } = await compareInSteps(await open("one"), await open("one"), 5);
    expect(same).toMatchObject({ tables: [{ table: "t", by: "hash", unchanged: 1 }], notCompared: [] });
  });

  test("rows that are not in the order which their archive says", async () => {
    const all: Rows = new Map([['[1,"a"]', "one"]]);
    const sorted = await databaseSide(databaseOf(all), { frameBytes: 1, readBytes: 100 });
    const forged: Side = {
      ...sorted,
      async *source() {
        yield [2, 1].map((n) => ({ key: [n, "a"], row: { n, word: "a", cell: null } }));
      },
    };
    const { found } = await compareInSteps(forged, sorted, 5);
    expect(found).toMatchObject({
      tables: [],
      notCompared: [{ table: "t", why: "its rows do not stand in the order of their key" }],
    });
  });
});
