import { describe, expect, test } from "vitest";
import type { ByteSource } from "../../src/archive/types.ts";
import { createBudget } from "../../src/budget.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { readRun } from "../../src/sync/run/list-runs.ts";
import type { SyncOptions } from "../../src/sync/run/options.ts";
import { documentSource } from "../support/bytes.ts";
import { reachOf, someOf, somePoints } from "../support/cases.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { archiveOf, drive, type Engine, execute, newRunKey } from "../support/engine.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { expectCleared, photograph } from "./scene.ts";

const SCHEMA = [
  "CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE)",
  "CREATE TABLE items (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents, v TEXT)",
  "CREATE TABLE pairs (a INT, b TEXT, n INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
  "CREATE TRIGGER tr AFTER INSERT ON items BEGIN UPDATE items SET v = 'fired' WHERE id = new.id; END",
];
const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
const ROWS = [
  "DROP TRIGGER tr",
  `INSERT INTO parents ${numbers(20)} SELECT i, 'p' || i FROM n`,
  `INSERT INTO items ${numbers(60)} SELECT i, 1 + i % 20, 'item ' || i FROM n`,
  `INSERT INTO pairs ${numbers(30)} SELECT i % 3, 'b' || i, i FROM n`,
];
const LIVE = [
  "DROP TRIGGER tr",
  "INSERT INTO parents VALUES (1, 'p2'), (2, 'p1'), (77, 'gone')",
  "INSERT INTO items VALUES (1, 77, 'old'), (70, 77, 'gone')",
  "INSERT INTO pairs VALUES (0, 'zz', 1), (1, 'b1', 1)",
];
const TRIGGER = SCHEMA.at(-1)!;

interface Material {
  archive: ByteSource;
  document: ByteSource;
  expected: Dump;
}

