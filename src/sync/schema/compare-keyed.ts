import { schemaTables } from "../../archive/schema-tables.ts";
import type { SchemaObject, TableSchema } from "../../archive/types.ts";
import { findTable, type LiveSchema } from "../../database/schema.ts";
import { foldCase } from "../../names.ts";
import { REFUSALS, type Refusal } from "../../refusals.ts";
import { compareTravelling, type Difference } from "./compare-schemas.ts";

export interface KeyedComparison {
  /** The target's schema, its rows identified as the source's are. */
  target: LiveSchema;
  /** Which of the archive's tables travel. */
  wanted(table: string): boolean;
}

/**
 * As `compareSchemas`, for an archive of keyed frames. A key without a row has nothing but itself to be known by, so
 * the target's tables have to be there and to have the archive's keys. Of tables that it does not have, nothing is to be
 * told: it has what changed.
 */
export function compareKeyed(
  source: readonly SchemaObject[],
  { target, wanted }: KeyedComparison,
): Difference[] {
  const travelling = schemaTables(source).filter(({ name }) => wanted(name));
  const keys = travelling.flatMap((table) => compareKey(table, target));
  const there = travelling.filter(({ name }) => findTable(target.tables, name) !== undefined);
  return [...keys, ...compareTravelling(there, target, { create: false })];
}

function compareKey(source: TableSchema, target: LiveSchema): Difference[] {
  const { name, key } = source;
  const live = findTable(target.tables, name);
  if (live === undefined) {
    const message = `it has no table "${name}", of which the archive holds single rows`;
    return [{ table: name, message, ...because("table-of-rows-missing") }];
  }
  if (describeKey(key) === describeKey(live.key)) return [];
  const message = `"${live.name}" is identified by ${describeKey(live.key)} at the target, and by ${describeKey(key)} in the archive, which names single rows by it`;
  return [{ table: live.name, message, ...because("keys-differ") }];
}

/** A column may have the name of a rowid. */
function describeKey({ kind, columns }: TableSchema["key"]): string {
  return `${kind === "rowid" ? "the rowid " : ""}${foldCase(columns.join(", "))}`;
}

function because(reason: Refusal): Required<Pick<Difference, "code" | "reason">> {
  return { code: REFUSALS[reason], reason };
}
