import { type SqliteDatabase, sqliteDatabase } from "../../database/node-sqlite.ts";
import { openClosed } from "../../database/node-sqlite-closed.ts";
import { FerryError } from "../../errors.ts";
import { HISTORY } from "../../sync/run/index.ts";
import { whyNotOpened } from "./sqlite-failure.ts";

export interface OpenOptions {
  /** @default false */
  readOnly?: boolean;
}

/** Milliseconds to wait for another program that writes the file. */
const BUSY_MS = 5_000;

export function openSqlite(path: string, options: OpenOptions = {}): SqliteDatabase {
  const { readOnly = false } = options;
  try {
    const sqlite = openClosed(path, { readOnly, timeout: BUSY_MS });
    // One transaction for all that is read: the copy is of one moment, whoever writes meanwhile.
    if (readOnly) sqlite.exec("BEGIN");
    return sqliteDatabase(sqlite);
  } catch (error) {
    const hint = whyNotOpened(path, error);
    throw new FerryError("DATABASE_ERROR", `Cannot open ${path}: ${(error as Error).message}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}

/** True for a database without tables, or with only those that a killed run left behind. */
export async function isEmpty(database: SqliteDatabase): Promise<boolean> {
  const rows = await database.query({
    sql: `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      AND name NOT LIKE '\\_ferry\\_%' ESCAPE '\\' AND name <> '${HISTORY}' LIMIT 1`,
  });
  return rows.length === 0;
}
