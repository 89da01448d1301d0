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
      expect(report.notes).toEqual([expect.stringMatching(/"log" has no key: 1 of its rows are left out/)]);
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
            if (!written && statements.some(({ sql }) => sql.startsWith('INSERT INTO "log"'))) {
              written = true;
              await target.query({ sql: "INSERT INTO log VALUES ('app', 0)" });
            }
            return target.batch(statements);
          },
        };
        const outcome = sceneOf(busy).sync(source, { atomic, sliceBytes: 1 });
        await expect(outcome).rejects.toMatchObject({ code: "VERIFICATION_FAILED" });
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
  });
}
