import { sqliteMessage } from "./failure.ts";
import type { JsonEach, ObjectEntry } from "./live-schema.ts";
import type { Database } from "./port.ts";

/** D1 keeps notes in tables of its own, and refuses to describe them (SQLITE_AUTH). */
const READABLE = "l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'";
/** Full-text tables too; other virtual tables may be of a module that this engine lacks, and cannot be described. */
const DESCRIBED = `(${READABLE} OR l.schema = 'main' AND l.type = 'virtual'
  AND l.name IN (SELECT name FROM sqlite_schema WHERE sql LIKE '%USING%fts5%'))`;

/** Rows of each catalogue as JSON, so that the whole schema is one statement. */
const CATALOGUES = `SELECT
 (SELECT json_group_array(json_array(type, name, tbl_name, sql)) FROM (SELECT * FROM sqlite_schema ORDER BY rowid)),
 (SELECT json_group_array(json_array(name, type, wr, strict)) FROM pragma_table_list WHERE schema = 'main'),
 (SELECT json_group_array(json_array(l.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden))
    FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) x WHERE ${DESCRIBED} AND x.hidden <> 1),
 (SELECT json_group_array(json_array(l.name, i.name, i."unique", i.origin, i.partial, x.name, x.coll))
    FROM pragma_table_list l JOIN pragma_index_list(l.name) i JOIN pragma_index_xinfo(i.name) x
    WHERE ${READABLE} AND x.key = 1),
 (SELECT json_group_array(json_array(l.name, f.id, f."from", f."table", f."to", f.on_delete, f.on_update))
    FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f WHERE ${READABLE})`;

/** What SQLite says of the main schema, an entry for each row of its catalogues. */
export interface Catalogues {
  objects: ObjectEntry[];
  tables: TableEntry[];
  columns: ColumnEntry[];
  indexes: IndexEntry[];
  foreignKeys: ForeignKeyEntry[];
  each: JsonEach;
}

export interface TableEntry {
  name: string;
  kind: string;
  withoutRowid: boolean;
  strict: boolean;
}

export interface ColumnEntry {
  table: string;
  name: string;
  type: string;
  notNull: boolean;
  default: string | null;
  /** 1-based position in the primary key, 0 outside it. */
  primaryKey: number;
  /** 0, or 2 and 3 for generated columns (sqlite.org/pragma.html#pragma_table_xinfo). */
  hidden: number;
}

/** A column of an index. */
export interface IndexEntry {
  table: string;
  index: string;
  unique: boolean;
  /** "pk" for a primary key's own. */
  origin: string;
  partial: boolean;
  /** Null for an expression. */
  column: string | null;
  collation: string;
}

/** A column of a foreign key. */
export interface ForeignKeyEntry {
  table: string;
  id: number;
  from: string;
  parent: string;
  /** Null where the declaration names none. */
  to: string | null;
  onDelete: string;
  onUpdate: string;
}

/** One statement; two where SQLite is older than 3.51. */
export async function readCatalogues(database: Database): Promise<Catalogues> {
  const { texts, each } = await selectCatalogues(database);
  const [objects, tables, columns, indexes, foreignKeys] = texts.map((text) => JSON.parse(text));
  return {
    objects: objects.map(readObject),
    tables: tables.map(readTable),
    columns: columns.map(readColumn),
    indexes: indexes.map(readIndex),
    foreignKeys: foreignKeys.map(readForeignKey),
    each,
  };
}

/** No list of functions may be read in D1. One that is not there fails the statement that names it. */
async function selectCatalogues(database: Database): Promise<{ texts: string[]; each: JsonEach }> {
  try {
    const [row] = await database.query({
      sql: `${CATALOGUES}, (SELECT json_group_array(key) FROM jsonb_each('[0]'))`,
    });
    return { texts: row as string[], each: "jsonb_each" };
  } catch (error) {
    if (!sqliteMessage(error).includes("jsonb_each")) throw error;
    const [row] = await database.query({ sql: CATALOGUES });
    return { texts: row as string[], each: "json_each" };
  }
}

/* The same orders as in CATALOGUES. */

type ObjectRow = [type: string, name: string, table: string, sql: string | null];

function readObject([type, name, table, sql]: ObjectRow): ObjectEntry {
  return { type, name, table, sql };
}

type TableRow = [name: string, kind: string, withoutRowid: number, strict: number];

function readTable([name, kind, withoutRowid, strict]: TableRow): TableEntry {
  return { name, kind, withoutRowid: withoutRowid === 1, strict: strict === 1 };
}

type ColumnRow = [
  table: string,
  name: string,
  type: string,
  notNull: number,
  dflt: string | null,
  pk: number,
  hidden: number,
];

function readColumn([table, name, type, notNull, dflt, pk, hidden]: ColumnRow): ColumnEntry {
  return { table, name, type, notNull: notNull === 1, default: dflt, primaryKey: pk, hidden };
}

type IndexRow = [
  table: string,
  index: string,
  unique: number,
  origin: string,
  partial: number,
  column: string | null,
  collation: string,
];

function readIndex([table, index, unique, origin, partial, column, collation]: IndexRow): IndexEntry {
  return { table, index, unique: unique === 1, origin, partial: partial === 1, column, collation };
}

type ForeignKeyRow = [
  table: string,
  id: number,
  from: string,
  parent: string,
  to: string | null,
  onDelete: string,
  onUpdate: string,
];

function readForeignKey([table, id, from, parent, to, onDelete, onUpdate]: ForeignKeyRow): ForeignKeyEntry {
  return { table, id, from, parent, to, onDelete, onUpdate };
}
