import { contentless, hasTerms, liveRows } from "../../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import type { ConflictRules } from "../../compare/index.ts";
import { differs, notStaged } from "../../compare/index.ts";
import type { IncomingRows, ShapeRows, ShapeSql, StagedTable } from "../../stage/index.ts";
import { keyMatches, shapeSql } from "../../stage/index.ts";

/**
 * Writes the rows of a full-text table, which knows no upsert: rows that differ go, rows that are
 * not there come. One that keeps no text may not give single rows up; it has been cleared then.
 */
export function fullTextStatements(rows: IncomingRows, rules: ConflictRules): Statement[] {
  const { table } = rows.staged;
  const { columns } = rows.shape;
  const name = quote(table.name);
  const rowid = quote(table.key.columns[0] as string);
  const statement = (
    build: (sql: ShapeSql, params: Params) => string,
    { absent }: Pick<ShapeRows, "absent"> = {},
  ) => {
    const params = new Params();
    const sql = build(shapeSql(absent === undefined ? rows : { ...rows, absent }, params), params);
    return { sql, params: params.values };
  };
  const outdated = statement(
    (sql) => `DELETE FROM ${name} WHERE ${rowid} IN (SELECT live.${rowid} FROM ${sql.from}
      CROSS JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)}
      WHERE ${differs(rows, sql)})`,
    { absent: (column) => `live.${quote(column)}` },
  );
  const absent = statement((sql, params) => {
    const words = wordsOf(table, params);
    return `${words.with}INSERT INTO ${name} (${columns.map(quote).join(", ")})
      SELECT ${columns.map((column) => words.textOf(column, sql.cell(column))).join(", ")} FROM ${sql.from}
      WHERE NOT EXISTS (SELECT 1 FROM ${name} AS live WHERE ${keyMatches("live", table, sql)})`;
  });
  const stays = rules.mode === "insert" || (hasTerms(table) && !contentless(table).deletes);
  return stays ? [absent] : [outdated, absent];
}

/**
 * Empties the full-text tables among `tables` that keep no text and give no single row up, where rows
 * of them change. In a merge only if every row comes in again, else the guard will find rows that differ.
 */
export function clearFullTextStatements(rules: ConflictRules, tables: readonly StagedTable[]): Statement[] {
  return tables.map((staged) => {
    const { name } = staged.table;
    const params = new Params();
    const others = `SELECT 1 FROM ${quote(name)} AS live WHERE ${notStaged(staged, "live", params)}`;
    const condition = rules.mode === "mirror" ? "" : ` WHERE NOT EXISTS (${others})`;
    const sql = `INSERT INTO ${quote(name)} (${quote(name)}) SELECT 'delete-all'${condition}`;
    return { sql, params: rules.mode === "mirror" ? [] : params.values };
  });
}

/** Terms that the tokenizer would take for others are written as the words that the archive has for them. */
function wordsOf({ words = [], columns }: StagedTable["table"], params: Params) {
  if (words.length === 0) return { with: "", textOf: (_: string, cell: string) => cell };
  const list = params.add(JSON.stringify(words));
  const isColumn = (column: string) => columns.some(({ name }) => name === column);
  return {
    with: `WITH words AS MATERIALIZED (SELECT value ->> 0 AS term, value ->> 1 AS word FROM json_each(${list})) `,
    textOf: (column: string, cell: string) =>
      isColumn(column)
        ? `(SELECT group_concat(ifnull(words.word, t.value), ' ' ORDER BY t.key)
            FROM json_each('[' || replace(json_quote(${cell}), ' ', '","') || ']') AS t LEFT JOIN words ON words.term = t.value)`
        : cell,
  };
}
