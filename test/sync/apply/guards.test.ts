import { describe, expect, it } from "vitest";
import type { Database } from "../../../src/database/port.ts";
import { dumpTables } from "../../support/dump.ts";
import { archiveOf, drive, execute, newRunKey } from "../../support/engine.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const SCHEMA = ["CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)"];

const ROWS = ["INSERT INTO items VALUES (1, 'one'), (2, 'two'), (3, 'three')"];

/** A target in whose transactions something else happens right behind the rows. */
function meddled(database: Database, sql: string): Database {
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => database.query(statement),
    async batch(statements) {
      const at = statements.findIndex((statement) =>
        statement.sql.startsWith('INSERT OR ABORT INTO "items"'),
      );
      if (at < 0) return database.batch(statements);
      const answers = await database.batch(statements.toSpliced(at + 1, 0, { sql }));
      return answers.toSpliced(at + 1, 1);
    },
  };
}

async function scene({ schema = SCHEMA, rows = ROWS, before = [] as string[] } = {}) {
  const source = memoryDatabase();
  await execute(source, SCHEMA);
  await execute(source, rows);
  const target = memoryDatabase();
  await execute(target, [...schema, ...before]);
  const archive = await archiveOf(source);
  const left = await dumpTables(target);
  return {
    target,
    sync: (database: Database) => drive(database, archive, newRunKey()),
    async expectUntouched() {
      expect(await dumpTables(target)).toEqual(left);
      expect(await target.query({ sql: "SELECT * FROM seed_history" })).toEqual([]);
    },
  };
}

describe("The guard before the commit", () => {
  it.each([
    ["a row is lost", "DELETE FROM items WHERE id = 2"],
    ["a row too many is there", "INSERT INTO items VALUES (9, 'nine')"],
  ])("rolls back when %s in a table that was empty", async (_, sql) => {
    const { target, sync, expectUntouched } = await scene();
    await expect(sync(meddled(target, sql))).rejects.toThrow(/rolled back/);
    await expectUntouched();
  });

  it.each([
    ["a row is lost", "DELETE FROM items WHERE id = 2"],
    ["a value is another", "UPDATE items SET v = 'zwei' WHERE id = 2"],
  ])("rolls back when %s in a table that had rows", async (_, sql) => {
    const { target, sync, expectUntouched } = await scene({
      before: ["INSERT INTO items VALUES (7, 'own')"],
    });
    await expect(sync(meddled(target, sql))).rejects.toThrow(/rolled back/);
    await expectUntouched();
  });

  it("stands behind no constraint that would replace values by itself: such a row is refused", async () => {
    const { sync, target, expectUntouched } = await scene({
      schema: [
        "CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT NOT NULL ON CONFLICT REPLACE DEFAULT '-')",
      ],
      rows: ["INSERT INTO items VALUES (1, 'one'), (2, NULL)"],
    });
    await expect(sync(target)).rejects.toMatchObject({ code: "ROW_REFUSED", details: { column: "v" } });
    await expectUntouched();
  });

  it("sees a table that another wrote to between plan and apply", async () => {
    const { target, sync } = await scene();
    let planned = false;
    const busy: Database = {
      engine: target.engine,
      capabilities: target.capabilities,
      query: (statement) => target.query(statement),
      async batch(statements) {
        if (!planned && statements.some(({ sql }) => sql.startsWith('INSERT OR ABORT INTO "items"'))) {
          planned = true;
          await execute(target, ["INSERT INTO items VALUES (8, 'own')"]);
        }
        return target.batch(statements);
      },
    };
    const report = await sync(busy);
    expect(report).toMatchObject({ status: "completed", results: { items: { inserted: 3 } } });
    expect(await target.query({ sql: "SELECT count(*) FROM items" })).toEqual([[4]]);
  });

  it("compares the values of a table that was empty", async () => {
    const { target, sync, expectUntouched } = await scene();
    const changed = sync(meddled(target, "UPDATE items SET v = 'zwei' WHERE id = 2"));
    await expect(changed).rejects.toThrow(/rolled back/);
    await expectUntouched();
  });
});
