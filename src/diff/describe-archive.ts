import { schemaTables } from "../archive/schema-tables.ts";
import type { DocumentHeader, TableSchema } from "../archive/types.ts";
import type { LiveSchema, LiveTable } from "../database/schema.ts";
import { tableDefinitions } from "../database/sql/table-definitions.ts";
import { isWord, UnreadableSql } from "../database/sql/tokenize.ts";
import { foldCase } from "../names.ts";
import { archivedTable } from "../sync/export/index.ts";
import { chooseTables, type TableChoice } from "../sync/schema/index.ts";
import { describeTable } from "./describe-database.ts";
import { type Description, LEAF_BYTES } from "./questions.ts";

/** What an archive has to compare, as it describes itself. Rejects with `UNKNOWN_TABLE`. */
export function describeArchive(
  { schema, source }: Pick<DocumentHeader, "schema" | "source">,
  choice: TableChoice,
  rowsIn: ReadonlyMap<string, number>,
): Description {
  const others = schema.filter((object) => object.type !== "table");
  const tables = new Map(schemaTables(schema).map((table) => [table.name, asLive(table)]));
  const live: LiveSchema = { tables, others, objects: [], each: "json_each" };
  const chosen = chooseTables(live, choice);
  const names = new Set(chosen.tables.map(({ name }) => name));
  return {
    engine: source.engine,
    leafBytes: LEAF_BYTES,
    tables: chosen.tables.map((table) => ({
      hasRows: (rowsIn.get(table.name) ?? 0) > 0,
      ...describeTable(table, isByRowidInstead(table)),
      schema: archivedTable(table),
    })),
    others: others.filter(({ type, table }) => type === "view" || names.has(table)),
    notes: [],
  };
}

/** Its declared key holds NULLs: rows stand in the order of their rowids. */
function isByRowidInstead({ key, columns }: TableSchema): boolean {
  return key.kind === "rowid" && columns.some(({ primaryKey }) => primaryKey > 0);
}

function asLive(table: TableSchema): LiveTable {
  const keyCollations = readKeyCollations(table);
  return {
    ...table,
    kind: table.fts5 === undefined ? "table" : "virtual",
    rowidAlias: null,
    uniqueIndexes: [],
    indexCount: 0,
    foreignKeys: [],
    ...(keyCollations.size === 0 ? {} : { keyCollations }),
  };
}

/** Of what nobody can read. */
const UNREADABLE = "?";

/** By which collations the key's columns are compared, as far as their definitions say so. */
function readKeyCollations({ sql, key, fts5 }: TableSchema): Map<string, string> {
  if (fts5 !== undefined || !/\bCOLLATE\b/i.test(sql)) return new Map();
  try {
    const definitions = tableDefinitions(sql);
    return new Map(
      key.columns.flatMap((name): [string, string][] => {
        const own = definitions.find(({ column }) => foldCase(column ?? "") === foldCase(name));
        const at = own?.outer.findLast((place) => isWord(own.tokens[place], "collate"));
        const collation = at === undefined ? "BINARY" : (own?.tokens[at + 1]?.text ?? UNREADABLE);
        return collation.toUpperCase() === "BINARY" ? [] : [[name, collation]];
      }),
    );
  } catch (error) {
    if (!(error instanceof UnreadableSql)) throw error;
    return new Map(key.columns.map((name) => [name, UNREADABLE]));
  }
}
