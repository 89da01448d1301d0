import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Database } from "../../../src/database/port.ts";
import { once, sampled } from "../../support/cases.ts";
import { archiveOf, drive, type Engine, execute, newRunKey } from "../../support/engine.ts";
import { expectCleared } from "../scene.ts";
import { type BrokenSync, numbers, rowsAreOldOrNew, syncBroken, watched } from "./behind-transactions.ts";

/** A table's foreign keys by column: the table that each points to, and whether a row may be without it. */
type Keys = Record<string, { to: string; nullable: boolean }>;

/** Tables that point to each other in circles, in the order in which they are made, and others around them. */
const SCHEMAS: Record<string, Record<string, Keys>> = {
  "two tables": {
    comments: { media: { to: "media", nullable: true } },
    users: { avatar: { to: "media", nullable: true }, team: { to: "teams", nullable: false } },
    media: { owner: { to: "users", nullable: true } },
    teams: {},
  },
  "two tables, of which one takes no row without its key": {
    media: { owner: { to: "users", nullable: false } },
    users: { avatar: { to: "media", nullable: true }, boss: { to: "users", nullable: true } },
  },
  "three tables that take no row without its key": {
    a: { b: { to: "b", nullable: false } },
    b: { c: { to: "c", nullable: false } },
    c: { a: { to: "a", nullable: false } },
  },
  "two circles that share a table": {
    left: { hub: { to: "hub", nullable: true } },
    hub: { left: { to: "left", nullable: true }, right: { to: "right", nullable: true } },
    right: { hub: { to: "hub", nullable: false } },
  },
};

interface Row {
  id: number;
  /** By column, as a place among the rows of the table that it points to; null for none. */
  points: Record<string, number | null>;
}

type Rows = Record<string, Row[]>;

const ddl = (schema: Record<string, Keys>): string[] =>
  Object.entries(schema).map(([table, keys]) => {
    const columns = Object.entries(keys).map(
      ([name, { to, nullable }]) => `${name} INTEGER ${nullable ? "" : "NOT NULL"} REFERENCES ${to}`,
    );
    return `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, v TEXT${columns.map((one) => `, ${one}`).join("")})`;
  });

/** Rows whose keys all lead somewhere. */
function rowsOf(schema: Record<string, Keys>, most: number): fc.Arbitrary<Rows> {
  const tables = Object.entries(schema).map(([table, keys]) => {
    const points = Object.fromEntries(
      Object.entries(keys).map(([name, { nullable }]) => [
        name,
        nullable ? fc.option(fc.nat(), { freq: 3 }) : fc.nat(),
      ]),
    );
    const row = fc.record({ id: fc.integer({ min: 1, max: 30 }), points: fc.record(points) });
    return [table, fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: most })] as const;
  });
  return fc.record(Object.fromEntries(tables)).map((rows) => {
    // A table stays empty where one is empty that its rows have to point to.
    for (let again = true; again; ) {
      again = false;
      for (const [table, keys] of Object.entries(schema)) {
        const lacks = Object.values(keys).some(({ to, nullable }) => !nullable && rows[to]?.length === 0);
        if (!lacks || rows[table]?.length === 0) continue;
        rows[table] = [];
        again = true;
      }
    }
    return rows;
  });
}

function inserts(schema: Record<string, Keys>, rows: Rows, v: string): string[] {
  return Object.entries(schema).flatMap(([table, keys]) =>
    (rows[table] ?? []).map(({ id, points }) => {
      const cells = Object.entries(keys).map(([name, { to }]) => {
        const ids = (rows[to] ?? []).map((row) => row.id);
        const point = points[name] ?? null;
        return point === null || ids.length === 0 ? "NULL" : `${ids[point % ids.length]}`;
      });
      return `INSERT INTO ${table} VALUES (${[id, `'${v} ${id}'`, ...cells].join(", ")})`;
    }),
  );
}

const DEFERRED = "PRAGMA defer_foreign_keys = on";

interface Case extends BrokenSync {
  schema: Record<string, Keys>;
  live: Rows;
  source: Rows;
}

const cases: fc.Arbitrary<Case> = fc.constantFrom(...Object.values(SCHEMAS)).chain((schema) =>
  fc.record({
    schema: fc.constant(schema),
    live: rowsOf(schema, 8),
    source: rowsOf(schema, 20),
    mode: fc.constantFrom("merge", "mirror"),
    sliceBytes: fc.constantFrom(1, 300),
    statements: fc.constantFrom(40, 80, 200),
    broken: fc.integer({ min: 5, max: 120 }),
    dropped: fc.integer({ min: 1, max: 40 }),
  }),
);

