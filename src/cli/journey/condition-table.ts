import type { TableSchema } from "../../archive/types.ts";
import { affinityOf, TYPE_OF_AFFINITY } from "../../database/affinity.ts";
import { rowidAlias } from "../../database/schema.ts";
import { readColumnDefinition } from "../../database/sql/column-definition.ts";
import { readGeneratedColumns } from "../../database/sql/generated-columns.ts";
import { readCollations } from "../../database/sql/index-expressions.ts";
import { quote } from "../../database/sql/syntax.ts";
import { tableDefinitions } from "../../database/sql/table-definitions.ts";
import { foldCase, isWord } from "../../database/sql/tokenize.ts";

/** A table for one row, of which a condition in SQL says what it says in the row's own table. */
export interface ConditionTable {
  /** Makes it. */
  create: string;
  /** Its name, quoted: none that a condition knows. */
  name: string;
  /** What to ask conditions FROM. */
  from: string;
}

/**
 * The columns have the affinities and collations of the table's own, and generated ones are generated, as far as they
 * are made of these columns. A rowid is there under all of its names where one of the columns holds it; under none,
 * where it is no part of the row. Throws `UnreadableSql`.
 */
export function conditionTable(schema: TableSchema, columns: readonly string[]): ConditionTable {
  const alias = columnOfRowid(schema);
  const collations = schema.fts5 === undefined ? readCollations(schema.sql) : new Map<string, string>();
  const generated = generatedOf(schema, columns);
  const names = [...columns, ...generated.keys()];
  const defined = names.map((name) => {
    const collation = collations.get(foldCase(name));
    const expression = generated.get(name);
    return [
      `${quote(name)} ${name === alias ? "INTEGER PRIMARY KEY" : typeOf(schema, name)}`,
      ...(collation === undefined ? [] : [`COLLATE ${quote(collation)}`]),
      ...(expression === undefined ? [] : [`AS ${expression}`]),
    ].join(" ");
  });
  const own = quote(`_ferry_row of ${schema.name}`);
  return {
    create: `CREATE TABLE ${own} (${defined.join(", ")})`,
    name: own,
    // A query has no rowid.
    from: `${alias === null ? `(SELECT * FROM ${own})` : own} AS ${quote(schema.name)}`,
  };
}

function typeOf(schema: TableSchema, name: string): string {
  const column = schema.columns.find((one) => one.name === name);
  return TYPE_OF_AFFINITY[column === undefined ? "integer" : affinityOf(column.type, schema)];
}

/** The column that holds the rowid, null for none; of a full-text table its key. */
function columnOfRowid({ sql, columns, key, fts5, withoutRowid }: TableSchema): string | null {
  if (fts5 !== undefined) return key.columns[0] ?? null;
  const alias = withoutRowid ? null : rowidAlias(columns);
  return alias === null || isDescending(sql, alias) ? null : alias;
}

/** INTEGER PRIMARY KEY DESC is a key beside the rowid (sqlite.org/lang_createtable.html#rowid). */
function isDescending(sql: string, name: string): boolean {
  const own = tableDefinitions(sql).find(
    ({ column }) => column !== null && foldCase(column) === foldCase(name),
  );
  const { constraints } = readColumnDefinition(own?.tokens ?? []);
  return constraints.some(
    ({ kind, tokens }) => kind === "primary key" && tokens.some((token) => isWord(token, "desc")),
  );
}

/** What generated columns are made of, by name: of these columns, and of one another. */
function generatedOf(
  { sql, columns, fts5 }: TableSchema,
  stored: readonly string[],
): ReadonlyMap<string, string> {
  const names = columns.flatMap(({ name, generated }) => (generated === null ? [] : [name]));
  if (fts5 !== undefined || names.length === 0) return new Map();
  const all = readGeneratedColumns(sql, [...stored, ...names]);
  const made = new Map(
    names.flatMap((name) => {
      const one = all.get(foldCase(name));
      return one === undefined ? [] : [[name, one] as const];
    }),
  );
  const isThere = (name: string) => [...stored, ...made.keys()].some((one) => foldCase(one) === name);
  for (let left = -1; left !== made.size; ) {
    left = made.size;
    for (const [name, { columns: from }] of made) if (![...from].every(isThere)) made.delete(name);
  }
  return new Map([...made].map(([name, { expression }]) => [name, expression]));
}
