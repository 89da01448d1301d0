import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { type SqliteDatabase, sqliteDatabase } from "../../src/database/node-sqlite.ts";

/** A copy of the Chinook music shop (11 tables, 15,607 rows), gone after the test. */
export function chinookDatabase(): SqliteDatabase {
  const directory = mkdtempSync(join(tmpdir(), "d1-ferry-chinook-"));
  const path = join(directory, "chinook.sqlite");
  copyFileSync(new URL("../fixtures/chinook.sqlite", import.meta.url), path);
  const sqlite = new DatabaseSync(path);
  onTestFinished(() => {
    sqlite.close();
    rmSync(directory, { recursive: true });
  });
  return sqliteDatabase(sqlite);
}
