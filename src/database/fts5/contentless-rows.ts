import type { TableSchema } from "../../archive/types.ts";
import type { Database, Statement } from "../port.ts";
import { literal, quote } from "../sql/syntax.ts";
import { type Contentless, readFts5 } from "./definition.ts";

/**
 * The rows of full-text tables that keep no text (`content=''`). What the index has of a row is which
 * term stands where, and that is what travels: for each column its terms in their order, a space between two. A
 * text made so gives the same index again.
 *
 * The index is read through an fts5vocab table, which is made and dropped in the same transaction.
 */
export type TermsTable = Pick<TableSchema, "name" | "sql" | "fts5" | "key" | "columns">;

export function hasTerms({ fts5 }: Pick<TableSchema, "fts5">): boolean {
  return fts5 === "terms";
}

export function contentless({ sql }: Pick<TableSchema, "sql">): Contentless {
  const fts5 = readFts5(sql);
  if (fts5?.content !== "none") throw new Error(`Not a contentless table: ${sql}`);
  return fts5;
}

/** Puts what reads the terms of the tables among `tables` that have some between the making and the dropping of their vocabularies. */
export function withTerms(
  tables: readonly Pick<TableSchema, "name" | "fts5">[],
  statements: readonly Statement[],
  schema: "main" | "temp" = "main",
): Statement[] {
  const own = tables.filter(hasTerms);
  return [
    ...own.map(({ name }) => makeVocabulary(name, schema)),
    ...statements,
    ...own.map(({ name }) => ({ sql: `DROP TABLE ${schema}.${quote(vocabularyOf(name))}` })),
  ];
}

/** A file may be open for reading only, and has temporary tables all the same; D1 has none. */
export function vocabularySchema({ capabilities }: Database): "main" | "temp" {
  return capabilities.temporaryTables ? "temp" : "main";
}

export function makeVocabulary(
  table: string,
  schema: "main" | "temp",
  kind: "instance" | "row" = "instance",
): Statement {
  const name = quote(vocabularyOf(table, kind));
  // Only a temporary one may name the schema that it looks into.
  const of = schema === "temp" ? `main, ${literal(table)}` : literal(table);
  return { sql: `CREATE VIRTUAL TABLE ${schema}.${name} USING fts5vocab(${of}, ${kind})` };
}

export function vocabularyOf(table: string, kind: "instance" | "row" = "instance"): string {
  return `_ferry_${kind}_${table}`;
}

/** The rows in SQL, to read FROM. `condition` says which, of a row's rowid. @default all */
export function termRows(
  { name, sql, key, columns }: TermsTable,
  condition: (rowid: string) => string = () => "1",
): string {
  const { keepsUnindexed, tokenize } = contentless({ sql });
  const text = /\btrigram\b/i.test(tokenize) ? trigramText : wordText;
  const texts = columns.map(
    ({ name: column }, i) => `, ${text(`FILTER (WHERE col = ${literal(column)})`)} AS c${i}`,
  );
  const values = columns.map(({ name: column }, i) => {
    const value = keepsUnindexed ? `ifnull(t.c${i}, own.${quote(column)})` : `t.c${i}`;
    return `, ${value} AS ${quote(column)}`;
  });
  const own = keepsUnindexed ? ` LEFT JOIN ${quote(name)} AS own ON own.rowid = d.id` : "";
  return `(SELECT d.id AS ${quote(key.columns[0] as string)}${values.join("")}
    FROM (SELECT id FROM ${quote(`${name}_docsize`)} WHERE ${condition("id")}) AS d
    LEFT JOIN (SELECT doc${texts.join("")} FROM ${quote(vocabularyOf(name))} WHERE ${condition("doc")} GROUP BY doc) AS t ON t.doc = d.id${own})`;
}

function wordText(filter: string): string {
  return `group_concat(term, ' ' ORDER BY "offset") ${filter}`;
}

/** Each term of three characters begins one character further on. */
function trigramText(filter: string): string {
  return `(group_concat(substr(term, 1, 1), '' ORDER BY "offset") ${filter}
    || substr(group_concat(term, '' ORDER BY "offset" DESC) ${filter}, 2, 2))`;
}

/** A table's rows in SQL, to read FROM, whatever kind of table it is. */
export function liveRows(table: TermsTable): string {
  return hasTerms(table) ? termRows(table) : quote(table.name);
}
