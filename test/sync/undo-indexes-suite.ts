import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ByteSource } from "../../src/archive/types.ts";
import type { Database } from "../../src/database/port.ts";
import { once, sampled } from "../support/cases.ts";
import { archiveOf, drive, type Engine, execute, newRunKey } from "../support/engine.ts";
import { memoryImages } from "../support/memory-images.ts";

/** Indexes that say the same as `UNIQUE (u)`, though not over `u` alone. What is no statement is the table's own. */
const INDEXES = {
  partial: "CREATE UNIQUE INDEX one ON t (u) WHERE u IS NOT NULL",
  "on an expression": "CREATE UNIQUE INDEX one ON t (u || 'x' COLLATE NOCASE DESC)",
  "on an odd name": `CREATE UNIQUE INDEX one ON t (ifnull(u, "odd ""name""") + 0) WHERE u IS NOT NULL AND "odd ""name""" IS NULL`,
  "on names that the asking has as well":
    'CREATE UNIQUE INDEX one ON t (u + ifnull("#v0", 0)) WHERE "#k0" = \'x\'',
  "on a generated column": "CREATE UNIQUE INDEX one ON t (made)",
  "of the table, on a generated column": "UNIQUE",
  "on what is made of a generated column, and partial":
    'CREATE UNIQUE INDEX one ON t ("Made Twice" COLLATE NOCASE, u) WHERE made > 0 AND "made twice" <> 5',
  "partial and on expressions":
    "CREATE UNIQUE INDEX one ON t (abs(\"u\"), u * 2) WHERE u >= '1' AND kind = 'SOME' /* all of them */",
} as const;

const SCHEMA =
  'CREATE TABLE t (id INTEGER PRIMARY KEY, u INTEGER, kind TEXT COLLATE NOCASE DEFAULT \'some\', "odd ""name""" TEXT, "#k0" TEXT DEFAULT \'x\', "#v0" INTEGER, "Made Twice" AS (made || \' TIMES\') VIRTUAL, made TEXT GENERATED ALWAYS AS (u + 0) STORED)';

type Rows = Map<number, number | null>;

interface Edit {
  id: number;
  /** Undefined for a row that is deleted. */
  u: number | null | undefined;
}

const rows: fc.Arbitrary<Rows> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.option(fc.integer({ min: 1, max: 6 }), { freq: 4 })), {
    maxLength: 8,
  })
  .map((pairs) => {
    const found: Rows = new Map();
    for (const [id, u] of pairs) if (u === null || ![...found.values()].includes(u)) found.set(id, u);
    return found;
  });

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 9 }),
    u: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 4 }),
  }),
  { maxLength: 5 },
);

const insert = (all: Rows) => [...all].map(([id, u]) => `INSERT INTO t (id, u) VALUES (${id}, ${u})`);

const edit = ({ id, u }: Edit) =>
  u === undefined
    ? [`DELETE FROM t WHERE id = ${id}`]
    : [
        `UPDATE OR IGNORE t SET u = ${u} WHERE id = ${id}`,
        `INSERT OR IGNORE INTO t (id, u) VALUES (${id}, ${u})`,
      ];