/** What stops, dies, or works beside another, and goes on. */
export function describeResuming(name: string, engine: Engine): void {
  let made: Promise<Material> | undefined;
  const material = (): Promise<Material> => {
    made ??= (async () => {
      const source = await engine.source();
      await execute(source, [...SCHEMA, ...ROWS, TRIGGER]);
      const data: Record<string, object[]> = {};
      for (const [table, columns] of [
        ["parents", ["id", "code"]],
        ["items", ["id", "parent", "v"]],
        ["pairs", ["a", "b", "n"]],
      ] as const) {
        const rows = await source.query({ sql: `SELECT ${columns.join(", ")} FROM ${table}` });
        data[table] = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
      }
      const document = { version: 1, data };
      return {
        archive: await archiveOf(source, { frameBytes: 700 }),
        document: documentSource(document),
        expected: await dumpTables(source),
      };
    })();
    return made;
  };
  const target = async (): Promise<Database> => {
    const database = await engine.target();
    await execute(database, [...SCHEMA, ...LIVE, TRIGGER]);
    return database;
  };
  const expectDone = async (database: Database, expected: Dump) => {
    expect(await dumpTables(database)).toEqual(expected);
    await expectCleared(database);
    expect(
      await database.query({ sql: "SELECT seed_name, seed_version FROM seed_history ORDER BY 1" }),
    ).toEqual([
      ["items", 1],
      ["pairs", 1],
      ["parents", 1],
    ]);
    expect(await database.query({ sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'" })).toEqual([
      ["tr"],
    ]);
  };

  describe(`A budget on ${name}`, () => {
    test.each(someOf([6, 7, 8, 9, 10, 11, 12, 14, 17, 20, 25, 30, 40, 50]))(
      "of %i statements stops and goes on until the tables are equal",
      async (statements) => {
        const { archive, document, expected } = await material();
        for (const source of [archive, document]) {
          const database = await target();
          const report = await drive(database, source, newRunKey(), {
            mode: "mirror",
            mostCalls: 200,
            budget: () => createBudget({ statements, limit: 60 }),
          });
          await expectDone(database, expected);
          expect(report.results!.parents).toMatchObject({
            attempted: 20,
            inserted: 18,
            updated: 2,
            deleted: 1,
          });
          expect(report.progress).toMatchObject({
            tablesProcessed: 3,
            totalTables: 3,
            recordsProcessed: 110,
            totalRecords: 110,
          });
        }
      },
    );

    test.each(someOf([22, 25, 30, 40, 50]))(
      "never sends more than the platform's limit of %i in one call",
      async (limit) => {
        const { archive, expected } = await material();
        const database = await target();
        let sent = 0;
        const counted: Database = {
          engine: database.engine,
          capabilities: database.capabilities,
          query(statement) {
            sent++;
            return database.query(statement);
          },
          batch(statements) {
            sent += statements.length;
            return database.batch(statements);
          },
        };
        const most: number[] = [];
        const work = drive(counted, archive, newRunKey(), {
          mode: "mirror",
          mostCalls: 200,
          budget: () => {
            sent = 0;
            return createBudget({ limit });
          },
          onCall: () => {
            most.push(sent);
          },
        });
        await work;
        expect(most.length).toBeGreaterThan(0);
        expect(Math.max(...most)).toBeLessThanOrEqual(limit);
        await expectDone(database, expected);
      },
    );

    test("of no time stops after each step, and gets there", async () => {
      const { archive, expected } = await material();
      const database = await target();
      let clock = 1_700_000_000_000;
      const report = await drive(database, archive, newRunKey(), {
        mode: "mirror",
        mostCalls: 200,
        now: () => clock,
        budget: () => {
          let looked = 0;
          return createBudget({ ms: 10, now: () => (looked++ > 2 ? clock + 20 : clock) });
        },
        onCall: () => {
          clock += 1000;
        },
      });
      expect(report.calls).toBeGreaterThan(2);
      await expectDone(database, expected);
    });

    test("that stops tells how far it is, to anyone who asks", async () => {
      const { archive } = await material();
      const database = await target();
      const key = newRunKey();
      const seen: number[] = [];
      await drive(database, archive, key, {
        budget: () => createBudget({ statements: 8, limit: 60 }),
        onCall: async (report) => {
          const asked = await readRun(database, key);
          expect(asked).toMatchObject({ key, status: report.status, version: 1, error: null });
          expect(asked!.progress.totalRecords).toBe(110);
          seen.push(asked!.progress.recordsProcessed);
        },
      });
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBe(110);
    });
  });

  describe(`Two drivers on ${name}`, () => {
    const NOW = 1_700_000_000_000;
    const at = (offset: number, driver: string): Omit<SyncOptions, "budget"> => ({
      mode: "mirror",
      driver,
      now: () => NOW + offset,
    });
    /** A first call that stops in the middle, its lock still held as by a driver that died. */
    const begin = async (database: Database, key: string, source: ByteSource) => {
      const frozen = faultyDatabase(database, { fail: (call) => call >= 8 });
      await expect(
        advanceRun(frozen, source, key, { ...at(0, "first"), budget: createBudget({ statements: 7 }) }),
      ).rejects.toThrow();
    };

    test("of one run: the second is told to wait, until the first one's lock ends", async () => {
      const { archive, expected } = await material();
      const database = await target();
      const key = newRunKey();
      await begin(database, key, archive);
      const before = await photograph(database);
      const error = await advanceRun(database, archive, key, at(5_000, "second")).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(FerryError);
      expect(error).toMatchObject({ code: "RUN_LOCKED", details: { lockedBy: key } });
      expect(error.details.retryAfterSeconds).toBeGreaterThan(0);
      expect(await photograph(database)).toEqual(before);
      await drive(database, archive, key, at(10_001, "second"));
      await expectDone(database, expected);
    });

    test("of two runs: the second is told who is there", async () => {
      const { archive } = await material();
      const database = await target();
      const key = newRunKey();
      await begin(database, key, archive);
      const error = await advanceRun(database, archive, newRunKey(), at(1, "second")).catch(
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ code: "RUN_LOCKED", details: { lockedBy: key } });
    });

    test("of one name are one driver", async () => {
      const { archive, expected } = await material();
      const database = await target();
      const key = newRunKey();
      await begin(database, key, archive);
      await drive(database, archive, key, at(1, "first"));
      await expectDone(database, expected);
    });

    test.each(["always", "never"] as const)(
      "of which one sleeps at any of its calls while the other does all of it apply once, in one transaction: %s",
      async (atomic) => {
        const { archive, expected } = await material();
        let slept = 0;
        for (const pause of somePoints(1)) {
          const database = await target();
          const key = newRunKey();
          let results: unknown;
          const sleeper = faultyDatabase(database, {
            before: async (call) => {
              if (call !== pause) return;
              slept = pause;
              // The sleeper's lock ended long ago.
              results = (await drive(database, archive, key, { ...at(60_000, "other"), atomic })).results;
            },
          });
          const answer = await drive(sleeper, archive, key, {
            ...at(0, "sleeper"),
            atomic,
            budget: () => createBudget({ statements: 30, limit: 60 }),
          }).catch((thrown) => thrown);
          if (answer instanceof Error)
            expect(answer, `call ${pause}`).toMatchObject({
              code: expect.stringMatching(/^(RUN_LOCKED|ALREADY_SYNCED)$/),
            });
          else if (slept === pause) expect(answer.results, `call ${pause}`).toEqual(results);
          await expectDone(database, expected);
          const report = await readRun(database, key);
          expect(report, `call ${pause}`).toMatchObject({ status: "completed", verified: true, error: null });
          expect(report!.results!.parents).toMatchObject({ inserted: 18, updated: 2, deleted: 1 });
          if (slept !== pause) break;
        }
        expect(slept).toBeGreaterThan(reachOf(15));
      },
      300_000,
    );
  });
}

