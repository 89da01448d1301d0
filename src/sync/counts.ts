import { literal, quote } from "../database/sql.ts";
import { differs } from "./compare.ts";
import { withoutConflict } from "./conflicts.ts";
import type { Params } from "./params.ts";
import { keyMatches, type Scalar, type Staged, type StagedTable, shapeSql } from "./staged.ts";
import type { Mode, OnConflict, TablePlan } from "./types.ts";

/**
 * What SQL counts before an apply: for each table its live rows, and for each shape of incoming rows
 * how many there are, have a live row of their key, differ from it, and are skipped. The plan reads
 * it ahead of the apply, the run's results are the same reading inside the apply's transaction.
 */
export type CountEntry =
  | [table: string, live: number]
  | [
      table: string,
      attempted: number,
      matched: number | null,
      differing: number | null,
      skipped: number | null,
    ];

/** One scalar an entry, each the JSON of a `CountEntry`. */
export function countScalars(run: string, staged: Staged, mode: Mode, onConflict: OnConflict): Scalar[] {
  return [...liveScalars(staged), ...shapeScalars(run, staged, mode, onConflict)];
}

/** The live rows of each table. */
export function liveScalars(staged: Staged): Scalar[] {
  return staged.tables.map(
    ({ table }) =>
      () =>
        `SELECT json_array(${literal(table.name)}, count(*)) FROM ${quote(table.name)}`,
  );
}

/** What the incoming rows of each shape meet. */
export function shapeScalars(run: string, staged: Staged, mode: Mode, onConflict: OnConflict): Scalar[] {
  return staged.tables.flatMap((table) =>
    table.shapes.map(
      (shape): Scalar =>
        (params) =>
          countShape(run, table, shape, mode, onConflict, params),
    ),
  );
}

function countShape(
  run: string,
  staged: StagedTable,
  shape: StagedTable["shapes"][number],
  mode: Mode,
  onConflict: OnConflict,
  params: Params,
): string {
  const sql = shapeSql(run, staged, shape, params);
  const { table } = staged;
  const name = literal(table.name);
  if (!table.key.columns.every(sql.has)) {
    // Rows without a key (a table that has none, in a document by others) can only be added.
    return `SELECT json_array(${name}, count(*), 0, 0, 0) FROM ${sql.from} WHERE ${sql.where}`;
  }
  const matched = `live.${quote(table.key.columns[0] as string)} IS NOT NULL`;
  const different = differs(table, shape, (column) => `live.${column}`, sql);
  const free = onConflict === "skip" ? withoutConflict(run, staged, shape, mode, params) : "1";
  return `SELECT json_array(${name}, count(*), sum(${matched} AND ${free}), sum(${matched} AND ${different} AND ${free}), sum(NOT (${free})))
    FROM ${sql.from} LEFT JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)} WHERE ${sql.where}`;
}

/** Each table's result, from the counts before the apply. */
export function readCounts(entries: readonly CountEntry[], mode: Mode): Record<string, TablePlan> {
  const tables: Record<string, TablePlan> = {};
  for (const [table, entriesOfTable] of Map.groupBy(entries, ([name]) => name)) {
    const live = entriesOfTable.find((entry) => entry.length === 2)?.[1] ?? 0;
    const shapes = entriesOfTable.filter((entry) => entry.length > 2);
    const sum = (i: number) => shapes.reduce((total, entry) => total + ((entry[i] as number | null) ?? 0), 0);
    const [attempted, matched, differing, skipped] = [sum(1), sum(2), sum(3), sum(4)];
    const updated = mode === "insert" ? 0 : differing;
    tables[table] = {
      attempted,
      inserted: attempted - matched - skipped,
      updated,
      unchanged: matched - updated,
      deleted: mode === "mirror" ? live - matched : 0,
      skipped,
      live,
    };
  }
  return tables;
}
