import type { Cell, Row } from "../../archive/types.ts";
import type { Affinity } from "../../database/affinity.ts";
import { keyText, type TablePair } from "../../diff/index.ts";
import { foldCase } from "../../names.ts";

export interface BaseColumn {
  name: string;
  affinity: Affinity;
}

/** A table of the base, under the name that it has there; its columns may have other letters' case there. */
export interface BaseTable {
  name: string;
  columns: readonly BaseColumn[];
  key: { columns: readonly string[]; collations: readonly string[] };
}

export const isSameColumn = (one: BaseColumn, other: BaseColumn): boolean =>
  foldCase(one.name) === foldCase(other.name) && one.affinity === other.affinity;

export function isSameBaseKey(one: BaseTable["key"], other: BaseTable["key"]): boolean {
  return areSameNames(one.columns, other.columns) && isSameList(one.collations, other.collations);
}

export const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((text, i) => text === other[i]);

export const areSameNames = (one: readonly string[], other: readonly string[]): boolean =>
  isSameList(one.map(foldCase), other.map(foldCase));

export const namesOf = ({ columns }: Pick<BaseTable, "columns">): string[] => columns.map(({ name }) => name);

/** The left place's table as a base has it. */
export function baseTableOf({ name, left, compared }: TablePair): BaseTable {
  const affinities = new Map(left.columns.map((column) => [column.name, column.affinity]));
  return {
    name,
    // A full-text table's key is its rowid, which is none of its columns.
    columns: (compared?.columns ?? []).map((column) => ({
      name: column,
      affinity: affinities.get(column) ?? "integer",
    })),
    key: { columns: compared?.key ?? [], collations: collationsOf({ left }) },
  };
}

export const collationsOf = ({ left }: Pick<TablePair, "left">): readonly string[] =>
  left.key?.collations ?? [];

/** The table with its columns in the letters that these names have. */
export function spelledAs(table: BaseTable, names: readonly string[]): BaseTable {
  const spelled = new Map(names.map((name) => [foldCase(name), name]));
  const own = (name: string) => spelled.get(foldCase(name)) ?? name;
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: own(column.name) })),
    key: { ...table.key, columns: table.key.columns.map(own) },
  };
}

/** A row's cells by the table's own names, as far as it has them. A line may be older than the letters of these names. */
export function cellsOf({ columns }: Pick<BaseTable, "columns">, line: string): Map<string, Cell> {
  const row = JSON.parse(line) as Row;
  const names = columns.map(({ name }) => name);
  if (names.every((name) => Object.hasOwn(row, name)))
    return new Map(names.map((name) => [name, row[name] as Cell]));
  const folded = new Map(Object.entries(row).map(([name, cell]) => [foldCase(name), cell]));
  return new Map(
    names.flatMap((name) => {
      const cell = folded.get(foldCase(name));
      return cell === undefined ? [] : [[name, cell] as const];
    }),
  );
}

export function keyCellsOf(table: BaseTable, line: string): Cell[] {
  const cells = cellsOf(table, line);
  return table.key.columns.map((name) => cells.get(name) as Cell);
}

/** What a row is known by among those of its table: the same for keys that SQLite calls equal. */
export const idOf = ({ key }: Pick<BaseTable, "key">, cells: readonly Cell[]): string =>
  keyText(cells, key.collations);
