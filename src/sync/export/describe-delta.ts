import type { DocumentHeader } from "../../archive/types.ts";
import type { Database } from "../../database/port.ts";
import type { LiveSchema, LiveTable } from "../../database/schema.ts";
import { archivedTable } from "./archived-table.ts";
import { readSequences } from "./read-sequences.ts";

export interface DescribedDelta extends Pick<DocumentHeader, "version" | "exportedAt"> {
  schema: LiveSchema;
  /** The tables that may have changed. */
  tables: readonly LiveTable[];
  /** The source's name for people. */
  name?: string | undefined;
}

/** The header of a delta: its tables, and no other object, for a delta makes none. Reads how far sequences are: one statement. */
export async function describeDelta(
  database: Database,
  { schema, tables, version, exportedAt, name }: DescribedDelta,
): Promise<Omit<DocumentHeader, "kind">> {
  const sequences = await readSequences(database, schema, tables);
  return {
    version,
    exportedAt,
    source: { engine: database.engine, ...(name === undefined ? {} : { name }) },
    schema: tables.map((table) => archivedTable(table, sequences.get(table.name))),
  };
}
