import type { Statement } from "../../../database/port.ts";
import { packScalars, type Scalar } from "../../../database/sql/scalars.ts";
import { mayChangeParent, newTableOrphans, orphanScalars, verifiableTables } from "../../compare/index.ts";
import { RUNS } from "../../run/index.ts";
import type { ApplyRequest } from "./request.ts";

/** Fails the batch when an incoming row points to a row that is not there, or one that stays no longer does. */
export function guardOrphans(request: ApplyRequest): Statement[] {
  return guardStatements(request.staged.run, "orphans", [
    ...incomingOrphans(request),
    ...leftOrphans(request),
  ]);
}

/** The same of incoming rows only. */
export function guardIncoming(request: ApplyRequest): Statement[] {
  return guardStatements(request.staged.run, "orphans", incomingOrphans(request));
}

/** The same of rows that stay only: behind the deletes, for what is deleted does not stay. */
export function guardLeft(request: ApplyRequest): Statement[] {
  return guardStatements(request.staged.run, "orphans", leftOrphans(request));
}

function incomingOrphans({ listed, rules, target }: ApplyRequest): Scalar[] {
  return [...orphanScalars(listed.writes, rules), ...newTableOrphans(target.create.missing)];
}

/** A database that names broken keys looks at no more than what changed. */
function leftOrphans(request: ApplyRequest): Scalar[] {
  return request.target.capabilities.namesBrokenKeys ? [] : newTableOrphans(childrenOfChangedValues(request));
}

/** Tables, also outside the sync, that point to a value which an update may take away: one outside the row's key. */
function childrenOfChangedValues({ changed, target: { schema } }: ApplyRequest): string[] {
  return [...schema.tables.values()]
    .filter(({ foreignKeys }) => foreignKeys.some((key) => mayChangeParent(key, { schema, changed })))
    .map(({ name }) => name);
}

/** Bytes of rows for empty tables that are compared in any case: more would keep readers waiting. */
const COMPARED_BYTES = 8_000_000;

/**
 * The tables whose cells are only read back and compared with the archive's hashes, for they were empty and there
 * is much for them: a row is stored there as it comes or not at all.
 */
export function tablesReadBack({ staged, listed, rules, plan, frames }: ApplyRequest): Set<string> {
  const filled = listed.writes.tables.filter(({ table }) => plan[table.name]?.live === 0);
  const bytes = filled.flatMap(({ shapes }) => shapes).reduce((sum, shape) => sum + shape.bytes, 0);
  if (rules.onConflict === "skip" || bytes <= COMPARED_BYTES) return new Set();
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
    ]) => (table.fts5 ? [] : [name]),
  );
  return new Set(names);
}

/** Sets a column to the sum of the scalars; its constraint takes nothing but 0. */
export function guardStatements(
  run: string,
  column: "remaining" | "orphans" | "moved",
  scalars: readonly Scalar[],
): Statement[] {
  return packScalars(scalars).map(({ expressions, params }) => ({
    sql: `UPDATE ${RUNS} SET ${column} = ${expressions.join(" + ")} WHERE key = ${params.add(run)}`,
    params: params.values,
  }));
}
