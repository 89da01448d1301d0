import type { DatabaseSync } from "node:sqlite";
import { type SqliteDatabase, sqliteDatabase } from "../../database/node-sqlite.ts";
import { openClosed } from "../../database/node-sqlite-closed.ts";
import { refuseUtf16 } from "../../database/node-sqlite-encoding.ts";
import { FerryError } from "../../errors.ts";
import { HISTORY } from "../../sync/run/index.ts";
import { whyNotOpened } from "./sqlite-failure.ts";

export interface OpenOptions {
  /** @default false */
  readOnly?: boolean;
  /** Keeps every other program from the file; rejects where one has it open. @default false */
  exclusive?: boolean;
}

/** Milliseconds to wait for another program that writes the file. */
const BUSY_MS = 5_000;

export function openSqlite(path: string, options: OpenOptions = {}): SqliteDatabase {
  try {
    return openRolledBack(path, options);
  } catch (error) {
    if (error instanceof FerryError) throw error;
    const hint = whyNotOpened(path, error);
    throw new FerryError("DATABASE_ERROR", `Cannot open ${path}: ${(error as Error).message}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}

/** Only who may write can roll back what a program had half written when it was killed. */
function openRolledBack(path: string, options: OpenOptions): SqliteDatabase {
  try {
    return open(path, options);
  } catch (error) {
    if (!options.readOnly || !wasCutOff(error)) throw error;
    open(path, {}).close();
    return open(path, options);
  }
}

function open(path: string, { readOnly = false, exclusive = false }: OpenOptions): SqliteDatabase {
  const sqlite = openClosed(path, { readOnly, timeout: BUSY_MS });
  try {
    refuseUtf16(sqlite, path);
    // One transaction for all that is read: the copy is of one moment, whoever writes meanwhile.
    if (readOnly) sqlite.exec("BEGIN");
    if (exclusive) keepOthersOut(sqlite, path);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return sqliteDatabase(sqlite);
}

/** SQLITE_READONLY_ROLLBACK and SQLITE_READONLY_RECOVERY (sqlite.org/rescode.html). */
const CUT_OFF: readonly unknown[] = [776, 264];

const wasCutOff = (error: unknown): boolean => CUT_OFF.includes((error as { errcode?: unknown }).errcode);

/** While a lock like this is asked for, workerd cannot write: no longer than it needs to answer a request. */
const LOCK_MS = 500;

function keepOthersOut(sqlite: DatabaseSync, path: string): void {
  try {
    sqlite.exec(`PRAGMA busy_timeout = ${LOCK_MS}; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT`);
  } catch (error) {
    if (!/locked|busy/i.test((error as Error).message)) throw error;
    throw openElsewhere(path);
  }
}

/** `hint` says what to do about it. */
export function openElsewhere(
  path: string,
  hint = "Stop the development server, and run the same command again. Or leave it running and name its address instead of local: LOCAL_API in .env, or --to",
): FerryError {
  return new FerryError("DATABASE_ERROR", `Another program has ${path} open. Nothing was changed`, {
    hint,
    details: { reason: "open-elsewhere" },
  });
}

/** True for a database without tables, or with only those that a killed run left behind. */
export async function isEmpty(database: SqliteDatabase): Promise<boolean> {
  const rows = await database.query({
    sql: `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      AND name NOT LIKE '\\_ferry\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> '${HISTORY}' LIMIT 1`,
  });
  return rows.length === 0;
}
