import type { SqliteDatabase } from "../../database/node-sqlite.ts";
import { addColumns, type ColumnSource, lacksColumns } from "../../sync/add-columns.ts";
import type { AddedColumns } from "../../sync/run/index.ts";
import { explainFileFailure } from "./sqlite-failure.ts";

/** A SQLite file whose tables have all of a source's columns, as long as a transaction is open. */
export interface MigratedSqlite {
  added: AddedColumns;
  /** Keeps them, with all that was written since. */
  commit(): Promise<void>;
}

/**
 * Adds the columns that the file's tables lack, in a transaction that stays open: it keeps other programs from writing,
 * and ends with the connection, as if nothing had been, unless it is committed. Null where nothing is lacking, and no
 * transaction is begun. `path` is for messages.
 */
export async function migrateSqlite(
  database: SqliteDatabase,
  source: ColumnSource,
  path: string,
): Promise<MigratedSqlite | null> {
  if (!(await lacksColumns(database, source))) return null;
  try {
    await database.query({ sql: "BEGIN IMMEDIATE" });
  } catch (error) {
    throw explainFileFailure(path, error);
  }
  try {
    const added = await addColumns(database, source);
    return { added, commit: () => commit(database, path) };
  } catch (error) {
    await database.query({ sql: "ROLLBACK" }).catch(() => undefined);
    throw explainFileFailure(path, error);
  }
}

async function commit(database: SqliteDatabase, path: string): Promise<void> {
  try {
    await database.query({ sql: "COMMIT" });
  } catch (error) {
    await database.query({ sql: "ROLLBACK" }).catch(() => undefined);
    throw explainFileFailure(path, error);
  }
}

/** What a database can do within a transaction that is open already: broken references are told at its end only. */
export function withinTransaction(database: SqliteDatabase): SqliteDatabase {
  return { ...database, capabilities: { ...database.capabilities, namesBrokenKeys: false } };
}
