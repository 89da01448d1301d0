import type { LiveSchema, LiveTable, UniqueIndex } from "../../../database/schema.ts";
import { type IndexExpressions, readIndexExpressions } from "../../../database/sql/index-expressions.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { foldCase, UnreadableSql } from "../../../database/sql/tokenize.ts";
import { isPartialOrExpression } from "../../compare/index.ts";
import {
  hasKey,
  type IncomingRows,
  incomingRows,
  liveKey,
  type ShapeSql,
  type StagedTable,
} from "../../stage/index.ts";
import {
  type Kinds,
  kindsOf,
  namesBeside,
  type RowColumns,
  readRowColumns,
  rowAsItWas,
} from "./row-as-it-was.ts";

/*
 * Unique values under partial indexes, and under indexes on expressions and generated columns. What such an index makes
 * of a row, SQLite says itself: the SQL of the index, which is the target's own, is asked of the rows as they were, under
 * the names of the table's columns.
 */

/** A unique index, and rows that an undo would write. */
export interface IndexSite {
  rows: IncomingRows;
  index: UniqueIndex;
  own: IndexExpressions;
  columns: RowColumns;
  /** Each row is asked about in one of these ways. */
  kinds: Kinds;
}

/** Where rows that are written may meet such a value. Of indexes whose SQL cannot be read nothing is known. */
export function indexSites(writes: readonly StagedTable[], { objects }: LiveSchema): IndexSite[] {
  return writes.flatMap((staged) => {
    const { table } = staged;
    return table.uniqueIndexes
      .filter((index) => isPartialOrExpression(table, index))
      .flatMap((index): IndexSite[] => {
        const sql = objects.find(({ type, name }) => type === "index" && name === index.name)?.sql ?? null;
        const read = readIndex(index, sql, table);
        if (read === null) return [];
        const has = ({ shape }: IncomingRows) =>
          read.columns.stored.every(({ name }) => shape.columns.includes(name));
        const rows = incomingRows([staged]).filter((one) => hasKey(one) && has(one));
        return rows.flatMap((one) =>
          kindsOf(read.columns).map((kinds) => ({ ...read, rows: one, index, kinds })),
        );
      });
  });
}

/** Null for what cannot be asked of a row. */
function readIndex(
  { columns }: UniqueIndex,
  sql: string | null,
  table: LiveTable,
): Pick<IndexSite, "own" | "columns"> | null {
  try {
    const names = table.columns.map(({ name }) => name);
    const own = sql === null ? ofColumns(columns) : readIndexExpressions(sql, names);
    const needed = own === null ? null : readRowColumns(table, own.columns);
    return own === null || needed === null ? null : { own, columns: needed };
  } catch (error) {
    if (error instanceof UnreadableSql) return null;
    throw error;
  }
}

/** What a UNIQUE in the table's own SQL is over. */
function ofColumns(columns: readonly (string | null)[]): IndexExpressions | null {
  const names = columns.filter((name) => name !== null);
  if (names.length < columns.length) return null;
  return { terms: names.map(quote), where: null, columns: new Set(names.map(foldCase)) };
}

/**
 * True in SQL for a row as it was, as `s`, whose value under the index another live row has. `keeps` says of
 * a live row, by the alias of its table, whether it still has its values then.
 */
export function isTakenUnder(
  { rows, index, own, columns, kinds }: IndexSite,
  { sql, keeps }: { sql: ShapeSql; keeps: (alias: string) => string },
): string {
  const { table } = rows.staged;
  const alias = quote(table.name);
  const names = namesBeside(table);
  const terms = own.terms.map((term, i) => `(${term}) AS ${names.value(i)}`);
  const keys = table.key.columns.map((_, i) => names.key(i));
  const where = own.where === null ? "1" : `(${own.where})`;
  const same = own.terms.map(
    (term, i) => `(${term}) COLLATE ${quote(index.collations[i] as string)} = was.${names.value(i)}`,
  );
  const sameKey = liveKey(table, alias).map((cell, i) => `${cell} = was.${names.key(i)}`);
  // Names of the index mean the row as it was in the inner query, and the live row in the outer one.
  return `EXISTS (SELECT 1 FROM (SELECT ${[...keys, ...terms].join(", ")} FROM (${rowAsItWas(table, { columns, kinds }, sql)}) AS ${alias} WHERE ${where} LIMIT -1) AS was
    CROSS JOIN ${alias} ON ${same.join(" AND ")} WHERE ${where} AND (${sameKey.join(" AND ")}) IS NOT 1 AND ${keeps(alias)})`;
}
