import { readFts5 } from "../../database/fts5/definition.ts";
import { type LiveSchema, type LiveTable, rowidKey } from "../../database/schema.ts";
import { FerryError } from "../../errors.ts";
import { isSameTable } from "../../grants.ts";
import { refused } from "../../refusals.ts";
import { HISTORY, isInternal, reasonToLeaveOut } from "./left-out.ts";

export interface TableChoice {
  /** Only these tables. @default all but those left out */
  tables?: readonly string[] | undefined;
  /** Tables to leave out. */
  exclude?: readonly string[] | undefined;
  /** No others, whatever is asked for. @default all */
  within?: readonly string[] | undefined;
  /** Not these, whatever is asked for. @default none */
  never?: readonly string[] | undefined;
  /** Tables that are left out unless they are named. */
  include?: readonly string[] | undefined;
  /** Whatever is left out unless it is named, but for the history. @default false */
  all?: boolean | undefined;
}

export interface ChosenTables {
  tables: LiveTable[];
  /** One line for each table that was left out without being asked. */
  notes: string[];
}

/**
 * The tables that travel, in the schema's order. Rejects with `UNKNOWN_TABLE` for a name that the
 * database does not have.
 */
export function chooseTables(schema: LiveSchema, choice: TableChoice = {}): ChosenTables {
  const { tables, exclude = [], include = [], all = false, within, never = [] } = choice;
  const isOutside = ({ name }: LiveTable) => within?.some((one) => isSameTable(one, name)) === false;
  const included = new Set(include.map((name) => find(schema, name)));
  const named =
    tables === undefined ? undefined : new Set([...included, ...tables.map((name) => find(schema, name))]);
  const excluded = new Set(exclude.map((name) => find(schema, name)));
  const chosen: LiveTable[] = [];
  const notes: string[] = [];
  const leftOut: string[] = [];
  for (const table of schema.tables.values()) {
    if (isInternal(table.name) || table.kind === "shadow" || excluded.has(table.name)) continue;
    if (isOutside(table)) continue;
    if (never.some((name) => isSameTable(name, table.name))) {
      notes.push(`${table.name} was left out: this app never exports it`);
      continue;
    }
    if (table.kind === "virtual" && table.fts5 === undefined && (named?.has(table.name) ?? true)) {
      const module = /\bUSING\s+([^\s(]+)/i.exec(table.sql)?.[1] ?? "virtual";
      throw unsupported(table, `is a virtual table (${module}), which D1 does not have,`);
    }
    if (named !== undefined) {
      if (named.has(table.name)) chosen.push(withUsableKey(table));
      continue;
    }
    const reason = included.has(table.name) ? null : reasonToLeaveOut(table);
    if (reason === null || (all && table.name !== HISTORY)) chosen.push(withUsableKey(table));
    else if (table.name !== HISTORY) leftOut.push(`${table.name} was left out: ${reason}`);
  }
  if (leftOut.length > 0) notes.push(...leftOut, HOW_TO_TAKE_ALONG);
  if (named === undefined) notes.push(...contentlessNotes(schema));
  return { tables: chosen, notes };
}

const HOW_TO_TAKE_ALONG =
  '--include TABLE ("include": ["TABLE"]) takes one of them along, and --all ("all": true) everything';

/** Full-text indexes over text that is kept nowhere, which say too little to be made again. */
function contentlessNotes({ others }: LiveSchema): string[] {
  const empty = others.filter(({ type, sql }) => type === "virtual" && readFts5(sql)?.content === "none");
  return empty.map(({ name }) =>
    emptyNote(name, "its index does not say where its terms stand (detail, columnsize)"),
  );
}

export function emptyNote(table: string, reason: string): string {
  return `${table} is carried empty: it keeps no text (content=''), and ${reason}`;
}

function withUsableKey(table: LiveTable): LiveTable {
  if (table.key.columns.length > 0) return table;
  throw unsupported(table, 'has no primary key, and columns that hide its rowid ("rowid", "_rowid_", "oid")');
}

function unsupported(table: LiveTable, why: string): FerryError {
  return refused(
    "table-cannot-travel",
    `Table "${table.name}" ${why} and cannot be carried. Nothing was written.`,
    { details: { table: table.name } },
  );
}

function find(schema: LiveSchema, name: string): string {
  if (schema.tables.has(name) && !isInternal(name)) return name;
  const known = [...schema.tables.values()].filter((table) => !isInternal(table.name));
  const match = known.find((table) => isSameTable(table.name, name))?.name;
  if (match !== undefined) return match;
  throw new FerryError("UNKNOWN_TABLE", `There is no table "${name}" in the database. Nothing was written.`, {
    hint: `Its tables: ${namesOf(known) || "none"}.`,
    details: { table: name },
  });
}

/** A full-text table is named, and not what it is kept in. */
function namesOf(tables: readonly LiveTable[]): string {
  return tables.flatMap(({ kind, name }) => (kind === "shadow" ? [] : [name])).join(", ");
}

/** The table, identified by its rowid instead of its declared key (which holds NULLs). */
export function byRowid(table: LiveTable): LiveTable {
  return withUsableKey({ ...table, key: rowidKey(table.columns) });
}
