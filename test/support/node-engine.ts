import { DatabaseSync } from "node:sqlite";
import { type SqliteDatabase, sqliteDatabase } from "../../src/database/node-sqlite.ts";
import type { Engine } from "./engine.ts";

/** An empty database in memory, foreign keys on. */
export function memoryDatabase(schema = ""): SqliteDatabase & { sqlite: DatabaseSync } {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(schema);
  return Object.assign(sqliteDatabase(sqlite), { sqlite });
}

export const nodeEngine: Engine = {
  source: async () => memoryDatabase(),
  target: async () => memoryDatabase(),
};
