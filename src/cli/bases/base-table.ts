import type { Affinity } from "../../database/affinity.ts";
import type { TablePair } from "../../diff/index.ts";

export interface BaseColumn {
  name: string;
  affinity: Affinity;
}

/** A table of the base. */
export interface BaseTable {
  name: string;
  columns: readonly BaseColumn[];
  key: { columns: readonly string[]; collations: readonly string[] };
}

export const isSameColumn = (one: BaseColumn, other: BaseColumn): boolean =>
  one.name === other.name && one.affinity === other.affinity;

export function isSameBaseKey(one: BaseTable["key"], other: BaseTable["key"]): boolean {
  return isSameList(one.columns, other.columns) && isSameList(one.collations, other.collations);
}

export const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((text, i) => text === other[i]);

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
