import { describe, expect, test } from "vitest";
import { databaseError } from "../../../src/database/failure.ts";
import type { Database, Statement } from "../../../src/database/port.ts";
import { readSchema } from "../../../src/database/schema.ts";
import { dumpTables } from "../../support/dump.ts";
import { archiveOf, drive, execute, newRunKey } from "../../support/engine.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b BLOB, c REAL)";

const ROWS = [
  "INSERT INTO t VALUES (1, 9007199254740993, x'00ff', 1.0), (2, '[1]', NULL, 9e999), (3, 1.0, x'', -1.5)",
];

/** SQLite before 3.51, which has no jsonb_each. */
function older(database: Database): Database {
  const refuse = ({ sql }: Statement) => {
    if (sql.includes("jsonb_each")) throw databaseError(new Error("no such table: jsonb_each"));
  };
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    async query(statement) {
      refuse(statement);
      return database.query(statement);
    },
    async batch(statements) {
      statements.forEach(refuse);
      return database.batch(statements);
    },
  };
}

async function archive() {
  const source = memoryDatabase(TABLE);
  await execute(source, ROWS);
  return { archive: await archiveOf(source, { frameBytes: 50 }), expected: await dumpTables(source) };
}

describe("An older SQLite", () => {
  test.each(["always", "never"] as const)(
    "without jsonb_each takes the same rows, atomic: %s",
    async (atomic) => {
      const made = await archive();
      const target = memoryDatabase(TABLE);
      expect((await readSchema(target)).each).toBe("jsonb_each");
      expect((await readSchema(older(target))).each).toBe("json_each");
      const report = await drive(older(target), made.archive, newRunKey(), { atomic });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(await dumpTables(target)).toEqual(made.expected);
    },
  );
});
