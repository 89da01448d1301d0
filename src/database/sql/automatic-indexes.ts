import { namesAt, tableDefinitions } from "./table-definitions.ts";
import { foldCase, isWord } from "./tokenize.ts";

/**
 * How many indexes SQLite makes by itself with a table: one for each UNIQUE, and for a PRIMARY KEY that is
 * not the rowid (sqlite.org/lang_createtable.html#uniqueconst).
 */
export function countAutomaticIndexes(sql: string, { rowidIsKey }: { rowidIsKey: boolean }): number {
  const indexed = tableDefinitions(sql).flatMap(({ tokens, outer, column }) =>
    outer.flatMap((at) => {
      const primary = isWord(tokens[at], "primary") && isWord(tokens[at + 1], "key");
      if (!primary && !isWord(tokens[at], "unique")) return [];
      if (primary && rowidIsKey) return [];
      const columns = column === null ? namesAt(tokens, at + (primary ? 2 : 1)) : [column];
      return [JSON.stringify(columns.map(foldCase))];
    }),
  );
  return new Set(indexed).size;
}