export function describeCircles(engineName: string, engine: Engine): void {
  describe(`Tables that point to each other in a circle, on ${engineName}`, () => {
    const dump = async (database: Database, schema: Record<string, unknown>) => {
      const rows: string[] = [];
      for (const table of Object.keys(schema)) {
        const found = await database.query({ sql: `SELECT * FROM ${table} ORDER BY 1` });
        rows.push(...found.map((row) => `${table} ${JSON.stringify(row)}`));
      }
      return rows;
    };

    const fill = async (database: Database, statements: string[]) => {
      await database.batch([DEFERRED, ...statements].map((sql) => ({ sql })));
    };

    /** The target as a whole sync leaves it. */
    const plannedOf = async ({ schema, live, source, mode }: Case) => {
      const model = await engine.source();
      await execute(model, ddl(schema));
      const inserted = inserts(schema, source, "new");
      const kept = inserts(schema, live, "old").filter((sql) => {
        const [, table = "", id] = /^INSERT INTO (\w+) VALUES \((\d+)/.exec(sql) ?? [];
        return mode === "merge" && !source[table]?.some((row) => row.id === Number(id));
      });
      await fill(model, [...kept, ...inserted]);
      return dump(model, schema);
    };

    test(
      "have rows as they were or as they are to be behind every transaction, also where the run is dropped",
      once(30),
      async () => {
        await fc.assert(
          fc.asyncProperty(cases, async (one) => {
            const { schema } = one;
            const source = await engine.source();
            await execute(source, ddl(schema));
            await fill(source, inserts(schema, one.source, "new"));
            const archive = await archiveOf(source, { frameBytes: 150 });
            const after = await plannedOf(one);
            const target = await engine.target();
            await execute(target, ddl(schema));
            await fill(target, inserts(schema, one.live, "old"));
            const before = await dump(target, schema);
            const look = rowsAreOldOrNew(() => dump(target, schema), before, after);
            await syncBroken(target, archive, one, look);
            expect(await dump(target, schema)).toEqual(after);
          }),
          sampled(100),
        );
      },
    );

    const PEOPLE = {
      media: "CREATE TABLE media (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES users, url TEXT)",
      users: "CREATE TABLE users (id INTEGER PRIMARY KEY, avatar INTEGER REFERENCES media, name TEXT)",
    };

    const people = async (count: number) => {
      const source = await engine.source();
      await execute(source, Object.values(PEOPLE));
      await fill(source, [
        `INSERT INTO users ${numbers(count)} SELECT i, iif(i % 3, ${count} + 1 - i, NULL), 'user ' || i FROM n`,
        `INSERT INTO media ${numbers(count)} SELECT i, i, 'url ' || i FROM n`,
      ]);
      return { archive: await archiveOf(source), rows: await dump(source, PEOPLE) };
    };

    test.each([
      ["one transaction", "always", false],
      ["many transactions", "never", false],
      ["one transaction that makes them", "always", true],
      ["many transactions that make them", "never", true],
    ] as const)("come in whole where they are many, in %s", async (_, atomic, create) => {
      const { archive, rows } = await people(2500);
      const target = await engine.target();
      if (!create) await execute(target, Object.values(PEOPLE));
      const seen = new Set<number>();
      const looking = watched(target, async () => {
        const found = await target.query({ sql: "SELECT name FROM sqlite_schema WHERE name = 'media'" });
        if (found.length > 0) seen.add((await dump(target, PEOPLE)).length);
      });
      const report = await drive(looking, archive, newRunKey(), { atomic, create });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(await dump(target, PEOPLE)).toEqual(rows);
      expect([...seen].filter((count) => count > 0)).toEqual([5000]);
      await expectCleared(target);
    });

    test("are refused before anything is written where they are too much for one transaction, and go in one", async () => {
      const { archive, rows } = await people(60);
      const target = await engine.target();
      await execute(target, Object.values(PEOPLE));
      const capabilities = { ...target.capabilities, transactionWrites: 100 };
      const limited = { ...target, capabilities };
      await expect(drive(limited, archive, newRunKey(), { atomic: "auto" })).rejects.toMatchObject({
        code: "UNSUPPORTED",
        message: expect.stringMatching(
          /"users", "media" refer to each other.*120 rows.*No table was changed/,
        ),
        details: { reason: "foreign-keys-in-a-cycle", tables: ["users", "media"] },
      });
      expect(await dump(target, PEOPLE)).toEqual([]);
      const report = await drive(limited, archive, newRunKey(), { atomic: "always", version: 2 });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(await dump(target, PEOPLE)).toEqual(rows);
    });
  });

  test(`Rows come in behind those that they point to, whatever the order of tables, on ${engineName}`, async () => {
    const tables = [
      "CREATE TABLE comments (id INTEGER PRIMARY KEY, post INTEGER REFERENCES posts)",
      "CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES authors)",
      "CREATE TABLE authors (id INTEGER PRIMARY KEY)",
    ];
    const source = await engine.source();
    await execute(source, [
      ...tables,
      "INSERT INTO authors VALUES (1)",
      "INSERT INTO posts VALUES (1, 1)",
      "INSERT INTO comments VALUES (1, 1)",
    ]);
    const archive = await archiveOf(source);
    for (const create of [false, true]) {
      const target = await engine.target();
      if (!create) await execute(target, tables);
      const written: string[] = [];
      const looking: Database = {
        ...target,
        batch(statements) {
          for (const { sql } of statements) {
            const [, table] = /^INSERT OR ABORT INTO "(comments|posts|authors)"/.exec(sql) ?? [];
            if (table !== undefined) written.push(table);
          }
          return target.batch(statements);
        },
      };
      await drive(looking, archive, newRunKey(), { create });
      expect(written).toEqual(["authors", "posts", "comments"]);
    }
  });
}
