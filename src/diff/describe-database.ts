import { affinityOf } from "../database/affinity.ts";
import type { Database } from "../database/port.ts";
import { isKnownByRowid, type LiveTable, readSchema } from "../database/schema.ts";
import { evaluate } from "../database/sql/scalars.ts";
import { quote } from "../database/sql/syntax.ts";
import { archivedTable, findNullKeys, readSequences } from "../sync/export/index.ts";
import { chooseTables, isInternal, type TableChoice } from "../sync/schema/index.ts";
import { type DescribedTable, type Description, LEAF_BYTES } from "./questions.ts";

export interface DescribeOptions {
  /** How long leaves may be, bytes of row text. @default 256,000 */
  leafBytes?: number | undefined;
  /** Tells also how tables, indexes, triggers and views are made. @default false */
  schemas?: boolean | undefined;
}

/** What there is to compare. Up to four statements, and one more for each 90 tables whose keys may hold NULLs. */
export async function describeDatabase(
  database: Database,
  choice: TableChoice = {},
  { leafBytes = LEAF_BYTES, schemas = false }: DescribeOptions = {},
): Promise<Description> {
  const schema = await readSchema(database);
  const { tables, notes } = chooseTables(schema, choice);
  const nullKeys = await findNullKeys(database, tables);
  const sequences = schemas ? await readSequences(database, schema, tables) : new Map();
  const exists = tables.map(
    ({ name }) =>
      () =>
        `SELECT EXISTS (SELECT 1 FROM ${quote(name)})`,
  );
  const { values } = await evaluate(database, exists);
  const names = new Set(tables.map(({ name }) => name));
  return {
    engine: database.engine,
    leafBytes,
    tables: tables.map((table, i) => ({
      hasRows: values[i] === 1,
      ...describeTable(table, nullKeys.includes(table.name)),
      ...(schemas ? { schema: archivedTable(table, sequences.get(table.name)) } : {}),
    })),
    others: (schemas ? schema.others : [])
      .filter(({ type, name, table }) => !isInternal(name) && (type === "view" || names.has(table)))
      .map(({ type, name, table, sql }) => ({ type, name, table, sql })),
    notes,
  };
}

function describeTable(table: LiveTable, holdsNullKeys: boolean): Omit<DescribedTable, "schema" | "hasRows"> {
  const { name, key, keyCollations } = table;
  const stored = table.columns.filter(({ generated }) => generated === null);
  const columns = stored.map((column) => ({
    name: column.name,
    type: column.type,
    affinity: affinityOf(column.type, table),
  }));
  const keyless = holdsNullKeys ? "its key holds NULLs" : reasonWithoutKey(table);
  if (keyless !== null) return { name, columns, key: null, keyless };
  const collations = key.columns.map((column) => keyCollations?.get(column) ?? "BINARY");
  return { name, columns, key: { columns: key.columns, collations } };
}

function reasonWithoutKey(table: LiveTable): string | null {
  // Rows are ordered by the columns' own collations.
  if (table.keyCollations !== undefined && /\bCOLLATE\b/i.test(keyDefinition(table.sql)))
    return "its key compares texts otherwise than its columns do";
  if (isKnownByRowid(table)) return "it has no primary key";
  return table.fts5 === "terms" ? "it is a full-text table that keeps no text" : null;
}

/** What PRIMARY KEY says of its columns, where it stands behind all of them. */
function keyDefinition(sql: string): string {
  return /\bPRIMARY\s+KEY\s*\(([^)]*)\)/i.exec(sql)?.[1] ?? "";
}
