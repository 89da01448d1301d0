import { describe, expect, test } from "vitest";
import type { Database, Statement } from "../../src/database/port.ts";
import { dropRun } from "../../src/sync/run/index.ts";
import { busyDatabase } from "../support/busy-database.ts";
import { type Engine, execute, newRunKey } from "../support/engine.ts";
import { before as ahead } from "./before-batch.ts";
import { archiveFrom, sceneOf, setScene } from "./scene.ts";

const IN_PARTS = { atomic: "never", sliceBytes: 1, mostCalls: 100 } as const;

const writes = (table: string) => (statements: readonly Statement[]) =>
  statements.some(({ sql }) => sql.startsWith(`INSERT OR ABORT INTO "${table}"`));

/** Does something the first time that it is called. */
function once(what: () => Promise<unknown>): () => Promise<unknown> {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await what();
  };
}

/** An app, and a migration, that write while a run is on its way. */
export function describeMeanwhile(name: string, engine: Engine): void {
  const rowsOf = (database: Database, sql: string) => database.query({ sql });

  describe(`What happens meanwhile on ${name}`, () => {
    test.each(["always", "never"] as const)(
      "does not make a constraint of the table's own replace rows that no plan lists: atomic %s",
      async (atomic) => {
        const schema = ["CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE ON CONFLICT REPLACE)"];
        const source = await archiveFrom(engine, schema, ["INSERT INTO users VALUES (1, 'a'), (2, 'b')"]);
        const { target, rows } = await setScene(engine, schema, ["INSERT INTO users VALUES (1, 'old')"]);
        const app = once(() => execute(target, ["INSERT INTO users VALUES (9, 'b')"]));
        await expect(
          sceneOf(ahead(target, writes("users"), app)).sync(source, { atomic, sliceBytes: 1 }),
        ).rejects.toMatchObject({ code: "UNIQUE_CONFLICT" });
        expect(await rows("users")).toContainEqual([9, "b"]);
      },
    );

    test("leaves values that change places under a CHECK to be deleted for a while, in many transactions too", async () => {
      const schema = ["CREATE TABLE places (id INTEGER PRIMARY KEY, n INT NOT NULL UNIQUE CHECK (n < 100))"];
      const source = await archiveFrom(engine, schema, ["INSERT INTO places VALUES (1, 2), (2, 1), (3, 3)"]);
      const scene = await setScene(engine, schema, ["INSERT INTO places VALUES (1, 1), (2, 2)"]);
      await scene.sync(source, IN_PARTS);
      expect(await scene.rows("places")).toEqual([
        [1, 2],
        [2, 1],
        [3, 3],
      ]);
    });

    describe("by a migration of triggers", () => {
      const schema = [
        "CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)",
        "CREATE TABLE log (m TEXT)",
        "CREATE TRIGGER told AFTER UPDATE ON items BEGIN INSERT INTO log VALUES ('old'); END",
      ];
      const migrations: [what: string, statements: string[], left: string[]][] = [
        [
          "is not taken back",
          [
            "DROP TRIGGER told",
            "CREATE TRIGGER told AFTER UPDATE ON items BEGIN INSERT INTO log VALUES ('new'); END",
          ],
          ["told new"],
        ],
        ["that drops one goes through", ["DROP TRIGGER told"], []],
        [
          "that makes one has it fire for no row of the sync",
          ["CREATE TRIGGER two AFTER UPDATE ON items BEGIN INSERT INTO log VALUES ('two'); END"],
          ["told old", "two two"],
        ],
      ];
      describe.each(["always", "never"] as const)("atomic %s", (atomic) => {
        test.each(migrations)("%s", async (_, migration, left) => {
          const rows = ["INSERT INTO items VALUES (1, 'one'), (2, 'two')"];
          const source = await archiveFrom(engine, schema, rows);
          for (let gap = 0; ; gap++) {
            const { target } = await setScene(engine, schema, [
              "INSERT INTO items VALUES (1, 'x'), (2, 'y')",
            ]);
            const busy = busyDatabase(target, { writes: (call) => call === gap, change: () => migration });
            const report = await sceneOf(busy.database).sync(source, {
              ...IN_PARTS,
              ...{ atomic, tables: ["items"] },
            });
            expect(report.status).toBe("completed");
            expect(await rowsOf(target, "SELECT id, v FROM items")).toEqual([
              [1, "one"],
              [2, "two"],
            ]);
            expect(await rowsOf(target, "SELECT m FROM log")).toEqual([]);
            if (busy.steps() === 0) break;
            const found = await rowsOf(
              target,
              "SELECT name || ' ' || substr(sql, -10, 3) FROM sqlite_schema WHERE type = 'trigger' ORDER BY 1",
            );
            expect(found.flat()).toEqual(left);
          }
        });
      });
    });

    test("to rows without a key that the run has added does not stop it where equal ones are still to come", async () => {
      const schema = ["CREATE TABLE log (m TEXT)"];
      const source = await archiveFrom(engine, schema, ["INSERT INTO log VALUES ('a'), ('c'), ('c')"], {
        frameBytes: 1,
      });
      const options = { ...IN_PARTS, keyless: "append" } as const;
      for (let gap = 0; ; gap++) {
        const { target } = await setScene(engine, schema);
        const busy = busyDatabase(target, {
          writes: (call) => call === gap,
          change: () => ["DELETE FROM log"],
        });
        expect((await sceneOf(busy.database).sync(source, options)).status).toBe("completed");
        if (busy.steps() === 0) break;
      }
    });

    describe("to a full-text table without text", () => {
      const schema = ["CREATE VIRTUAL TABLE words USING fts5(body, content='')"];
      const there = ["INSERT INTO words (rowid, body) VALUES (1, 'elder'), (5, 'fir')"];
      const incoming = ["INSERT INTO words (rowid, body) VALUES (1, 'alder'), (3, 'cedar')"];
      test.each([
        ["always", "INSERT INTO words (rowid, body) VALUES (9, 'app')"],
        ["never", "INSERT INTO words (rowid, body) VALUES (9, 'app')"],
        ["always", "INSERT INTO words (rowid, body) VALUES (3, 'app')"],
        ["never", "INSERT INTO words (rowid, body) VALUES (3, 'app')"],
      ] as const)("stops no mirror: atomic %s, %s", async (atomic, sql) => {
        const source = await archiveFrom(engine, schema, incoming, { frameBytes: 1 });
        for (let gap = 0; ; gap++) {
          const { target } = await setScene(engine, schema, there);
          const busy = busyDatabase(target, { writes: (call) => call === gap, change: () => [sql] });
          await sceneOf(busy.database).sync(source, { ...IN_PARTS, mode: "mirror", atomic });
          expect(await rowsOf(target, "SELECT rowid FROM words('alder')")).toEqual([[1]]);
          expect(await rowsOf(target, "SELECT rowid FROM words('fir')")).toEqual([]);
          if (busy.steps() === 0) break;
        }
      });

      test.each(["always", "never"] as const)(
        "is emptied by a mirror that has no row for it: atomic %s",
        async (atomic) => {
          const source = await archiveFrom(engine, schema);
          const scene = await setScene(engine, schema, there);
          const report = await scene.sync(source, { mode: "mirror", atomic });
          expect(report.results?.words).toMatchObject({ deleted: 2 });
          expect(await rowsOf(scene.target, "SELECT rowid FROM words")).toEqual([]);
        },
      );

      test("is seen by a mirror that would empty it", async () => {
        const source = await archiveFrom(engine, schema);
        const scene = await setScene(engine, schema, there);
        const key = newRunKey();
        const { plan } = await scene.sync(source, { key, mode: "mirror", dryRun: true });
        await execute(scene.target, ["INSERT INTO words (rowid, body) VALUES (9, 'app')"]);
        await expect(scene.sync(source, { key, mode: "mirror", plan: plan!.hash })).rejects.toMatchObject({
          code: "PLAN_STALE",
        });
        expect(await rowsOf(scene.target, "SELECT rowid FROM words('app')")).toEqual([[9]]);
      });
    });

    describe("to a run in many transactions over a table with a full-text index", () => {
      const schema = [
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT)",
        "CREATE VIRTUAL TABLE search USING fts5(body, content='posts', content_rowid='id')",
        "CREATE TRIGGER added AFTER INSERT ON posts BEGIN INSERT INTO search (rowid, body) VALUES (new.id, new.body); END",
        "CREATE TRIGGER gone AFTER DELETE ON posts BEGIN INSERT INTO search (search, rowid, body) VALUES ('delete', old.id, old.body); END",
      ];
      const source = () =>
        archiveFrom(engine, schema, ["INSERT INTO posts VALUES (1, 'alder'), (2, 'birch'), (3, 'cedar')"], {
          frameBytes: 1,
        });
      const options = { ...IN_PARTS, tables: ["posts"] };
      const found = (database: Database, word: string) =>
        rowsOf(database, `SELECT rowid FROM search('${word}')`);
      const check = (database: Database) =>
        execute(database, ["INSERT INTO search (search, rank) VALUES ('integrity-check', 1)"]);

      test("has the index find what was written, where a plan of the rest finds nothing more", async () => {
        const { target } = await setScene(engine, schema);
        let steps = 0;
        const last = (statements: readonly Statement[]) => writes("posts")(statements) && ++steps === 3;
        const app = once(() => execute(target, ["INSERT INTO posts VALUES (3, 'cedar')"]));
        await sceneOf(ahead(target, last, app)).sync(await source(), options);
        await check(target);
        expect(await found(target, "alder")).toEqual([[1]]);
      });

      test.each([true, false])(
        "has it find them, where it is dropped: record kept %s",
        async (keepRecord) => {
          const { target } = await setScene(engine, schema);
          const key = newRunKey();
          let steps = 0;
          const last = (statements: readonly Statement[]) => writes("posts")(statements) && ++steps === 3;
          const breaks = () => Promise.reject(new Error("The app was stopped"));
          const broken = sceneOf(ahead(target, last, breaks)).sync(await source(), { ...options, key });
          await expect(broken).rejects.toThrow("stopped");
          expect(await rowsOf(target, "SELECT count(*) FROM posts")).toEqual([[2]]);
          await dropRun(target, key, { keepRecord, now: () => Date.now() + 3_600_000 });
          await check(target);
          expect(await found(target, "birch")).toEqual([[2]]);
        },
      );
    });

    test("to a table that is dropped behind the commit is told, and no run fails for it for ever", async () => {
      const schema = [
        "CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)",
        "CREATE TABLE others (id INTEGER PRIMARY KEY)",
      ];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO items VALUES (1, 'one')",
        "INSERT INTO others VALUES (1)",
      ]);
      const { target } = await setScene(engine, schema);
      const key = newRunKey();
      let applied = false;
      const drops: Database = {
        ...target,
        engine: target.engine,
        capabilities: target.capabilities,
        query: (statement) => target.query(statement),
        async batch(statements) {
          const answers = await target.batch(statements);
          if (!applied && writes("items")(statements)) {
            applied = true;
            await execute(target, ["DROP TABLE items"]);
          }
          return answers;
        },
      };
      await expect(sceneOf(drops).sync(source, { key })).rejects.toMatchObject({ code: "DATABASE_ERROR" });
      const report = await sceneOf(drops).sync(source, { key });
      expect(report).toMatchObject({ status: "completed", verified: false });
      expect(report.verification?.unchecked).toEqual(["items"]);
    });
  });
}
