import { type Affinity, affinityOf } from "../../../database/affinity.ts";
import type { LiveTable } from "../../../database/schema.ts";
import { type GeneratedColumn, readGeneratedColumns } from "../../../database/sql/generated-columns.ts";
import { readCollations } from "../../../database/sql/index-expressions.ts";
import { joinBalanced, quote } from "../../../database/sql/syntax.ts";
import { foldCase } from "../../../database/sql/tokenize.ts";
import type { ShapeSql } from "../../stage/index.ts";

/*
 * A staged row as its table would show it: under the names of the columns, with their affinities and collations, and
 * with what SQLite generates from it.
 */

type Column = LiveTable["columns"][number];

/** What of a row is asked about. */
export interface RowColumns {
  stored: readonly Column[];
  /** Each behind those that it is made of. */
  generated: readonly (Column & { made: GeneratedColumn })[];
  /** By names in small letters. */
  collations: ReadonlyMap<string, string>;
}

/**
 * The columns of these names, and those that they are made of. Null where what makes one is not known. Throws
 * `UnreadableSql` where the table's SQL cannot be read.
 */
export function readRowColumns(table: LiveTable, names: ReadonlySet<string>): RowColumns | null {
  const all = new Map(table.columns.map((column) => [foldCase(column.name), column]));
  const made = readGeneratedColumns(table.sql, [...all.keys()]);
  const found = new Map<string, Column>();
  const generated: (Column & { made: GeneratedColumn })[] = [];
  // SQLite takes no table whose generated columns go in a circle.
  const take = (name: string): boolean => {
    const column = all.get(name);
    if (column === undefined) return false;
    if (found.has(name)) return true;
    found.set(name, column);
    if (column.generated === null) return true;
    const own = made.get(name);
    if (own === undefined || ![...own.columns].every(take)) return false;
    generated.push({ ...column, made: own });
    return true;
  };
  if (![...names].every(take)) return null;
  const stored = [...found.values()].filter((column) => column.generated === null);
  return { stored, generated, collations: readCollations(table.sql) };
}

/**
 * Which rows: those whose cells are all of a kind that their columns keep, to which affinities are given by a cast;
 * those of which this holds for the stored ones alone; and the others.
 */
export type Kinds = "kept" | "kept in stored columns" | "others";

export function kindsOf({ generated }: RowColumns): Kinds[] {
  return generated.length === 0 ? ["kept", "others"] : ["kept", "kept in stored columns", "others"];
}

/** The rows, of which `sql` is one, to read FROM: what is asked about, and the key by the names beside. */
export function rowAsItWas(
  table: LiveTable,
  { columns, kinds }: { columns: RowColumns; kinds: Kinds },
  sql: ShapeSql,
): string {
  const collated = (cell: string, name: string) => {
    const collation = columns.collations.get(foldCase(name));
    return `${cell}${collation === undefined ? "" : ` COLLATE ${quote(collation)}`} AS ${quote(name)}`;
  };
  const affinity = ({ type }: Column) => affinityOf(type, table);
  const cast = (cell: string, column: Column) => {
    const kind = CASTS[affinity(column)];
    return kind === null ? cell : `CAST(${cell} AS ${kind})`;
  };
  const cells = columns.stored.map((column) => {
    const cell = sql.cell(column.name);
    return collated(kinds === "others" ? cell : cast(cell, column), column.name);
  });
  const isOther = (cell: string, column: Column) => {
    const kept = KEPT[affinity(column)];
    return kept === null ? [] : [`typeof(${cell}) NOT IN ('null', ${kept})`];
  };
  const any = (found: readonly string[]) => (found.length === 0 ? "0" : joinBalanced(found, "OR"));
  const others = any(columns.stored.flatMap((column) => isOther(sql.cell(column.name), column)));
  const names = namesBeside(table);
  const key = table.key.columns.map((name, i) => `${sql.cell(name)} AS ${names.key(i)}`);
  const stored = `SELECT ${[...key, ...cells].join(", ")} WHERE ${kinds === "others" ? others : `NOT (${others})`}`;
  // Each is asked of the table that has the ones before; a limit keeps SQLite from putting them into one another.
  const rows = columns.generated.reduce((from, column) => {
    const value = asKept(column.made.expression, affinity(column));
    const cell = kinds === "kept" ? cast(value, column) : value;
    const own = `(${cell}) COLLATE ${quote(columns.collations.get(foldCase(column.name)) ?? "BINARY")}`;
    const which = kinds === "kept" ? `NOT (${any(isOther(value, column))})` : "1";
    return `SELECT *, ${own} AS ${quote(column.name)} FROM (${from}) AS ${quote(table.name)} WHERE ${which} LIMIT -1`;
  }, stored);
  if (kinds !== "kept in stored columns") return rows;
  const generated = columns.generated.flatMap((column) => isOther(quote(column.name), column));
  return `SELECT * FROM (${rows}) AS ${quote(table.name)} WHERE ${any(generated)}`;
}

/** A value as a column of an affinity keeps it, without one itself (sqlite.org/datatype3.html#type_affinity). */
function asKept(value: string, affinity: Affinity): string {
  const isNumber = `typeof(${value}) = 'text' AND CAST(${value} AS NUMERIC) = ${value}`;
  switch (affinity) {
    case "none":
      return `+${value}`;
    case "text":
      return `iif(typeof(${value}) IN ('integer', 'real'), CAST(${value} AS TEXT), ${value})`;
    case "real":
      return `iif(typeof(${value}) = 'integer' OR ${isNumber}, CAST(${value} AS REAL), ${value})`;
    default:
      return `CASE WHEN ${isNumber} THEN CAST(${value} AS NUMERIC)
        WHEN typeof(${value}) = 'real' AND CAST(${value} AS INTEGER) = ${value} THEN CAST(${value} AS INTEGER) ELSE ${value} END`;
  }
}

/** Names for cells of a key and values of an index that none of the table's columns has: the index names these alone. */
export function namesBeside({ columns }: LiveTable) {
  let prefix = "#";
  while (columns.some(({ name }) => name.startsWith(prefix))) prefix += "#";
  return {
    key: (i: number) => quote(`${prefix}k${i}`),
    value: (i: number) => quote(`${prefix}v${i}`),
  };
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
