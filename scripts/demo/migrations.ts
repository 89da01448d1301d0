import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../examples/community-pulse/migrations/", import.meta.url);

/** The part of a D1 binding that is used. */
interface MigratedDatabase {
  prepare(sql: string): {
    bind(...values: unknown[]): unknown;
    run(): Promise<unknown>;
    raw(): Promise<unknown[][]>;
  };
  batch(statements: unknown[]): Promise<unknown>;
}

/** Applies what is missing of the example app's migrations, each in one transaction with its mark. */
export async function applyMigrations(database: MigratedDatabase): Promise<void> {
  await database
    .prepare(
      "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    )
    .run();
  const applied = new Set((await database.prepare("SELECT name FROM d1_migrations").raw()).flat());
  for (const name of readdirSync(FOLDER).sort()) {
    if (!name.endsWith(".sql") || applied.has(name)) continue;
    const statements = readFileSync(new URL(name, FOLDER), "utf8").split(/;\s*\n/);
    await database.batch([
      ...statements.filter((sql) => sql.trim()).map((sql) => database.prepare(sql)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
    ]);
  }
}