/** A sync that loses its database at every possible place. */
export function describeFailures(name: string, engine: Engine): void {
  describe(`A database on ${name} that fails`, () => {
    const schema = [
      "CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE)",
      "CREATE TABLE items (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents, v TEXT)",
    ];
    const rows = [
      "INSERT INTO parents VALUES (1, 'a'), (2, 'b')",
      "INSERT INTO items VALUES (1, 2, 'x'), (2, 1, 'y')",
    ];
    const live = [
      "INSERT INTO parents VALUES (1, 'b'), (2, 'a'), (3, 'c')",
      "INSERT INTO items VALUES (2, 3, 'old')",
    ];

    for (const when of ["before", "after"] as const) {
      for (const kind of ["archive", "document"] as const) {
        test(`${when} any of its calls leaves the old tables or the new ones, and another call ends it (${kind})`, async () => {
          const origin = await engine.source();
          await execute(origin, [...schema, ...rows]);
          const source =
            kind === "archive"
              ? await archiveOf(origin, { frameBytes: 30 })
              : documentSource({
                  data: {
                    items: [
                      { id: 1, parent: 2, v: "x" },
                      { id: 2, parent: 1, v: "y" },
                    ],
                    parents: [
                      { id: 1, code: "a" },
                      { id: 2, code: "b" },
                    ],
                  },
                });
          const expected = await dumpTables(origin);
          let reached = 0;
          for (const broken of somePoints(1, 100)) {
            const database = await engine.target();
            await execute(database, [...schema, ...live]);
            const before = await dumpTables(database);
            const key = newRunKey();
            const failing = faultyDatabase(database, { fail: (call) => call === broken, when });
            const options: Omit<SyncOptions, "budget"> = { mode: "mirror", driver: "one" };
            const first = await advanceRun(failing, source, key, options).catch((thrown) => thrown);
            const now = await dumpTables(database);
            expect([before, expected], `after call ${broken}`).toContainEqual(now);
            if (first instanceof Error) {
              reached = broken;
              expect(first, `call ${broken}`).toMatchObject({ code: "DATABASE_ERROR" });
              // The same driver, or another when the lock has ended.
              const next = await drive(
                database,
                source,
                key,
                broken % 2 === 0
                  ? options
                  : { mode: "mirror", driver: "two", now: () => Date.now() + 60_000 },
              ).catch((thrown) => thrown);
              if (next instanceof Error)
                expect(next, `call ${broken}`).toMatchObject({ code: "ALREADY_SYNCED" });
            }
            expect(await dumpTables(database), `call ${broken}`).toEqual(expected);
            await expectCleared(database);
            expect(
              await database.query({ sql: "SELECT seed_name, record_count FROM seed_history ORDER BY 1" }),
            ).toEqual([
              ["items", 2],
              ["parents", 2],
            ]);
            const run = await readRun(database, key);
            expect(run, `call ${broken}`).toMatchObject({ status: "completed", verified: true });
            expect(run!.results, `call ${broken}`).toMatchObject({
              parents: { attempted: 2, inserted: 0, updated: 2, deleted: 1 },
              items: { attempted: 2, inserted: 1, updated: 1, deleted: 0 },
            });
            if (!(first instanceof Error)) break;
          }
          expect(reached).toBeGreaterThan(reachOf(6));
          expect(reached).toBeLessThan(60);
        });
      }
    }

    test("for good is said as it is, worth another try where D1 says so", async () => {
      for (const [message, transient] of [
        ["Network connection lost.", true],
        ["disk I/O error", false],
      ] as const) {
        const database = await engine.target();
        await execute(database, schema);
        const failing = faultyDatabase(database, { fail: (call) => call > 4, message });
        const error = await advanceRun(
          failing,
          documentSource({ data: { parents: [{ id: 1 }] } }),
          newRunKey(),
        ).catch((thrown) => thrown);
        expect(error).toMatchObject({ code: "DATABASE_ERROR", transient });
      }
    });
  });
}
