import { namesAt, tableDefinitions } from "./table-definitions.ts";
import { isWord } from "./tokenize.ts";

/** A foreign key as a CREATE TABLE declares it. */
export interface Reference {
  columns: string[];
  parent: string;
  /** Null where it names none, and means the parent's primary key. */
  parentColumns: string[] | null;
}

/** The foreign keys of a table that is not there yet. Throws `UnreadableSql` for what is no CREATE TABLE. */
export function readReferences(sql: string): Reference[] {
  return tableDefinitions(sql).flatMap(({ tokens, outer, column }) => {
    const found = outer.filter((at) => isWord(tokens[at], "references"));
    if (found.length === 0) return [];
    const foreign = outer.find((i) => isWord(tokens[i], "foreign") && isWord(tokens[i + 1], "key"));
    const columns = column === null ? namesAt(tokens, (foreign ?? 0) + 2) : [column];
    return found.map((at): Reference => {
      const parentColumns = namesAt(tokens, at + 2);
      return {
        columns,
        parent: tokens[at + 1]?.text ?? "",
        parentColumns: parentColumns.length === 0 ? null : parentColumns,
      };
    });
  });
}
