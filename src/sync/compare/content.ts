import { affinityOf } from "../../database/affinity.ts";
import type { LiveTable } from "../../database/schema.ts";
import { joinBalanced, quote } from "../../database/sql/syntax.ts";
import { isComparable, type StagedShape } from "../stage/index.ts";
import { constantDefault } from "./defaults.ts";
import { NEGATIVE_ZERO } from "./row-differs.ts";

/*
 * Rows of a table without a key are what they hold, and how often. Two are equal where all their columns are, byte for
 * byte, and in what a column without affinity keeps apart: 1 and 1.0, 0.0 and −0.0.
 */

/** The SQL that tells by some columns of a table which of its rows are equal. */
export interface Content {
  /** Terms to GROUP or PARTITION live rows BY: those of equal rows are the same. */
  terms: string[];
  /** The same as columns of such a query. */
  columns: string;
  /** True for a row of it, by its alias, that is equal to a staged one, `s`. */
  equals(alias: string, staged: StagedContent): string;
}

export interface StagedContent {
  shape: Pick<StagedShape, "columns" | "codes">;
  cell(column: string): string;
}

/** By these columns: a rowid that is none says nothing of the row. */
export function contentOf(table: LiveTable, names: readonly string[]): Content {
  const own = names.flatMap((name) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    return column === undefined ? [] : [{ name, keepsBoth: affinityOf(column.type, table) === "none" }];
  });
  const terms = own.flatMap(({ name, keepsBoth }, i) => [
    { term: `${quote(name)} COLLATE BINARY`, column: `${quote(name)} AS c${i}` },
    ...(keepsBoth ? [{ term: kindOf(quote(name)), column: `${kindOf(quote(name))} AS k${i}` }] : []),
  ]);
  return {
    terms: terms.map(({ term }) => term),
    columns: terms.map(({ column }) => column).join(", "),
    equals: (alias, { shape, cell }) =>
      joinBalanced(
        own.flatMap(({ name, keepsBoth }, i) => [
          `${alias}.c${i} COLLATE BINARY IS ${cell(name)}`,
          ...(keepsBoth ? [`${alias}.k${i} IS ${stagedKind(shape, name, cell(name))}`] : []),
        ]),
        "AND",
      ),
  };
}

/**
 * True where a row of which these columns were written is known by what it holds: in the others it got what every new row
 * gets.
 */
export function isKnownByContent(table: LiveTable, written: readonly string[]): boolean {
  const others = table.columns.filter(({ name, generated }) => generated === null && !written.includes(name));
  return isComparable(table) && others.every(({ name }) => constantDefault(table, name) !== null);
}

/** What equal values differ in, where a column keeps it. */
function kindOf(value: string): string {
  return `(typeof(${value}) || iif(${value} IS 0 AND atan2(${value}, -1) < 0, '-', ''))`;
}

/** The same of a staged cell, whose SQL may be long: a statement has 100,000 bytes. */
function stagedKind({ columns, codes }: StagedContent["shape"], name: string, cell: string): string {
  const position = columns.indexOf(name);
  if (!codes.get(position)?.includes(NEGATIVE_ZERO)) return `typeof(${cell})`;
  return `(typeof(${cell}) || iif((s.v ->> '$[${position}][0]') IS '${NEGATIVE_ZERO}', '-', ''))`;
}
