import { DatabaseSync } from "node:sqlite";
import { readMigrations } from "./migrations.js";

/** A plain SQLite file, as a target to seed. It is written in one transaction, which `close` commits. */
export function openSqliteFile(path) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA foreign_keys = ON; BEGIN");
  return {
    migrate() {
      const existing = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'authors'").get();
      if (existing !== undefined) return;
      for (const { statements } of readMigrations()) for (const sql of statements) database.exec(sql);
    },
    count: (table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get().n,
    run: (sql) => database.exec(sql),
    insert: ({ sql, json }) => void database.prepare(sql).run(json),
    close() {
      database.exec("COMMIT");
      database.close();
    },
  };
}
