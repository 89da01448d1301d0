import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Database } from "../../../src/database/port.ts";
import { once, sampled } from "../../support/cases.ts";
import { archiveOf, drive, type Engine, execute, newRunKey } from "../../support/engine.ts";
import { expectCleared, setScene } from "../scene.ts";
import { type BrokenSync, numbers, rowsAreOldOrNew, syncBroken, watched } from "./behind-transactions.ts";

/** Tables that point to themselves by keys of all kinds. */
const TABLES = {
  "an integer key": {
    sql: "CREATE TABLE items (id INTEGER PRIMARY KEY, up INTEGER REFERENCES items, v TEXT)",
    row: (id: number, up: number | null, v: string) => `${id}, ${up}, '${v}'`,
  },
  "a text key": {
    sql: "CREATE TABLE items (id TEXT PRIMARY KEY, up TEXT REFERENCES items, v TEXT)",
    row: (id: number, up: number | null, v: string) =>
      `'${name(id)}', ${up === null ? "NULL" : `'${name(up)}'`}, '${v}'`,
  },
  "a unique text without case": {
    sql: "CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT UNIQUE COLLATE NOCASE, up TEXT REFERENCES items (code), v TEXT)",
    row: (id: number, up: number | null, v: string) =>
      // SQLite does not find that a row points to itself where the case differs.
      `${id}, '${name(id)}', ${up === null ? "NULL" : `'${up === id ? name(up) : name(up).toUpperCase()}'`}, '${v}'`,
  },
  "a text under a type that means numbers": {
    sql: "CREATE TABLE items (id UUID PRIMARY KEY, up UUID REFERENCES items, v TEXT)",
    row: (id: number, up: number | null, v: string) =>
      `'${name(id)}', ${up === null ? "NULL" : `'${name(up)}'`}, '${v}'`,
  },
  "a number that points as a text": {
    sql: "CREATE TABLE items (id INTEGER PRIMARY KEY, up TEXT REFERENCES items, v TEXT)",
    row: (id: number, up: number | null, v: string) => `${id}, ${up}, '${v}'`,
  },
  "two columns": {
    sql: "CREATE TABLE items (a INTEGER, b TEXT, up_a INTEGER, up_b TEXT, v TEXT, PRIMARY KEY (a, b), FOREIGN KEY (up_a, up_b) REFERENCES items (a, b))",
    row: (id: number, up: number | null, v: string) =>
      `${id % 3}, '${name(id)}', ${up === null ? "NULL, NULL" : `${up % 3}, '${name(up)}'`}, '${v}'`,
  },
} as const;

type Kind = keyof typeof TABLES;

/** In another order than the numbers. */
function name(id: number): string {
  return `k${(id * 7919) % 101}x`;
}

/** By a row's number: the one that it points to, null for none. */
type Rows = Map<number, number | null>;

interface Case extends BrokenSync {
  kind: Kind;
  live: Rows;
  source: Rows;
}

const rowsOf = (most: number): fc.Arbitrary<Rows> =>
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.option(fc.nat(), { freq: 5 })), { maxLength: most })
    .map((pairs) => {
      const ids = [...new Set(pairs.map(([id]) => id))];
      return new Map(pairs.map(([id, up]) => [id, up === null ? null : (ids[up % ids.length] as number)]));
    });

const cases: fc.Arbitrary<Case> = fc.record({
  kind: fc.constantFrom(...(Object.keys(TABLES) as Kind[])),
  live: rowsOf(12),
  source: rowsOf(40),
  mode: fc.constantFrom("merge", "mirror"),
  sliceBytes: fc.constantFrom(1, 300),
  statements: fc.constantFrom(20, 40, 200),
  broken: fc.integer({ min: 5, max: 120 }),
  dropped: fc.integer({ min: 1, max: 40 }),
});

const insert = ({ row }: (typeof TABLES)[Kind], rows: Rows, v: string) =>
  [...rows].map(([id, up]) => `INSERT INTO items VALUES (${row(id, up, `${v} ${id}`)})`);

const FRAMES = { frameBytes: 150 };

