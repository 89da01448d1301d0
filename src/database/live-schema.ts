import type { OtherSchema, TableSchema } from "../archive/types.ts";
import { foldCase } from "../names.ts";

/** A table as it stands in a live database: what an archive keeps of it, and what a sync must know. */
export interface LiveTable extends TableSchema {
  kind: "table" | "virtual" | "shadow";
  /** The key's column where that is the rowid itself, under a name. */
  rowidAlias: string | null;
  uniqueIndexes: UniqueIndex[];
  /** By which collations the key compares its columns, whatever the columns' own: PRIMARY KEY (a COLLATE NOCASE). */
  keyCollations?: ReadonlyMap<string, string>;
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
  /** It is the declared primary key's own. */
  ofKey: boolean;
}

export interface ForeignKey {
  columns: string[];
  parent: string;
  /** The parent's columns; its primary key when the declaration names none. */
  parentColumns: string[];
  onDelete: string;
  onUpdate: string;
}

export interface LiveSchema {
  tables: Map<string, LiveTable>;
  others: OtherSchema[];
  /** The rows of `sqlite_schema`, d1-ferry's own and the platform's among them. */
  objects: ObjectEntry[];
  /** What opens a staged array of rows. `jsonb_each` (SQLite 3.51) hands a row over parsed. */
  each: JsonEach;
}

/** A row of `sqlite_schema`. */
export interface ObjectEntry {
  type: string;
  name: string;
  table: string;
  sql: string | null;
}

export type JsonEach = "json_each" | "jsonb_each";

/** A table by its name as SQLite compares names: letters' case aside. */
export function findTable(tables: Map<string, LiveTable>, name: string): LiveTable | undefined {
  const exact = tables.get(name);
  if (exact !== undefined) return exact;
  const folded = foldCase(name);
  for (const table of tables.values()) if (foldCase(table.name) === folded) return table;
  return undefined;
}
