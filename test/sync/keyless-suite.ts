import { describe, expect, test } from "vitest";
import type { Database } from "../../src/database/port.ts";
import type { Engine } from "../support/engine.ts";
import { archiveFrom, result, sceneOf, setScene } from "./scene.ts";

const LOG = ["CREATE TABLE log (message TEXT, n)"];

const HERE = ["INSERT INTO log VALUES ('here 1', 1), ('here 2', 2)"];

const THERE = ["INSERT INTO log VALUES ('there 1', 1), ('there 2', 2), ('there 3', 3)"];

const rowids = (database: Database) =>
  database.query({ sql: "SELECT rowid, message FROM log ORDER BY rowid" });

/** Tables without a primary key, whose rows nothing but rowids tells apart. */
export function describeKeyless(name: string, engine: Engine): void {
  describe(`Rows without a key on ${name}`, () => {
    test.each(["always", "never"] as const)(
      "are not put in the place of others: atomic %s",
      async (atomic) => {
        const scene = await setScene(engine, LOG, THERE);
        const source = await archiveFrom(engine, LOG, HERE, { frameBytes: 1 });
        for (const options of [{ dryRun: true }, { expectDeletes: 0 }, { sliceBytes: 1 }]) {
          const error = await scene.refuse(source, "UNSUPPORTED", { atomic, ...options });
          expect(error.message).toContain('"log" has no primary key');
          expect(error.details).toMatchObject({ reason: "rows-without-key", table: "log", rows: 2 });
        }
      },
    );

    test.each(["always", "never"] as const)(
      "are, in a mirror, which makes both sides equal: atomic %s",
      async (atomic) => {
        const scene = await setScene(engine, LOG, THERE);
        const source = await archiveFrom(engine, LOG, HERE, { frameBytes: 1 });
        const report = await scene.sync(source, { mode: "mirror", atomic, sliceBytes: 1 });
        expect(report).toMatchObject({ verified: true, results: { log: { updated: 2, deleted: 1 } } });
        expect(await rowids(scene.target)).toEqual([
          [1, "here 1"],
          [2, "here 2"],
        ]);
      },
    );

    test("that are equal are nothing to do, and those under free rowids come", async () => {
      const scene = await setScene(engine, LOG, HERE);
      const source = await archiveFrom(engine, LOG, [...HERE, "INSERT INTO log VALUES ('here 3', 3)"]);
      const report = await scene.sync(source);
      expect(report.results).toEqual({ log: result({ attempted: 3, inserted: 1, unchanged: 2 }) });
      expect(await scene.rows("log")).toHaveLength(3);
    });

    test("are left out by mode insert where their rowids are taken, and the plan says so", async () => {
      const scene = await setScene(engine, LOG, ["INSERT INTO log VALUES ('there 1', 1)"]);
      const report = await scene.sync(await archiveFrom(engine, LOG, HERE), { mode: "insert" });
      expect(report.notes).toEqual([expect.stringMatching(/"log" has no key: 1 of its rows is left out/)]);
      expect(await rowids(scene.target)).toEqual([
        [1, "there 1"],
        [2, "here 2"],
      ]);
    });

    test.each(["always", "never"] as const)(
      "leave alone what the app writes between plan and apply: atomic %s",
      async (atomic) => {
        const { target } = await setScene(engine, LOG);
        const source = await archiveFrom(engine, LOG, HERE, { frameBytes: 1 });
        let written = false;
        const busy: Database = {
          engine: target.engine,
          capabilities: target.capabilities,
          query: (statement) => target.query(statement),
          async batch(statements) {
            if (!written && statements.some(({ sql }) => sql.startsWith('INSERT OR ABORT INTO "log"'))) {
              written = true;
              await target.query({ sql: "INSERT INTO log VALUES ('app', 0)" });
            }
            return target.batch(statements);
          },
        };
        const outcome = sceneOf(busy).sync(source, { atomic, sliceBytes: 1 });
        // The plan is stale, and the next one would put rows in the place of the app's.
        await expect(outcome).rejects.toMatchObject({ details: { reason: "rows-without-key" } });
        expect((await rowids(target))[0]).toEqual([1, "app"]);
      },
    );

    test.each(["always", "never"] as const)(
      "of a document keep the rowid that they are given, when a later row brings it: atomic %s",
      async (atomic) => {
        const scene = await setScene(engine, LOG);
        const rows = [
          { message: "first" },
          { message: "second" },
          { rowid: 1, message: "third" },
          { rowid: 2, message: "fourth" },
        ];
        await scene.sync({ log: rows }, { atomic, sliceBytes: 1 });
        expect((await scene.rows("log", "message")).flat().sort()).toEqual([
          "first",
          "fourth",
          "second",
          "third",
        ]);
      },
    );

    test.each(["refuse", "append"] as const)(
      "of a document may point to rows that have one: keyless %s",
      async (keyless) => {
        const schema = [
          "CREATE TABLE p (id INTEGER PRIMARY KEY)",
          "CREATE TABLE log (message TEXT, p REFERENCES p)",
        ];
        const scene = await setScene(engine, schema, ["INSERT INTO p VALUES (1)"]);
        await scene.sync({ log: [{ message: "a", p: 1 }] }, { keyless });
        const more = { p: [{ id: 2 }], log: [{ message: "b", p: 2 }] };
        await scene.sync(more, { keyless, version: 2, atomic: "never" });
        expect(await scene.rows("log")).toEqual([
          ["a", 1],
          ["b", 2],
        ]);
        await scene.refuse({ log: [{ message: "c", p: 3 }] }, "FOREIGN_KEY", { keyless, version: 3 });
      },
    );

    describe("with append", () => {
      const append = { keyless: "append" } as const;
      const all = (database: Database) =>
        database.query({
          sql: "SELECT message, n, count(*) FROM log GROUP BY 1, 2, typeof(n) ORDER BY 1, 2",
        });

      test.each(["always", "never"] as const)(
        "are added under rowids of their own, once however often they are pushed: atomic %s",
        async (atomic) => {
          const scene = await setScene(engine, LOG, [...THERE, "INSERT INTO log VALUES ('both', NULL)"]);
          const rows = [
            ...HERE,
            "INSERT INTO log VALUES ('here 1', 1), ('both', NULL), ('both', NULL), ('here 1', 1.0), ('HERE 1', 1)",
          ];
          const source = await archiveFrom(engine, LOG, rows, { frameBytes: 1 });
          const how = { ...append, atomic, sliceBytes: 1 };
          const planned = await scene.sync(source, { ...how, dryRun: true });
          expect(planned.plan?.tables.log).toMatchObject({ inserted: 6, updated: 0, unchanged: 1 });
          const report = await scene.sync(source, how);
          expect(report.results).toEqual({ log: result({ attempted: 7, inserted: 6, unchanged: 1 }) });
          const left = await all(scene.target);
          expect(left).toEqual([
            ["HERE 1", 1, 1],
            ["both", null, 2],
            ["here 1", 1, 2],
            ["here 1", 1, 1],
            ["here 2", 2, 1],
            ["there 1", 1, 1],
            ["there 2", 2, 1],
            ["there 3", 3, 1],
          ]);
          expect((await rowids(scene.target)).slice(0, 3).flat()).toEqual([
            1,
            "there 1",
            2,
            "there 2",
            3,
            "there 3",
          ]);
          const again = await scene.sync(source, { ...how, version: 2 });
          expect(again.results).toEqual({ log: result({ attempted: 7, unchanged: 7 }) });
          expect(await all(scene.target)).toEqual(left);
        },
      );

      test("carry their rowids into a table that is empty", async () => {
        const scene = await setScene(engine, LOG);
        const rows = ["INSERT INTO log (rowid, message) VALUES (9, 'nine'), (-4, 'four')"];
        await scene.sync(await archiveFrom(engine, LOG, rows), append);
        expect(await rowids(scene.target)).toEqual([
          [-4, "four"],
          [9, "nine"],
        ]);
      });

      test("of a document are counted by the columns that they give", async () => {
        const schema = [
          "CREATE TABLE log (message TEXT, n INT DEFAULT 7, at TEXT DEFAULT CURRENT_TIMESTAMP)",
        ];
        const scene = await setScene(engine, schema, ["INSERT INTO log VALUES ('a', 7, 'then')"]);
        const data = { log: [{ message: "a" }, { message: "a" }, { message: "b", n: "5" }] };
        expect((await scene.sync(data, append)).results?.log).toMatchObject({ inserted: 2, unchanged: 1 });
        const again = await scene.sync(data, { ...append, version: 2 });
        expect(again.results?.log).toMatchObject({ inserted: 0, unchanged: 3 });
        expect(await scene.rows("log", "message, n")).toEqual([
          ["a", 7],
          ["a", 7],
          ["b", 5],
        ]);
      });

      test("are no conflict where they are equal, and are where others have their unique value", async () => {
        const schema = ["CREATE TABLE log (message TEXT UNIQUE, n)"];
        const there = ["INSERT INTO log VALUES ('here 1', 1), ('here 2', 'other')"];
        const scene = await setScene(engine, schema, there);
        const source = await archiveFrom(engine, schema, [...HERE, "INSERT INTO log VALUES ('new', 3)"]);
        const error = await scene.refuse(source, "UNIQUE_CONFLICT", append);
        expect(error.details).toMatchObject({ conflictCount: 1 });
        const skipped = await scene.sync(source, { ...append, onConflict: "skip" });
        expect(skipped.results?.log).toMatchObject({ inserted: 1, unchanged: 1, skipped: 1 });
        const replaced = await scene.sync(source, { ...append, onConflict: "replace", version: 2 });
        expect(replaced.results?.log).toMatchObject({ inserted: 1, unchanged: 2, deleted: 1 });
        expect(await scene.rows("log")).toEqual([
          ["here 1", 1],
          ["here 2", 2],
          ["new", 3],
        ]);
      });

      test.each(["always", "never"] as const)(
        "are added beside what the app adds between plan and apply: atomic %s",
        async (atomic) => {
          const { target } = await setScene(engine, LOG, THERE);
          let written = 0;
          const busy: Database = {
            engine: target.engine,
            capabilities: target.capabilities,
            query: (statement) => target.query(statement),
            async batch(statements) {
              if (statements.some(({ sql }) => sql.startsWith('INSERT OR ABORT INTO "log"')))
                await target.query({ sql: `INSERT INTO log VALUES ('app', ${++written})` });
              return target.batch(statements);
            },
          };
          const source = await archiveFrom(engine, LOG, HERE, { frameBytes: 1 });
          await sceneOf(busy).sync(source, { ...append, atomic, sliceBytes: 1 });
          expect(written).toBe(atomic === "always" ? 1 : 2);
          expect((await all(target)).map(([message]) => message).sort()).toEqual([
            ...Array.from({ length: written }, () => "app"),
            "here 1",
            "here 2",
            "there 1",
            "there 2",
            "there 3",
          ]);
        },
      );

      test("of a table too wide to compare stay refused", async () => {
        const columns = Array.from({ length: 60 }, (_, i) => `c${i}`).join(", ");
        const schema = [`CREATE TABLE log (${columns})`];
        const scene = await setScene(engine, schema, ["INSERT INTO log (c0) VALUES (1)"]);
        const source = await archiveFrom(engine, schema, ["INSERT INTO log (c0) VALUES (2)"]);
        const error = await scene.refuse(source, "UNSUPPORTED", append);
        expect(error.details).toMatchObject({ reason: "rows-without-key" });
      });

      test("leave tables with a key as they are", async () => {
        const schema = ["CREATE TABLE log (message TEXT PRIMARY KEY, n)"];
        const scene = await setScene(engine, schema, ["INSERT INTO log VALUES ('here 1', 'other')"]);
        const report = await scene.sync(await archiveFrom(engine, schema, HERE), append);
        expect(report.results?.log).toMatchObject({ inserted: 1, updated: 1 });
      });
    });
  });
}
