import type { ColumnSchema, TableSchema } from "../archive/types.ts";
import { foldCase } from "../names.ts";
import type { LiveTable } from "./live-schema.ts";

/** What orders and identifies the rows of a table with these columns; `hidden` are others that it has. */
export function readKey(
  columns: readonly ColumnSchema[],
  hidden: readonly string[] = [],
): TableSchema["key"] {
  const primary = columns.filter((column) => column.primaryKey > 0);
  if (primary.length === 0) return rowidKey(columns, hidden);
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
export function rowidKey(
  columns: readonly Pick<ColumnSchema, "name">[],
  hidden: readonly string[] = [],
): TableSchema["key"] {
  const names = [...columns.map(({ name }) => name), ...hidden];
  const taken = new Set(names.map(foldCase));
  const name = ["rowid", "_rowid_", "oid"].find((candidate) => !taken.has(candidate));
  return { kind: "rowid", columns: name === undefined ? [] : [name] };
}

/**
 * True for a table whose rows nothing but their rowids tells apart, which mean nothing to another database. A
 * full-text table's do: they are what its app gave them.
 */
export function isKnownByRowid({ kind, key }: Pick<LiveTable, "kind" | "key">): boolean {
  return kind === "table" && key.kind === "rowid";
}

/**
 * The name under which a table has a rowid that none of its columns holds and its key does not show; null
 * where it has none, or where all its names are taken.
 */
export function hiddenRowid({
  kind,
  columns,
  key,
  withoutRowid,
  rowidAlias: alias,
}: Pick<LiveTable, "kind" | "columns" | "key" | "withoutRowid" | "rowidAlias">): string | null {
  if (kind !== "table" || key.kind === "rowid" || withoutRowid || alias !== null) return null;
  return rowidKey(columns).columns[0] ?? null;
}
