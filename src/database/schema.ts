import type { ColumnSchema, OtherSchema, TableSchema } from "../archive/types.ts";
import { sqliteMessage } from "./failure.ts";
import { readFts5 } from "./fts5/definition.ts";
import type { Database, Value } from "./port.ts";

/** A table as it stands in a live database: what an archive keeps of it, and what a sync must know. */
export interface LiveTable extends TableSchema {
  kind: "table" | "virtual" | "shadow";
  /** The key's column where that is the rowid itself, under a name. */
  rowidAlias: string | null;
  uniqueIndexes: UniqueIndex[];
  /** How many indexes a row is entered in, the table itself not counted. */
  indexCount: number;
  foreignKeys: ForeignKey[];
}

export interface UniqueIndex {
  name: string;
  /** Null stands for an expression. */
  columns: (string | null)[];
  /** The collation of each column in the index. */
  collations: string[];
  partial: boolean;
}

export interface ForeignKey {
  columns: string[];
  parent: string;
  /** The parent's columns; its primary key when the declaration names none. */
  parentColumns: string[];
  onDelete: string;
}

export interface LiveSchema {
  tables: Map<string, LiveTable>;
  others: OtherSchema[];
  /** What opens a staged array of rows. `jsonb_each` (SQLite 3.51) hands a row over parsed. */
  each: JsonEach;
}