export function describeSelfReferences(engineName: string, engine: Engine): void {
  describe(`Rows that point to rows of their own table, in many transactions on ${engineName}`, () => {
    const dump = async (database: Database) =>
      (await database.query({ sql: "SELECT * FROM items ORDER BY 1, 2" })).map((row) => JSON.stringify(row));

    /** The target as a whole sync leaves it. */
    const plannedOf = async ({ kind, live, source, mode }: Case) => {
      const model = await engine.source();
      const all = mode === "mirror" ? source : new Map([...live, ...source]);
      const table = TABLES[kind];
      const rows = [...all].map(([id, up]) => {
        const v = source.has(id) ? "new" : "old";
        return `INSERT INTO items VALUES (${table.row(id, up, `${v} ${id}`)})`;
      });
      await execute(model, [table.sql, ...rows]);
      return dump(model);
    };

    test(
      "are each as they were or as they are to be behind every transaction, also where the run is dropped, whatever points where",
      once(40),
      async () => {
        await fc.assert(
          fc.asyncProperty(cases, async (one) => {
            const table = TABLES[one.kind];
            const source = await engine.source();
            await execute(source, [table.sql, ...insert(table, one.source, "new")]);
            const archive = await archiveOf(source, FRAMES);
            const after = await plannedOf(one);
            const target = await engine.target();
            await execute(target, [table.sql, ...insert(table, one.live, "old")]);
            const before = await dump(target);
            const look = rowsAreOldOrNew(() => dump(target), before, after);
            await syncBroken(target, archive, one, look);
            expect(await dump(target)).toEqual(after);
          }),
          sampled(200),
        );
      },
    );

    /** A table of rows, each of which points where `up` says. */
    const sync = async (
      rows: { columns: string; up: string },
      {
        capabilities = {},
        ...options
      }: { capabilities?: Partial<Database["capabilities"]>; atomic?: "always" | "auto" } = {},
    ) => {
      const source = await engine.source();
      const schema = [`CREATE TABLE items (${rows.columns})`];
      const filled = `INSERT INTO items ${numbers(60)} SELECT i, ${rows.up}, printf('%.*c', 60, 'x') FROM n`;
      await execute(source, [...schema, filled]);
      const target = await engine.target();
      await execute(target, schema);
      const limited = { ...target, capabilities: { ...target.capabilities, ...capabilities } };
      const seen = new Set<number>();
      const archive = await archiveOf(source, { frameBytes: 500 });
      const run = drive(
        watched(limited, async () => {
          seen.add((await dump(target)).length);
        }),
        archive,
        newRunKey(),
        { atomic: "never", sliceBytes: 1, ...options },
      );
      return { run, seen, target, expected: await dump(source) };
    };

    test("may have a key that takes no NULL, into an empty table", async () => {
      const columns = "id INTEGER PRIMARY KEY, up INTEGER NOT NULL REFERENCES items, v TEXT";
      const { run, seen, target, expected } = await sync({ columns, up: "max(1, min(60, 62 - i))" });
      expect(await run).toMatchObject({
        status: "completed",
        verified: true,
        plan: { transactions: "many" },
      });
      expect(await dump(target)).toEqual(expected);
      expect(seen.size).toBeGreaterThan(4);
      await expectCleared(target);
    });

    test("come in in mode insert", async () => {
      const columns = "id INTEGER PRIMARY KEY, up INTEGER REFERENCES items, v TEXT";
      const source = await engine.source();
      await execute(source, [
        `CREATE TABLE items (${columns})`,
        `INSERT INTO items ${numbers(60)} SELECT i, 61 - i, printf('%.*c', 60, 'x') FROM n`,
      ]);
      const target = await engine.target();
      await execute(target, [
        `CREATE TABLE items (${columns})`,
        "INSERT INTO items VALUES (60, NULL, 'mine')",
      ]);
      const archive = await archiveOf(source, { frameBytes: 500 });
      const report = await drive(target, archive, newRunKey(), {
        mode: "insert",
        atomic: "never",
        sliceBytes: 1,
      });
      expect(report).toMatchObject({
        status: "completed",
        results: { items: { inserted: 59, unchanged: 1 } },
      });
      expect(await target.query({ sql: "SELECT count(*), sum(up), max(v) FROM items" })).toEqual([
        [60, 1830 - 1, expect.anything()],
      ]);
      expect(await target.query({ sql: "SELECT up, v FROM items WHERE id = 60" })).toEqual([[null, "mine"]]);
    });

    test("are refused before anything is written where a circle is too much for a transaction, and go in one", async () => {
      const columns = "id INTEGER PRIMARY KEY, up INTEGER REFERENCES items, v TEXT";
      const circle = { columns, up: "1 + i % 60" };
      const small = { capabilities: { transactionBytes: 2000 } };
      const many = await sync(circle, { ...small, atomic: "auto" });
      await expect(many.run).rejects.toMatchObject({
        code: "UNSUPPORTED",
        message: expect.stringMatching(
          /"items".*\(up\): 60 of them point to each other in a circle.*No table was changed/,
        ),
        details: { reason: "rows-in-no-order" },
      });
      expect(await dump(many.target)).toEqual([]);
      const one = await sync(circle, { ...small, atomic: "always" });
      expect(await one.run).toMatchObject({
        status: "completed",
        verified: true,
        plan: { transactions: "one" },
      });
      expect(await dump(one.target)).toEqual(one.expected);
    });

    test("that point to each other in a circle come in together", async () => {
      const columns = "id INTEGER PRIMARY KEY, up INTEGER REFERENCES items, v TEXT";
      const { run, seen, target, expected } = await sync({
        columns,
        up: "CASE WHEN i < 31 THEN 1 + i % 30 ELSE 91 - i END",
      });
      expect(await run).toMatchObject({ status: "completed", verified: true });
      expect(await dump(target)).toEqual(expected);
      expect([...seen].filter((rows) => rows > 0 && rows < 60).length).toBeGreaterThan(2);
    });

    test("come in together where a circle is more than one staged part", async () => {
      const source = await engine.source();
      const schema = "CREATE TABLE items (id INTEGER PRIMARY KEY, up INTEGER REFERENCES items, v TEXT)";
      const filled = `INSERT INTO items ${numbers(40)} SELECT i, 1 + i % 40, printf('%.*c', 100000, 'x') FROM n`;
      await execute(source, [schema, filled]);
      const target = await engine.target();
      await execute(target, [schema]);
      const seen = new Set<number>();
      const looking = watched(target, async () => {
        const [[rows]] = (await target.query({ sql: "SELECT count(*) FROM items" })) as [[number]];
        seen.add(rows);
      });
      const archive = await archiveOf(source, { frameBytes: 500_000 });
      const report = await drive(looking, archive, newRunKey(), { atomic: "never", sliceBytes: 1 });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect([...seen]).toEqual([0, 40]);
    });

    test("come into a table that the run makes", async () => {
      const source = await engine.source();
      await execute(source, [
        "CREATE TABLE Items (ID TEXT PRIMARY KEY, Up TEXT NOT NULL REFERENCES items, v TEXT)",
        `INSERT INTO items ${numbers(60)} SELECT hex(i * 7919 % 256), hex(max(1, i / 2) * 7919 % 256), printf('%.*c', 60, 'x') FROM n`,
      ]);
      const target = await engine.target();
      const archive = await archiveOf(source, { frameBytes: 500 });
      const options = { atomic: "never", sliceBytes: 1, create: true } as const;
      expect(await drive(target, archive, newRunKey(), options)).toMatchObject({
        status: "completed",
        verified: true,
      });
      expect(await dump(target)).toEqual(await dump(source));
    });

    const DOCUMENT =
      "CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT UNIQUE, up TEXT REFERENCES items (code), v TEXT)";

    test("may have other columns each, and wait for rows of other columns", async () => {
      const scene = await setScene(engine, [DOCUMENT]);
      const items = [
        { id: 1, code: "a", up: "c" },
        { id: 2, code: "b", up: "a", v: "x" },
        { id: 3, code: "c", v: "x" },
        { id: 4, code: "d", up: "b" },
      ];
      const report = await scene.sync({ items }, { atomic: "never" });
      expect(report).toMatchObject({ status: "completed", results: { items: { inserted: 4 } } });
      expect((await scene.rows("items", "id, up")).map(([, up]) => up)).toEqual(["c", "a", null, "b"]);
    });

    const refuseInMany = async (schema: string, items: object[], why: string) => {
      const scene = await setScene(engine, [schema]);
      const options = { keyless: "append" } as const;
      const error = await scene.refuse({ items }, "UNSUPPORTED", { ...options, atomic: "never" });
      expect(error.message).toContain(why);
      const whole = await setScene(engine, [schema]);
      const report = await whole.sync({ items }, options);
      expect(report).toMatchObject({ status: "completed", results: { items: { inserted: 2 } } });
    };

    test("are written by one transaction alone where rows of a circle have other columns", async () => {
      const items = [
        { id: 1, code: "a", up: "b" },
        { id: 2, code: "b", up: "a", v: "x" },
      ];
      await refuseInMany(DOCUMENT, items, "do not have the same columns");
    });

    test("are written by one transaction alone where rows without a key point ahead", async () => {
      const schema = "CREATE TABLE items (code TEXT UNIQUE, up TEXT REFERENCES items (code), v TEXT)";
      const items = [
        { code: "a", up: "b" },
        { code: "b", v: "x" },
      ];
      await refuseInMany(schema, items, "come without their key");
    });
  });
}
