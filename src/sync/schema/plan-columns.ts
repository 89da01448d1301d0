import { schemaTables } from "../../archive/schema-tables.ts";
import type { SchemaObject, TableSchema } from "../../archive/types.ts";
import { findTable, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import { type ConstraintKind, readColumnDefinition, textOf } from "../../database/sql/column-definition.ts";
import { quote } from "../../database/sql/syntax.ts";
import { readTableConstraints, type TableConstraint } from "../../database/sql/table-constraints.ts";
import { namesAt, type TableDefinition, tableDefinitions } from "../../database/sql/table-definitions.ts";
import { foldCase, type Token, tokenize, UnreadableSql } from "../../database/sql/tokenize.ts";
import { foreignSchema, refuseForeignSchema } from "./check-objects.ts";

/** A column that the source has and the target's table lacks. */
export interface LackingColumn {
  /** As the target calls it. */
  table: string;
  column: string;
  /** The statement that adds it as the source declares it. */
  sql: string;
  /** Why ALTER TABLE cannot add it, in words that go on from the column; null where nothing is known against it. */
  problem: string | null;
}

/** What the target's tables lack to hold all of the source's columns. */
export interface PlannedColumns {
  columns: LackingColumn[];
  /** The source's tables that have them. */
  tables: TableSchema[];
  /** For a person: what else the source has for these columns. */
  notes: string[];
}

/** No ALTER TABLE adds a column with one of these (sqlite.org/lang_altertable.html#altertabaddcol). */
const NEVER_ADDED: Partial<Record<ConstraintKind, string>> = {
  "primary key": "it is the primary key",
  unique: "it is UNIQUE",
  stored: "it is a STORED generated column",
};

/**
 * Plans the columns that the target's tables lack. Rejects where a table's SQL, which may be anybody's, would do
 * anything but make the table.
 */
export function planColumns(
  live: LiveSchema,
  source: readonly SchemaObject[],
  wanted: (table: string) => boolean,
): PlannedColumns {
  const lacking = schemaTables(source).flatMap((table) => {
    const target = wanted(table.name) ? findTable(live.tables, table.name) : undefined;
    if (target === undefined) return [];
    const names = new Set(target.columns.map(({ name }) => foldCase(name)));
    const missing = table.columns.filter(({ name }) => !names.has(foldCase(name)));
    return missing.length === 0 ? [] : [{ table, target, missing: missing.map(({ name }) => name) }];
  });
  const tables = lacking.map(({ table }) => table);
  refuseForeignSchema(tables, source);
  return {
    columns: lacking.flatMap(columnsOf),
    tables,
    notes: lacking.flatMap(({ target, missing }) => indexNotes(live, source, { target, missing })),
  };
}

interface LackingColumns {
  table: TableSchema;
  target: LiveTable;
  /** As the source calls them. */
  missing: readonly string[];
}

function columnsOf({ table, target, missing }: LackingColumns): LackingColumn[] {
  if (target.kind !== "table" || table.fts5 !== undefined) {
    const problem = "a full-text table takes no further columns";
    return missing.map((column) => ({ table: target.name, column, sql: "", problem }));
  }
  const definitions = tableDefinitions(table.sql);
  const constraints = definitions.flatMap(({ column, tokens }) =>
    column === null ? readTableConstraints(tokens) : [],
  );
  return missing.map((column) => {
    const { text, problem } = definitionOf(column, { table, missing, definitions, constraints });
    const sql = `ALTER TABLE ${quote(target.name)} ADD COLUMN ${text}`;
    return { table: target.name, column, sql, problem };
  });
}

interface ReadTable extends Pick<LackingColumns, "table" | "missing"> {
  definitions: readonly TableDefinition[];
  constraints: readonly TableConstraint[];
}

/** The column as the source declares it, with what its table declares for it. */
function definitionOf(column: string, read: ReadTable): { text: string; problem: string | null } {
  const { table, definitions, constraints } = read;
  const { sql } = table;
  try {
    const found = definitions.find((one) => one.column !== null && isSame(one.column, column));
    if (found === undefined) throw new UnreadableSql(`does not make the column "${column}"`);
    const own = readColumnDefinition(found.tokens);
    const shared = constraints.flatMap((one) => sharedParts(one, column, read) ?? []);
    const kinds = own.constraints.map(({ kind }) => NEVER_ADDED[kind]);
    const problem = [...kinds, ...shared.map((one) => one.problem)].find((one) => one != null) ?? null;
    const parts = [
      own.type,
      ...own.constraints.map(({ tokens }) => tokens),
      ...shared.map((one) => one.tokens),
    ];
    const texts = parts.map((tokens) => textOf(sql, tokens)).filter((text) => text !== "");
    return { text: [quote(column), ...texts].join(" "), problem };
  } catch (error) {
    if (!(error instanceof UnreadableSql)) throw error;
    throw foreignSchema([{ type: "table", name: table.name, problem: error.message }]);
  }
}

interface SharedPart {
  /** What it says, as a constraint of the column. */
  tokens: readonly Token[];
  problem: string | null;
}

/** What a constraint of the table says of the column; null for nothing. A CHECK goes with the last column that it needs. */
function sharedParts(
  { kind, name, tokens }: TableConstraint,
  column: string,
  { missing }: Pick<ReadTable, "missing">,
): SharedPart | null {
  if (kind === "check") {
    const last = missing.findLast((one) => mentions(tokens, one));
    return last !== undefined && isSame(last, column)
      ? { tokens: [...name, ...tokens], problem: null }
      : null;
  }
  const list = kind === "unique" ? 1 : 2;
  const columns = namesAt(tokens, list);
  if (!columns.some((one) => isSame(one, column))) return null;
  if (kind === "unique") return { tokens: [], problem: "it is in a UNIQUE constraint" };
  if (kind === "primary key") return { tokens: [], problem: "it is in the primary key" };
  if (columns.length > 1) return { tokens: [], problem: "it is in a foreign key of several columns" };
  const references = tokens.findIndex(
    ({ kind: of, text }) => of === "word" && foldCase(text) === "references",
  );
  return { tokens: [...name, ...tokens.slice(references)], problem: null };
}

const isSame = (one: string, other: string): boolean => foldCase(one) === foldCase(other);

function mentions(tokens: readonly Token[], column: string): boolean {
  return tokens.some(({ kind, text }) => (kind === "word" || kind === "name") && isSame(text, column));
}

/** Indexes of a table that is there are left to migrations. */
function indexNotes(
  { others }: LiveSchema,
  source: readonly SchemaObject[],
  { target, missing }: Pick<LackingColumns, "target" | "missing">,
): string[] {
  const present = new Set(others.map(({ name }) => foldCase(name)));
  const lacking = source.filter(
    (object) =>
      object.type === "index" &&
      isSame(object.table, target.name) &&
      !present.has(foldCase(object.name)) &&
      missing.some((column) => mentions(tokensOf(object.sql), column)),
  );
  if (lacking.length === 0) return [];
  const names = lacking.map(({ name }) => `"${name}"`).join(", ");
  return [`not created: index ${names} on "${target.name}". --migrate adds columns to a table, and no index`];
}

/** None of what cannot be read: it is not made. */
function tokensOf(sql: string): Token[] {
  try {
    return tokenize(sql);
  } catch (error) {
    if (error instanceof UnreadableSql) return [];
    throw error;
  }
}