export type JsonEach = "json_each" | "jsonb_each";

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
 (SELECT json_group_array(json_array(l.name, f.id, f."from", f."table", f."to", f.on_delete))
    FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f WHERE ${READABLE})`;

/** Reads the main schema of a database, one statement; two where SQLite is older than 3.51. */
export async function readSchema(database: Database): Promise<LiveSchema> {
  const { row, each } = await readCatalogues(database);
  const [objects, list, columns, indexes, foreignKeys] = row.map((text) => JSON.parse(text as string));
  return { ...assemble({ objects, list, columns, indexes, foreignKeys }), each };
}

/** No list of functions may be read in D1. One that is not there fails the statement that names it. */
async function readCatalogues(database: Database): Promise<{ row: Value[]; each: JsonEach }> {
  try {
    const [row] = await database.query({
      sql: `${CATALOGUES}, (SELECT json_group_array(key) FROM jsonb_each('[0]'))`,
    });
    return { row: row as Value[], each: "jsonb_each" };
  } catch (error) {
    if (!sqliteMessage(error).includes("jsonb_each")) throw error;
    const [row] = await database.query({ sql: CATALOGUES });
    return { row: row as Value[], each: "json_each" };
  }
}

interface Catalogues {
  objects: [type: string, name: string, table: string, sql: string | null][];
  list: [name: string, type: string, withoutRowid: number, strict: number][];
  columns: [
    string,
    name: string,
    type: string,
    notNull: number,
    dflt: string | null,
    pk: number,
    hidden: number,
  ][];
  indexes: [
    string,
    name: string,
    unique: number,
    origin: string,
    partial: number,
    column: string | null,
    collation: string,
  ][];
  foreignKeys: [string, id: number, from: string, parent: string, to: string | null, onDelete: string][];
}

function assemble({ objects, list, columns, indexes, foreignKeys }: Catalogues): Omit<LiveSchema, "each"> {
  const tables = new Map<string, LiveTable>();
  const listed = new Map(list.map((entry) => [entry[0], entry]));
  for (const [type, name, , definition] of objects) {
    const entry = listed.get(name);
    if (type !== "table" || entry === undefined) continue;
    const [, kind, withoutRowid, strict] = entry;
    if (kind === "virtual" && isDerived(definition ?? "")) continue;
    const own = columns.filter(([table]) => table === name).map(readColumn);
    const sql = definition ?? "";
    const entered = indexes.filter(([table]) => table === name);
    tables.set(name, {
      type: "table",
      kind: kind as LiveTable["kind"],
      name,
      sql,
      columns: own,
      key: readKey(own),
      strict: strict === 1,
      withoutRowid: withoutRowid === 1,
      autoincrement: saysAutoincrement(sql),
      rowidAlias: entered.some(([, , , origin]) => origin === "pk") ? null : rowidAlias(own),
      uniqueIndexes: readUniqueIndexes(entered),
      indexCount: new Set(entered.map(([, index]) => index)).size,
      foreignKeys: [],
      ...(kind === "virtual" ? readFts5Kind(sql) : {}),
    });
  }
  for (const table of tables.values()) {
    table.foreignKeys = readForeignKeys(
      foreignKeys.filter(([name]) => name === table.name),
      tables,
    );
  }
  const others = objects.flatMap(([type, name, table, sql]): OtherSchema[] => {
    // A trigger may have the name of a table.
    if (sql === null || (type === "table" && tables.has(name))) return [];
    const fts5 = type === "table" ? readFts5(sql) : null;
    // A trigger keeps its table's name as its author wrote it.
    const of = fts5?.content === "external" ? fts5.of : table;
    const kind = type === "table" ? "virtual" : (type as OtherSchema["type"]);
    return [{ type: kind, name, table: findTable(tables, of)?.name ?? of, sql }];
  });
  return { tables, others };
}

/** True for a virtual table that has no rows which could be read. */
function isDerived(sql: string): boolean {
  const fts5 = readFts5(sql);
  if (fts5 === null) return /\bUSING\s+fts5vocab\b/i.test(sql);
  return fts5.content === "external" || (fts5.content === "none" && !fts5.placed);
}

function readFts5Kind(sql: string): Pick<TableSchema, "fts5"> {
  const fts5 = readFts5(sql);
  return fts5 === null ? {} : { fts5: fts5.content === "none" ? "terms" : true };
}

/** The word as SQL, not in a literal, a quoted name or a comment. */
function saysAutoincrement(sql: string): boolean {
  const bare = sql.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g,
    " ",
  );
  return /\bAUTOINCREMENT\b/i.test(bare);
}

function readColumn([, name, type, notNull, dflt, pk, hidden]: Catalogues["columns"][number]): ColumnSchema {
  return {
    name,
    type,
    notNull: notNull === 1,
    default: dflt,
    primaryKey: pk,
    generated: hidden === 2 ? "virtual" : hidden === 3 ? "stored" : null,
  };
}

function readKey(columns: readonly ColumnSchema[]): TableSchema["key"] {
  const primary = columns.filter((column) => column.primaryKey > 0);
  if (primary.length === 0) return rowidKey(columns);
  primary.sort((a, b) => a.primaryKey - b.primaryKey);
  return { kind: "primary", columns: primary.map((column) => column.name) };
}

/**
 * The column that INTEGER PRIMARY KEY makes another name of the rowid. A key with an index of its own
 * is none: INTEGER PRIMARY KEY DESC has one, and holds anything, also NULLs (sqlite.org/lang_createtable.html#rowid).
 */
export function rowidAlias(columns: readonly ColumnSchema[]): string | null {
  const [key, ...more] = columns.filter(({ primaryKey }) => primaryKey > 0);
  return key !== undefined && more.length === 0 && key.type.toUpperCase() === "INTEGER" ? key.name : null;
}

/** The rowid under a name that no column hides. */
export function rowidKey(columns: readonly ColumnSchema[]): TableSchema["key"] {
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  const name = ["rowid", "_rowid_", "oid"].find((candidate) => !taken.has(candidate));
  return { kind: "rowid", columns: name === undefined ? [] : [name] };
}

function readUniqueIndexes(rows: Catalogues["indexes"]): UniqueIndex[] {
  const byName = new Map<string, UniqueIndex>();
  for (const [, name, unique, origin, partial, column, collation] of rows) {
    if (unique !== 1 || origin === "pk") continue;
    const index = byName.get(name) ?? { name, columns: [], collations: [], partial: partial === 1 };
    index.columns.push(column);
    index.collations.push(collation);
    byName.set(name, index);
  }
  return [...byName.values()];
}

function readForeignKeys(rows: Catalogues["foreignKeys"], tables: Map<string, LiveTable>): ForeignKey[] {
  const byId = new Map<number, ForeignKey & { named: (string | null)[] }>();
  for (const [, id, from, parent, to, onDelete] of rows) {
    const known = findTable(tables, parent);
    const key = byId.get(id) ?? {
      columns: [],
      parent: known?.name ?? parent,
      parentColumns: [],
      onDelete,
      named: [],
    };
    key.columns.push(from);
    key.named.push(to);
    byId.set(id, key);
  }
  return [...byId.values()].map(({ named, ...key }) => ({
    ...key,
    parentColumns: named.every((name) => name !== null)
      ? (named as string[])
      : (findTable(tables, key.parent)?.key.columns ?? []),
  }));
}

/** A table by its name as SQLite compares names: letters' case aside. */
export function findTable(tables: Map<string, LiveTable>, name: string): LiveTable | undefined {
  const exact = tables.get(name);
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  for (const table of tables.values()) if (table.name.toLowerCase() === lower) return table;
  return undefined;
}
