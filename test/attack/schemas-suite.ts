import { describe, expect, test } from "vitest";
import type { SchemaObject } from "../../src/archive/types.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import type { SyncOptions } from "../../src/sync/run/options.ts";
import { ALL_CASES, once, SEED } from "../support/cases.ts";
import { dumpSchema, dumpTables } from "../support/dump.ts";
import { drive, type Engine, execute, newRunKey } from "../support/engine.ts";
import { countTried } from "../support/figures.ts";
import { archiveWith } from "./hostile-archive.ts";
import { hostileSchemas, NOTES } from "./hostile-schemas.ts";

const THEIRS = [
  "CREATE TABLE users (id INTEGER PRIMARY KEY, password_hash TEXT)",
  "CREATE UNIQUE INDEX hashes ON users (password_hash)",
  "CREATE VIEW names AS SELECT id FROM users",
  "CREATE TRIGGER kept BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'users stay'); END",
  "INSERT INTO users VALUES (1, 'one'), (2, 'two')",
];

/** What is there that is neither the archive's table nor the object. */
async function theirs(database: Database, declared: string) {
  const { notes: _, [declared]: __, ...tables } = await dumpTables(database);
  const own = new RegExp(`^(table notes|(table|view|index|trigger) ${declared}(_[a-z]+)?) `);
  return { tables, schema: (await dumpSchema(database)).filter((row) => !own.test(row)) };
}

/** `untouched` finds what reached beyond the database, and throws. */
export function describeHostileSchemas(
  name: string,
  engine: Engine,
  file: string,
  untouched = () => {},
): void {
  const make = async () => {
    const target = await engine.target();
    await execute(target, THEIRS);
    return target;
  };

  describe(`A hostile schema for ${name}`, () => {
    const all = hostileSchemas(file);
    const cases = ALL_CASES ? all : all.filter((_, i) => i < 23 || (i + SEED) % 25 === 0);

    test("changes nothing but what it declares", once(all.length), async () => {
      expect(all.length).toBeGreaterThan(1000);
      let target = await make();
      let refusals = 0;
      for (const { how, object } of cases) {
        const declared = object.name === "users" ? "o" : object.name;
        countTried(`hostile schemas for ${name}`);
        const before = await theirs(target, declared);
        const run = drive(target, await archiveWith([object]), newRunKey(), { create: "all", mostCalls: 20 });
        const error = await run.then(
          () => null,
          (thrown: unknown) => thrown,
        );
        expect({ how, ...(await theirs(target, declared)) }).toEqual({ how, ...before });
        untouched();
        if (error === null) {
          target = await make();
          continue;
        }
        // A table that is there already is compared and not made; some of these SQLite cannot read.
        const { code, details } =
          error instanceof FerryError ? error : { code: String(error), details: undefined };
        expect(["schema-not-its-own", "column-missing", "DATABASE_ERROR"], how).toContain(
          details?.reason ?? code,
        );
        refusals++;
      }
      // Some triggers are what they say: they change rows, once the app adds some.
      expect(refusals).toBeGreaterThan(cases.length * 0.9);
    });
  });

  describe(`An honest schema for ${name}`, () => {
    const objects: SchemaObject[] = [
      { type: "index", name: "i", table: "notes", sql: "CREATE INDEX i ON notes (t)" },
      { type: "view", name: "v", table: "v", sql: "CREATE VIEW v AS SELECT t FROM notes" },
      {
        type: "trigger",
        name: "g",
        table: "notes",
        sql: "CREATE TRIGGER g AFTER INSERT ON notes BEGIN SELECT 1; END",
      },
    ];
    const sqlOf = (list: readonly SchemaObject[]) => [NOTES, ...list].map(({ sql }) => sql);

    test("is made with its indexes, and with triggers and views where all is asked for", async () => {
      const archive = await archiveWith(objects);
      const some = await drive(await make(), archive, newRunKey(), { create: true });
      expect(some.plan?.creates?.map(({ sql }) => sql)).toEqual(sqlOf(objects.slice(0, 1)));
      expect(some.notes).toContain(
        'not created: view "v", trigger "g". --create=all ("create": "all") creates triggers and views, too',
      );
      const target = await make();
      const all = await drive(target, archive, newRunKey(), { create: "all" });
      expect(all.plan?.creates?.map(({ sql }) => sql)).toEqual(sqlOf(objects));
      expect(all.notes.join()).not.toContain("not created");
      const made = (await dumpSchema(target)).join("\n");
      for (const sql of sqlOf(objects)) expect(made).toContain(sql);
    });
  });

  describe(`Where the reading of a schema were outwitted on ${name}`, () => {
    const smuggled = [
      "DROP VIEW names",
      "DROP INDEX hashes",
      "DROP TRIGGER kept",
      "DROP TABLE users",
      "ALTER TABLE users ADD COLUMN mine",
      "CREATE TABLE stray (a)",
      "CREATE INDEX stray ON users (id)",
      "CREATE TRIGGER stray AFTER INSERT ON users BEGIN DELETE FROM users; END",
      "CREATE VIEW stray AS SELECT * FROM users",
      "CREATE TABLE notes_data (a)",
    ];
    const ways: SyncOptions["atomic"][] = ["always", "never"];

    test.each(smuggled.flatMap((sql) => ways.map((atomic) => ({ sql, atomic }))))(
      "the guard refuses $sql, atomic: $atomic",
      async ({ sql, atomic }) => {
        const target = await make();
        const before = await theirs(target, "o");
        const run = drive(smuggling(target, sql), await archiveWith([]), newRunKey(), {
          create: true,
          atomic,
        });
        await expect(run).rejects.toMatchObject({
          code: "VERIFICATION_FAILED",
          message: expect.stringContaining("More of the schema changed"),
        });
        expect(await theirs(target, "o")).toEqual(before);
      },
    );
  });
}

/** A target whose transactions run one more statement behind the one that makes the archive's table. */
function smuggling(database: Database, sql: string): Database {
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => database.query(statement),
    async batch(statements) {
      const at = statements.findIndex((statement) => statement.sql === NOTES.sql);
      if (at < 0) return database.batch(statements);
      const answers = await database.batch(statements.toSpliced(at + 1, 0, { sql }));
      return answers.toSpliced(at + 1, 1);
    },
  };
}
