import type { ColumnSchema, OtherSchema, TableSchema } from "../archive/types.ts";
import {
  type Catalogues,
  type ColumnEntry,
  type ForeignKeyEntry,
  type IndexEntry,
  readCatalogues,
} from "./catalogues.ts";
import { readFts5 } from "./fts5/definition.ts";
import {
  type ForeignKey,
  findTable,
  type LiveSchema,
  type LiveTable,
  type UniqueIndex,
} from "./live-schema.ts";
import type { Database } from "./port.ts";
import { readKey, rowidAlias } from "./row-key.ts";

export {
  type ForeignKey,
  findTable,
  type JsonEach,
  type LiveSchema,
  type LiveTable,
  type ObjectEntry,
  type UniqueIndex,
} from "./live-schema.ts";
export { hiddenRowid, isKnownByRowid, rowidAlias, rowidKey } from "./row-key.ts";

/** Reads the main schema of a database, one statement; two where SQLite is older than 3.51. */
export async function readSchema(database: Database): Promise<LiveSchema> {
  const catalogues = await readCatalogues(database);
  const tables = readTables(catalogues);
  const { objects, each } = catalogues;
  return { tables, others: readOthers(catalogues, tables), objects, each };
}

function readTables({ objects, tables: listed, columns, indexes, foreignKeys }: Catalogues) {
  const tables = new Map<string, LiveTable>();
  const entries = new Map(listed.map((entry) => [entry.name, entry]));
  // Looked through for each table, they would take a minute of 1,500 tables.
  const columnsOf = Map.groupBy(columns, ({ table }) => table);
  const indexesOf = Map.groupBy(indexes, ({ table }) => table);
  const foreignKeysOf = Map.groupBy(foreignKeys, ({ table }) => table);
  for (const { type, name, sql: definition } of objects) {
    const entry = entries.get(name);
    if (type !== "table" || entry === undefined) continue;
    const { kind, withoutRowid, strict } = entry;
    const sql = definition ?? "";
    if (kind === "virtual" && isDerived(sql)) continue;
    const own = (columnsOf.get(name) ?? []).map(columnSchema);
    const entered = indexesOf.get(name) ?? [];
    tables.set(name, {
      type: "table",
      kind: kind as LiveTable["kind"],
      name,
      sql,
      columns: own,
      // A full-text table has a hidden column of its own name.
      key: readKey(own, kind === "virtual" ? [name] : []),
      strict,
      withoutRowid,
      autoincrement: saysAutoincrement(sql),
      rowidAlias: entered.some(({ origin }) => origin === "pk") ? null : rowidAlias(own),
      uniqueIndexes: readUniqueIndexes(entered),
      ...readKeyCollations(entered),
      indexCount: new Set(entered.map(({ index }) => index)).size,
      foreignKeys: [],
      ...(kind === "virtual" ? readFts5Kind(sql) : {}),
    });
  }
  for (const table of tables.values()) {
    table.foreignKeys = readForeignKeys(foreignKeysOf.get(table.name) ?? [], tables);
  }
  return tables;
}

function readOthers({ objects }: Catalogues, tables: Map<string, LiveTable>): OtherSchema[] {
  return objects.flatMap(({ type, name, table, sql }): OtherSchema[] => {
    // A trigger may have the name of a table.
    if (sql === null || (type === "table" && tables.has(name))) return [];
    const fts5 = type === "table" ? readFts5(sql) : null;
    // A trigger keeps its table's name as its author wrote it.
    const of = fts5?.content === "external" ? fts5.of : table;
    const kind = type === "table" ? "virtual" : (type as OtherSchema["type"]);
    return [{ type: kind, name, table: findTable(tables, of)?.name ?? of, sql }];
  });
}

/** True for a virtual table that has no rows which could be read. */
export function isDerived(sql: string): boolean {
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

function columnSchema({
  name,
  type,
  notNull,
  default: value,
  primaryKey,
  hidden,
}: ColumnEntry): ColumnSchema {
  const generated = hidden === 2 ? "virtual" : hidden === 3 ? "stored" : null;
  return { name, type, notNull, default: value, primaryKey, generated };
}

function readKeyCollations(entries: readonly IndexEntry[]): Pick<LiveTable, "keyCollations"> {
  const collated = entries.filter(({ origin, collation }) => origin === "pk" && collation !== "BINARY");
  if (collated.length === 0) return {};
  return { keyCollations: new Map(collated.map(({ column, collation }) => [column as string, collation])) };
}

function readUniqueIndexes(entries: readonly IndexEntry[]): UniqueIndex[] {
  const byName = new Map<string, UniqueIndex>();
  for (const { index: name, unique, origin, partial, column, collation } of entries) {
    if (!unique) continue;
    const ofKey = origin === "pk";
    const index = byName.get(name) ?? { name, columns: [], collations: [], partial, ofKey };
    index.columns.push(column);
    index.collations.push(collation);
    byName.set(name, index);
  }
  return [...byName.values()];
}

function readForeignKeys(entries: readonly ForeignKeyEntry[], tables: Map<string, LiveTable>): ForeignKey[] {
  const byId = new Map<number, ForeignKey & { named: (string | null)[] }>();
  for (const { id, from, parent, to, onDelete, onUpdate } of entries) {
    const known = findTable(tables, parent);
    const key = byId.get(id) ?? {
      columns: [],
      parent: known?.name ?? parent,
      parentColumns: [],
      onDelete,
      onUpdate,
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
