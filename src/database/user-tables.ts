import { FerryError } from "../errors.ts";
import { isNotTheApps } from "./own-names.ts";
import type { Database } from "./port.ts";
import { isDerived } from "./schema.ts";

/** A table of the app's own, by what SQLite lists of it. */
export interface UserTable {
  name: string;
  virtual: boolean;
}

/**
 * The app's own tables, in the order they were made: without those of the engine, the platform and d1-ferry, without what
 * virtual tables keep their rows in, and without virtual ones that have none. One statement, which opens no table: a broken
 * one is listed, too.
 */
export async function listUserTables(database: Database): Promise<UserTable[]> {
  const rows = await database.query({
    sql: `SELECT s.name, l.type, s.sql FROM sqlite_schema s JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name
      WHERE s.type = 'table' AND l.type IN ('table', 'virtual') ORDER BY s.rowid`,
  });
  return (rows as [string, string, string | null][])
    .filter(([name]) => !isNotTheApps(name) && !/^sqlite_/i.test(name))
    .filter(([, kind, sql]) => kind === "table" || !isDerived(sql ?? ""))
    .map(([name, kind]) => ({ name, virtual: kind === "virtual" }));
}

/** Bytes of the database's file; null where the engine does not say it. Two statements at the most. */
export async function readDatabaseBytes(database: Database): Promise<number | null> {
  const told = await unlessRefused(database.batch([{ sql: "SELECT 1 AS one" }]));
  if (told?.[0]?.databaseBytes !== undefined) return told[0].databaseBytes;
  const sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
  const rows = await unlessRefused(database.query({ sql }));
  return (rows?.[0]?.[0] as number | undefined) ?? null;
}

/** What the database answers; null where it refuses. */
export async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof FerryError) return null;
    throw error;
  }
}
