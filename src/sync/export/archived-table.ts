import type { Cell, TableSchema } from "../../archive/types.ts";
import type { LiveTable } from "../../database/schema.ts";

/** The part of a live table that an archive keeps. */
export function archivedTable(
  table: LiveTable,
  sequence?: Cell | undefined,
  words: TableSchema["words"] = [],
): TableSchema {
  const { type, name, sql, columns, key, strict, withoutRowid, autoincrement, fts5 } = table;
  return {
    type,
    name,
    sql,
    columns,
    key,
    strict,
    withoutRowid,
    autoincrement,
    ...(fts5 === undefined ? {} : { fts5 }),
    ...(words.length === 0 ? {} : { words }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}
