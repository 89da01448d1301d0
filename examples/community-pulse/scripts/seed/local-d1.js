import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { getPlatformProxy } from "wrangler";
import { readMigrations } from "./migrations.js";

const fromApp = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * The local D1 that `astro dev` and `wrangler dev` open, as a target to seed. `persistTo` is the folder of
 * wrangler's option of that name. @default the app's .wrangler/state
 */
export async function openLocalD1(persistTo = fromApp(".wrangler/state")) {
  const { env, dispose } = await getPlatformProxy({
    configPath: fromApp("wrangler.json"),
    persist: { path: resolve(persistTo, "v3") },
  });
  const database = env.DB;
  return {
    migrate: () => migrate(database),
    count: async (table) => (await database.prepare(`SELECT count(*) AS n FROM ${table}`).first()).n,
    run: async (sql) => void (await database.prepare(sql).run()),
    insert: async ({ sql, json }) => void (await database.prepare(sql).bind(json).run()),
    close: dispose,
  };
}

/** Applies what is missing, and notes it where wrangler looks: `wrangler d1 migrations apply` goes on from here. */
async function migrate(database) {
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
      )`,
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map(({ name }) => name));
  for (const { name, statements } of readMigrations()) {
    if (applied.has(name)) continue;
    const mark = database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name);
    await database.batch([...statements.map((sql) => database.prepare(sql)), mark]);
  }
}
