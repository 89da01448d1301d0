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
