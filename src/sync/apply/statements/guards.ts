import type { Statement } from "../../../database/port.ts";
import { packScalars, type Scalar } from "../../../database/sql/scalars.ts";
import { newTableOrphans, orphanScalars, verifiableTables } from "../../compare/index.ts";
import { RUNS } from "../../run/index.ts";
import type { ApplyRequest } from "./request.ts";

/** Fails the batch when an incoming row points to a row that is not there. */
export function guardOrphans({
  staged,
  rules,
  target: { create },
  inParts: { pendingKeys },
}: ApplyRequest): Statement[] {
  const scalars = [...orphanScalars(staged, rules, pendingKeys), ...newTableOrphans(create.missing)];
  return guardStatements(staged.run, "orphans", scalars);
}

/**
 * The tables whose cells are read back and compared with the archive's hashes, and in which a row is
 * stored as it comes or not at all: a constraint that settles its own conflicts may change one.
 */
export function tablesReadBack({ staged, rules, plan, frames }: ApplyRequest): Set<string> {
  if (rules.onConflict === "skip") return new Set();
  const tables = verifiableTables(staged, {
    mode: rules.mode,
    schema: frames?.schema ?? null,
    results: plan,
  });
  const names = [...tables].flatMap(
    ([
      name,
      {
        staged: { table },
      },
    ]) => (table.fts5 || /\bCONFLICT\b/i.test(table.sql) ? [] : [name]),
  );
  return new Set(names);
}

/** Sets a column to the sum of the scalars; its constraint takes nothing but 0. */
export function guardStatements(
  run: string,
  column: "remaining" | "orphans",
  scalars: readonly Scalar[],
): Statement[] {
  return packScalars(scalars).map(({ expressions, params }) => ({
    sql: `UPDATE ${RUNS} SET ${column} = ${expressions.join(" + ")} WHERE key = ${params.add(run)}`,
    params: params.values,
  }));
}
