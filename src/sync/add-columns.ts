import { schemaTables } from "../archive/schema-tables.ts";
import type { ByteSource, ColumnSchema, SchemaObject } from "../archive/types.ts";
import { sqliteMessage } from "../database/failure.ts";
import type { Database } from "../database/port.ts";
import { findTable, type LiveSchema, type ObjectEntry, readSchema } from "../database/schema.ts";
import type { FerryError } from "../errors.ts";
import { REFUSALS, refused } from "../refusals.ts";
import type { AddedColumns } from "./run/index.ts";
import {
  foreignSchema,
  heldBackTables,
  type LackingColumn,
  type PlannedColumns,
  planColumns,
  refuseByRehearsal,
  type TableChoice,
  wantedTables,
} from "./schema/index.ts";
import { openFrameSource } from "./source/index.ts";

/*
 * Columns that a target lacks are added before a run begins, in a transaction of the caller's that ends with it: the
 * run then finds a target that has them, and whatever it comes to decides about them, too.
 */

export interface ColumnSource {
  schema: readonly SchemaObject[];
  /** Which of its tables travel. */
  choice: TableChoice;
}

/** The schema that an archive brings; none where it is a document without one. */
export async function schemaOf(bytes: ByteSource): Promise<readonly SchemaObject[]> {
  return (await openFrameSource(bytes, { acceptsParts: ["delta"] })).schema ?? [];
}

/** True where the database's tables lack columns that the source's have. */
export async function lacksColumns(database: Database, source: ColumnSource): Promise<boolean> {
  return planned(await readSchema(database), source).columns.length > 0;
}

/**
 * Adds them, each as the source declares it. To be called within a transaction: rejects where one of them cannot be
 * added, and where anything else has become of the schema, with some of them added.
 */
export async function addColumns(database: Database, source: ColumnSource): Promise<AddedColumns> {
  const before = await readSchema(database);
  const { columns, tables, notes } = planned(before, source);
  if (columns.length === 0) return { columns: [], notes: [] };
  refuseByRehearsal(database, tables);
  const refusals: LackingColumn[] = [];
  for (const one of columns) {
    const problem = one.problem ?? (await addColumn(database, one));
    if (problem !== null) refusals.push({ ...one, problem });
  }
  const [first] = refusals;
  if (first !== undefined) throw cannotBeAdded(first, refusals);
  guardColumns(before, await readSchema(database), columns);
  return { columns: columns.map(({ table, column, sql }) => ({ table, column, sql })), notes };
}

function planned(live: LiveSchema, { schema, choice }: ColumnSource): PlannedColumns {
  const tables = schemaTables(schema).map(({ name }) => name);
  const held = heldBackTables(choice, { tables, schema, live });
  return planColumns(live, schema, wantedTables(choice, held));
}

/** Why SQLite does not add it; null where it has. */
async function addColumn(database: Database, { sql }: LackingColumn): Promise<string | null> {
  try {
    // By itself it is undone where it fails.
    await database.batch([{ sql }]);
    return null;
  } catch (error) {
    const message = sqliteMessage(error);
    if (message === "") throw error;
    const known = SQLITE_SAYS.find(([text]) => message.startsWith(text));
    return known?.[1] ?? `SQLite says: ${message}`;
  }
}

const SQLITE_SAYS = [
  [
    "Cannot add a NOT NULL column with default value NULL",
    "it is NOT NULL without a default, and the table has rows",
  ],
  [
    "Cannot add a column with non-constant default",
    "its default is no constant, and the table has rows that would need one",
  ],
  [
    "Cannot add a REFERENCES column with non-NULL default value",
    "it refers to another table and has a default, and the table has rows",
  ],
  ["CHECK constraint failed", "the rows that are there do not meet its CHECK"],
] as const;

function cannotBeAdded(first: LackingColumn, all: readonly LackingColumn[]): FerryError {
  const more = all.length > 1 ? `, and ${all.length - 1} more` : "";
  const { table, column } = first;
  return refused("column-cannot-be-added", `${whyNotAdded(first)}${more}. Nothing was changed.`, {
    details: { table, column, differences: all.map(asDifference) },
  });
}

const whyNotAdded = ({ table, column, problem }: LackingColumn): string =>
  `"${table}"."${column}" cannot be added to the target: ${problem}`;

/** As a run tells of schemas that differ. */
function asDifference(one: LackingColumn) {
  const reason = "column-cannot-be-added" as const;
  const { table, column } = one;
  return { table, column, message: whyNotAdded(one), code: REFUSALS[reason], reason };
}

/** Rejects where the schema has changed otherwise than by these columns: their SQL may be anybody's. */
function guardColumns(before: LiveSchema, after: LiveSchema, added: readonly LackingColumn[]): void {
  const altered = new Set(added.map(({ table }) => table));
  const objects = ({ objects: entries }: LiveSchema) =>
    JSON.stringify(entries.map((entry) => (isAltered(entry, altered) ? { ...entry, sql: null } : entry)));
  const stray = objects(before) === objects(after) ? undefined : "more";
  const other = [...altered].find((table) => !hasOnly(table, { before, after, added }));
  const name = other ?? (stray === undefined ? undefined : [...altered][0]);
  if (name === undefined) return;
  throw foreignSchema([{ type: "table", name, problem: "adds something else than its columns" }]);
}

const isAltered = ({ type, name }: ObjectEntry, tables: ReadonlySet<string>): boolean =>
  type === "table" && tables.has(name);

function hasOnly(
  table: string,
  { before, after, added }: { before: LiveSchema; after: LiveSchema; added: readonly LackingColumn[] },
): boolean {
  const [was, is] = [findTable(before.tables, table), findTable(after.tables, table)];
  if (was === undefined || is === undefined) return false;
  const names = added.filter((one) => one.table === table).map(({ column }) => column);
  const own = is.columns.slice(was.columns.length);
  return (
    JSON.stringify(is.columns.slice(0, was.columns.length)) === JSON.stringify(was.columns) &&
    JSON.stringify(own.map(({ name }) => name)) === JSON.stringify(names) &&
    own.every(isPlain) &&
    JSON.stringify([is.key, is.uniqueIndexes]) === JSON.stringify([was.key, was.uniqueIndexes])
  );
}

const isPlain = ({ primaryKey, generated }: ColumnSchema): boolean =>
  primaryKey === 0 && generated !== "stored";