export function describeUndoIndexes(name: string, engine: Engine): void {
  /** A table with the index. */
  const tableWith = (index: string) =>
    index.startsWith("CREATE") ? [SCHEMA, index] : [SCHEMA.replace("STORED)", `STORED ${index})`)];

  describe(`An undo of rows whose unique values were taken since, on ${name}`, () => {
    const dump = (target: Database) => target.query({ sql: "SELECT id, u FROM t ORDER BY id" });

    const undoOf = async (target: Database, archive: ByteSource, edits: readonly string[]) => {
      const [images, key] = [memoryImages(), newRunKey()];
      await drive(target, archive, key, { mode: "mirror", images });
      const [kept] = images.finished.values();
      if (kept === undefined) return null;
      await execute(target, edits);
      const undoKey = newRunKey().replace("sync-", "undo-");
      const options = { mode: "mirror", all: true, undoes: key, images: memoryImages() } as const;
      return drive(target, kept, undoKey, options);
    };

    test(
      "leaves the same rows under a partial index or one on expressions as under a plain one",
      once(40),
      async () => {
        await fc.assert(
          fc.asyncProperty(
            rows,
            rows,
            edits,
            fc.constantFrom(...Object.values(INDEXES)),
            async (live, incoming, later, index) => {
              const outcomes: unknown[] = [];
              for (const unique of ["CREATE UNIQUE INDEX one ON t (u)", index]) {
                const source = await engine.source();
                await execute(source, [SCHEMA, ...insert(incoming)]);
                const archive = await archiveOf(source);
                const target = await engine.target();
                await execute(target, [...tableWith(unique), ...insert(live)]);
                const report = await undoOf(target, archive, later.flatMap(edit));
                outcomes.push({ rows: await dump(target), left: report?.plan?.left, status: report?.status });
              }
              expect(outcomes[1]).toEqual(outcomes[0]);
            },
          ),
          sampled(120),
        );
      },
    );

    test("names the row that is held, and takes back the others", async () => {
      const members =
        "CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT, state TEXT COLLATE NOCASE, n INTEGER)";
      const source = await engine.source();
      await execute(source, [
        members,
        "INSERT INTO members VALUES (1, 'new@x', 'Active', 1), (2, 'b2@x', 'active', 1)",
      ]);
      const target = await engine.target();
      await execute(target, [
        members,
        "CREATE UNIQUE INDEX by_email ON members (lower(email), ifnull(n, 0) + 1) WHERE state = 'ACTIVE' AND n <> '7'",
        "INSERT INTO members VALUES (1, 'a@x', 'Active', 1), (2, 'b@x', 'active', 1), (3, 'c@x', 'active', 1), (4, 'd@x', 'active', 7), (5, 'e@x', 'left', 1)",
      ]);
      const before = await target.query({ sql: "SELECT * FROM members ORDER BY id" });
      const report = await undoOf(target, await archiveOf(source), [
        // Of the first the value is taken; of the others other values, or rows that the index does not have.
        "INSERT INTO members VALUES (11, 'A@x', 'ACTIVE', 1)",
        "INSERT INTO members VALUES (12, 'B@x', 'left', 1), (13, 'c@x', 'active', 2), (14, 'd@x', 'active', 7), (15, 'e@x', 'active', 1)",
      ]);
      expect(report).toMatchObject({
        status: "completed",
        plan: { left: { edited: 0, held: 1 }, tables: { members: { left: { held: 1 } } } },
      });
      const after = await target.query({ sql: "SELECT * FROM members WHERE id < 10 ORDER BY id" });
      expect(after).toEqual([[1, "new@x", "Active", 1], ...before.slice(1)]);
    });

    test("lets rows exchange values that a table's own index generates, to and fro", async () => {
      const pages =
        "CREATE TABLE pages (id INTEGER PRIMARY KEY, path TEXT, slug TEXT AS (lower(path)) UNIQUE, up INTEGER REFERENCES pages (id))";
      const source = await engine.source();
      await execute(source, [pages, "INSERT INTO pages VALUES (1, 'B', NULL), (2, 'a', 1), (3, 'c', 1)"]);
      const target = await engine.target();
      await execute(target, [pages, "INSERT INTO pages VALUES (1, 'A', 2), (2, 'b', NULL), (3, 'd', 2)"]);
      const before = await target.query({ sql: "SELECT * FROM pages ORDER BY id" });
      const report = await undoOf(target, await archiveOf(source), []);
      expect(report).toMatchObject({ status: "completed", results: { pages: { updated: 3 } } });
      expect(await target.query({ sql: "SELECT * FROM pages ORDER BY id" })).toEqual(before);
    });

    test("knows what a row as it was would generate", async () => {
      const users = `CREATE TABLE users (id INTEGER PRIMARY KEY, doc TEXT,
        email TEXT GENERATED ALWAYS AS (lower(doc ->> '$.email')) VIRTUAL UNIQUE,
        age INTEGER AS (doc ->> '$.age') STORED, grown AS (CASE WHEN age >= '18' THEN 'yes' ELSE 'no' END) COLLATE NOCASE)`;
      const source = await engine.source();
      await execute(source, [users]);
      const target = await engine.target();
      const insert = (id: number, email: string, age: unknown) =>
        `INSERT INTO users VALUES (${id}, '${JSON.stringify({ email, age })}')`;
      await execute(target, [
        users,
        "CREATE UNIQUE INDEX by_age ON users (typeof(age), age) WHERE grown = 'YES' AND age > '20'",
        insert(1, "A@x", 30),
        insert(2, "b@x", "40"),
        insert(3, "c@x", "old"),
        insert(4, "d@x", 19),
        insert(5, "e@x", 50.0),
      ]);
      const report = await undoOf(target, await archiveOf(source), [
        // The first has the e-mail of one, the second the age of another, which JSON has as text; the others take nothing.
        insert(11, "a@X", 31),
        insert(12, "f@x", 40),
        insert(13, "g@x", "older"),
        insert(14, "h@x", 19),
        insert(15, "i@x", "50.5"),
      ]);
      expect(report).toMatchObject({ status: "completed", plan: { left: { held: 2 } } });
      expect(await target.query({ sql: "SELECT id FROM users WHERE id < 10 ORDER BY id" })).toEqual([
        [3],
        [4],
        [5],
      ]);
    });

    test("goes by values as their columns keep them, whatever their kind", async () => {
      const table = "CREATE TABLE t (id INTEGER PRIMARY KEY, u INTEGER, w TEXT)";
      const source = await engine.source();
      await execute(source, [table]);
      const target = await engine.target();
      await execute(target, [
        table,
        "CREATE UNIQUE INDEX one ON t (typeof(u), u = '5', w || '') WHERE typeof(w) <> 'integer'",
        "INSERT INTO t VALUES (1, 5, 'a'), (2, 'five', 'a'), (3, 6, x'00'), (4, NULL, 'a')",
      ]);
      const report = await undoOf(target, await archiveOf(source), [
        "INSERT INTO t VALUES (11, '5', 'a'), (12, 'six', 'a'), (13, 6, 'b')",
      ]);
      expect(report).toMatchObject({ status: "completed", plan: { left: { held: 2 } } });
      expect(await target.query({ sql: "SELECT id FROM t WHERE id < 10 ORDER BY id" })).toEqual([[3], [4]]);
    });
  });
}
