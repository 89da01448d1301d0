import { type Affinity, affinityOf } from "../../../database/affinity.ts";
import type { LiveSchema, LiveTable, UniqueIndex } from "../../../database/schema.ts";
import {
  type IndexExpressions,
  readCollations,
  readIndexExpressions,
} from "../../../database/sql/index-expressions.ts";
import { joinBalanced, quote } from "../../../database/sql/syntax.ts";
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

/*
 * Unique values under partial indexes and indexes on expressions. What such an index makes of a row, SQLite says itself: the
 * SQL of the index, which is the target's own, is asked of the rows as they were, under the names of the table's columns.
 */

/** A unique index, and rows that an undo would write. */
export interface IndexSite {
  rows: IncomingRows;
  index: UniqueIndex;
  own: IndexExpressions;
  /** The table's that it may name. */
  columns: LiveTable["columns"];
  collations: ReadonlyMap<string, string>;
  /** Whether all cells of the rows are of a kind that their columns keep; each row is asked about one way or the other. */
  typed: boolean;
}

/** Where rows that are written may meet such a value. Of indexes over generated columns nothing is known. */
export function indexSites(writes: readonly StagedTable[], { objects }: LiveSchema): IndexSite[] {
  return writes.flatMap((staged) => {
    const { table } = staged;
    return table.uniqueIndexes
      .filter((index) => isPartialOrExpression(table, index))
      .flatMap((index): IndexSite[] => {
        const sql = objects.find(({ type, name }) => type === "index" && name === index.name)?.sql ?? null;
        const read = sql === null ? null : readIndex(sql, table);
        if (read === null) return [];
        const has = ({ shape }: IncomingRows) =>
          read.columns.every(({ name }) => shape.columns.includes(name));
        const rows = incomingRows([staged]).filter((one) => hasKey(one) && has(one));
        return rows.flatMap((one) => [true, false].map((typed) => ({ ...read, rows: one, index, typed })));
      });
  });
}

type ReadIndex = Pick<IndexSite, "own" | "columns" | "collations">;

/** Null for what is over other columns than stored ones, or is no SQL that is read here. */
function readIndex(sql: string, table: LiveTable): ReadIndex | null {
  try {
    const stored = table.columns.filter(({ generated }) => generated === null);
    const generated = table.columns.filter((column) => !stored.includes(column));
    const names = (columns: LiveTable["columns"]) => columns.map(({ name }) => name);
    const own = readIndexExpressions(sql, names(stored), names(generated));
    if (own === null) return null;
    const named = stored.filter(({ name }) => own.columns.has(foldCase(name)));
    return { own, columns: named, collations: readCollations(table.sql) };
  } catch (error) {
    if (error instanceof UnreadableSql) return null;
    throw error;
  }
}

/**
 * True in SQL for a row as it was, as `s`, whose value under the index another live row has. `keeps` says of
 * a live row, by the alias of its table, whether it still has its values then.
 */
export function isTakenUnder(
  { rows, index, own, ...site }: IndexSite,
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
  return `EXISTS (SELECT 1 FROM (SELECT ${[...keys, ...terms].join(", ")} FROM (${rowAsItWas(table, site, sql)}) AS ${alias} WHERE ${where} LIMIT -1) AS was
    CROSS JOIN ${alias} ON ${same.join(" AND ")} WHERE ${where} AND (${sameKey.join(" AND ")}) IS NOT 1 AND ${keeps(alias)})`;
}

/** Names for cells of a key and values of an index that none of the table's columns has: the index names these alone. */
function namesBeside({ columns }: LiveTable) {
  let prefix = "#";
  while (columns.some(({ name }) => name.startsWith(prefix))) prefix += "#";
  return {
    key: (i: number) => quote(`${prefix}k${i}`),
    value: (i: number) => quote(`${prefix}v${i}`),
  };
}

/** A row with the names, affinities and collations of its table's columns, and its key. */
function rowAsItWas(
  table: LiveTable,
  { columns, collations, typed }: Pick<IndexSite, "columns" | "collations" | "typed">,
  sql: ShapeSql,
): string {
  const affinity = ({ type }: { type: string }) => affinityOf(type, table);
  const cells = columns.map((column) => {
    const { name } = column;
    const kind = typed ? CASTS[affinity(column)] : null;
    const cell = kind === null ? sql.cell(name) : `CAST(${sql.cell(name)} AS ${kind})`;
    const collation = collations.get(foldCase(name));
    return `${cell}${collation === undefined ? "" : ` COLLATE ${quote(collation)}`} AS ${quote(name)}`;
  });
  const others = columns.flatMap((column) => {
    const kinds = KEPT[affinity(column)];
    return kinds === null ? [] : [`typeof(${sql.cell(column.name)}) NOT IN ('null', ${kinds})`];
  });
  const any = others.length === 0 ? "0" : joinBalanced(others, "OR");
  const names = namesBeside(table);
  const key = table.key.columns.map((name, i) => `${sql.cell(name)} AS ${names.key(i)}`);
  return `SELECT ${[...key, ...cells].join(", ")} WHERE ${typed ? `NOT (${any})` : `(${any})`}`;
}

/** To cast to these changes no value of the kinds below. */
const CASTS: Readonly<Record<Affinity, string | null>> = {
  integer: "NUMERIC",
  numeric: "NUMERIC",
  real: "REAL",
  text: "TEXT",
  none: null,
};

const KEPT: Readonly<Record<Affinity, string | null>> = {
  integer: "'integer', 'real'",
  numeric: "'integer', 'real'",
  real: "'integer', 'real'",
  text: "'text'",
  none: null,
};
