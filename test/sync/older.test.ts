import { describe, expect, test } from "vitest";
import { databaseError } from "../../src/database/failure.ts";
import type { Database, Statement } from "../../src/database/port.ts";
import { readSchema } from "../../src/database/schema.ts";
import { dumpTables } from "../support/dump.ts";
import { archiveOf, drive, execute, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";

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

describe("Tables that an earlier version of d1-ferry left", () => {
  test("get the columns they lack, and their records stay", async () => {
    const made = await archive();
    const target = memoryDatabase(TABLE);
    await execute(target, [
      `CREATE TABLE _ferry_runs (key TEXT PRIMARY KEY NOT NULL, status TEXT NOT NULL, record TEXT NOT NULL, results TEXT,
        applied INTEGER NOT NULL DEFAULT 0, remaining INTEGER NOT NULL DEFAULT 0, orphans INTEGER NOT NULL DEFAULT 0,
        driver TEXT, lease_until INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
      `CREATE TABLE _ferry_frames (run TEXT NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, tbl TEXT NOT NULL,
        shape TEXT NOT NULL, codes TEXT NOT NULL, row_count INTEGER NOT NULL, position TEXT NOT NULL,
        applied INTEGER NOT NULL DEFAULT 0, rows TEXT NOT NULL, UNIQUE (run, seq, part))`,
      "INSERT INTO _ferry_runs (key, status, record, started_at, updated_at) VALUES ('sync-1-a', 'failed', '{}', 1, 1)",
    ]);
    for (const [version, atomic] of [
      [1, "always"],
      [2, "never"],
    ] as const) {
      const report = await drive(target, made.archive, newRunKey(), { atomic, version, mode: "mirror" });
      expect(report).toMatchObject({ status: "completed", verified: true });
    }
    expect(await dumpTables(target)).toEqual(made.expected);
    expect(await target.query({ sql: "SELECT count(*) FROM _ferry_runs WHERE key = 'sync-1-a'" })).toEqual([
      [1],
    ]);
  });
});
