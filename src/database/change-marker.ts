import { sha256Hex } from "../archive/sha256.ts";
import { FerryError } from "../errors.ts";
import type { ObjectEntry } from "./live-schema.ts";
import { isNotTheApps } from "./own-names.ts";
import type { Database } from "./port.ts";

/** What tells whether a database changed between two looks at it. */
export interface ChangeMarker {
  /** Equal only where nothing changed; null where the platform does not let anybody ask. */
  rows: string | null;
  /** A hash of the schema. */
  schema: string;
  /** The database's size, where the engine says it. */
  databaseBytes: number | null;
}

/**
 * Changes of the connection itself are counted by `total_changes()`, those of others by `PRAGMA data_version`. A
 * D1 has one connection, whose count begins again when the database moves or restarts; the last rowid that it
 * gave out then hardly ever comes to the same.
 */
const ROWS = `SELECT total_changes() || ' ' || last_insert_rowid() || ' ' || data_version AS marker FROM pragma_data_version`;

/** Selects what `objectsMarker` takes. */
export const OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid";

/** Two statements. Rejects with `DATABASE_ERROR`. */
export async function readMarker(database: Database): Promise<ChangeMarker> {
  const objects = { sql: OBJECTS };
  try {
    const [rows, schema] = await database.batch([{ sql: ROWS }, objects]);
    return {
      rows: rows?.rows[0]?.[0] as string,
      schema: await objectsMarker(schema?.rows ?? []),
      databaseBytes: rows?.databaseBytes ?? null,
    };
  } catch (error) {
    if (!(error instanceof FerryError) || error.transient) throw error;
    return { rows: null, schema: await objectsMarker(await database.query(objects)), databaseBytes: null };
  }
}

/** The `schema` of a marker, from objects as a schema has them. */
export function schemaMarker(objects: readonly ObjectEntry[]): Promise<string> {
  return objectsMarker(objects.map(({ type, name, table, sql }) => [type, name, table, sql]));
}

/** The `schema` of a marker, from the rows that `OBJECTS` selects, but for what nobody exports. */
export function objectsMarker(rows: readonly (readonly unknown[])[]): Promise<string> {
  const own = rows.filter(([, , table]) => !isNotTheApps(table as string));
  return sha256Hex(new TextEncoder().encode(JSON.stringify(own)));
}
