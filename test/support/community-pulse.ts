import { generate } from "../../examples/community-pulse/scripts/generate.js";
import type { Database, Statement } from "../../src/database/port.ts";
import { quote } from "../../src/database/sql/syntax.ts";

const MIGRATIONS = import.meta.glob<string>("../../examples/community-pulse/migrations/*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The example app's tables. */
export async function createCommunityPulse(database: Database): Promise<void> {
  const statements = Object.keys(MIGRATIONS)
    .sort()
    .flatMap((path) => (MIGRATIONS[path] as string).split(/;\s*\n/))
    .map((sql) => sql.trim())
    .filter((sql) => sql !== "");
  await database.batch(statements.map((sql) => ({ sql })));
}

/** Its 25,537 rows, the same ones each time. */
export async function seedCommunityPulse(database: Database): Promise<void> {
  for (const { table, rows } of generate()) {
    const columns = Object.keys(rows[0]!);
    const cells = columns.map((_, i) => `value ->> ${i}`);
    const sql = `INSERT INTO ${quote(table)} (${columns.map(quote).join(", ")}) SELECT ${cells.join(", ")} FROM json_each(?1)`;
    const statements: Statement[] = [];
    for (let i = 0; i < rows.length; i += 1000) {
      const slice = rows.slice(i, i + 1000).map((row) => Object.values(row));
      statements.push({ sql, params: [JSON.stringify(slice)] });
    }
    await database.batch([{ sql: "PRAGMA defer_foreign_keys = on" }, ...statements]);
  }
}
