import { sqliteMessage } from "../../database/failure.ts";
import type { Database } from "../../database/port.ts";
import type { ForeignKey } from "../../database/schema.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import { Params } from "../../database/sql/params.ts";
import { tuple } from "../../database/sql/syntax.ts";
import { FerryError } from "../../errors.ts";
import { isOrphan } from "../compare/index.ts";
import type { RunContext } from "../run/index.ts";
import { GUARD_ORPHANS, GUARD_REMAINING } from "../run/index.ts";
import type { Staged, StagedShape, StagedTable } from "../stage/index.ts";
import { shapeSql } from "../stage/index.ts";
import { locateRefusedRow, type RefusedRow } from "./find-refused-row.ts";
import type { ApplyRequest } from "./statements/index.ts";

/** In which state a refused apply left the tables. */
function stateOf({ inParts }: ApplyRequest): string {
  return inParts.partly
    ? "Frames before it are applied and stay; the same call goes on when the cause is gone."
    : "No table was changed.";
}

/**
 * What a rolled back apply means, for people: which table, column and row. SQLite names the
 * constraint; the row is looked for among the staged ones.
 */
export async function diagnose(
  context: RunContext,
  request: ApplyRequest,
  error: unknown,
): Promise<FerryError> {
  const { staged } = request;
  const unchanged = stateOf(request);
  const message = sqliteMessage(error);
  if (message.includes(GUARD_REMAINING)) {
    return new FerryError(
      "VERIFICATION_FAILED",
      `After the apply rows still differed, so it was rolled back. ${unchanged}`,
      {
        hint: "Something writes to the target at the same time, or a type of the target changes the values. Plan again.",
        cause: error,
      },
    );
  }
  if (message.includes("FOREIGN KEY constraint failed") || message.includes(GUARD_ORPHANS))
    return foreignKeyError(context, staged, unchanged, error);
  const constraint = /^(UNIQUE|NOT NULL|CHECK) constraint failed: |^cannot store|^datatype mismatch/.exec(
    message,
  );
  if (constraint !== null) {
    // Rows that swap values are displaced first, which the search leaves out.
    const searchable = constraint[1] !== "UNIQUE" || request.displaced.sites.length === 0;
    const row = searchable ? await locateRefusedRow(context, request) : null;
    return constraintError(
      message,
      constraint[1] === "UNIQUE" ? "UNIQUE_CONFLICT" : "ROW_REFUSED",
      row,
      unchanged,
      error,
    );
  }
  if (error instanceof FerryError && error.code === "DATABASE_ERROR") {
    // A connection that broke may have broken behind the commit.
    const state = error.transient
      ? "All or nothing of it was applied: the same call again goes on."
      : unchanged;
    return new FerryError("DATABASE_ERROR", `${error.message}. ${state}`, {
      ...(error.details === undefined ? {} : { details: error.details }),
      transient: error.transient,
      cause: error,
    });
  }
  return error instanceof FerryError ? error : new FerryError("INTERNAL", String(error), { cause: error });
}

function constraintError(
  constraint: string,
  code: "UNIQUE_CONFLICT" | "ROW_REFUSED",
  row: RefusedRow | null,
  unchanged: string,
  cause: unknown,
): FerryError {
  const key = row?.key == null ? "A row" : `The row with the key ${row.key}`;
  const which = row === null ? "A row" : `${key} of "${row.table}"`;
  const hint =
    code === "UNIQUE_CONFLICT"
      ? "The document holds the value twice, or another row of the target holds it. Under an index over an expression or a part of the rows, skip and replace cannot settle that: correct the row."
      : "Correct the row in the source, or the target's schema.";
  return new FerryError(code, `${which} was refused: ${constraint}. ${unchanged}`, {
    hint,
    details: { constraint, ...(row === null ? {} : row), ...namedColumn(constraint) },
    cause,
  });
}

/** The table and column that SQLite's message names, as in "NOT NULL constraint failed: posts.title". */
function namedColumn(constraint: string): { table?: string; column?: string } {
  const named = /^NOT NULL constraint failed: (.+)\.([^.]+)$|column (.+)\.([^.]+)$/s.exec(constraint);
  const [table, column] = [named?.[1] ?? named?.[3], named?.[2] ?? named?.[4]];
  return table === undefined || column === undefined ? {} : { table, column };
}

async function foreignKeyError(
  { database, budget, key: run }: RunContext,
  staged: Staged,
  unchanged: string,
  cause: unknown,
): Promise<FerryError> {
  for (const child of staged.tables) {
    for (const key of child.table.foreignKeys) {
      // Which row it is, is worth knowing as long as the request has calls left to ask.
      if (!budget.withinLimit(child.shapes.length)) break;
      const orphan = await findOrphan(database, run, staged, child, key);
      if (orphan === null) continue;
      const columns = key.columns.join(", ");
      return new FerryError(
        "FOREIGN_KEY",
        `The row with the key ${orphan} of "${child.table.name}" points to a row of "${key.parent}" (${columns}) that is not there. ${unchanged}`,
        {
          hint: `Include "${key.parent}" in the sync, or correct the row in the source.`,
          details: { table: child.table.name, columns: key.columns, parent: key.parent, key: orphan },
          cause,
        },
      );
    }
  }
  return new FerryError("FOREIGN_KEY", `A foreign key would point to nothing. ${unchanged}`, {
    hint: "Rows that stay would lose the row they point to. Include their tables in the sync.",
    cause,
  });
}

async function findOrphan(
  database: Database,
  run: string,
  staged: Staged,
  child: StagedTable,
  key: ForeignKey,
): Promise<string | null> {
  const parent = staged.tables.find(({ table }) => table.name === key.parent);
  return findRow(database, run, staged, child.table.name, (cell, shape, params) => {
    if (!key.columns.every((name) => shape.columns.includes(name))) return null;
    const pointing = key.columns.map(cell);
    const incoming = (parent?.shapes ?? []).flatMap((other) => {
      if (parent === undefined || !key.parentColumns.every((name) => other.columns.includes(name))) return [];
      const sql = shapeSql(run, parent, other, params);
      return `${tuple(pointing)} NOT IN (SELECT ${key.parentColumns.map(sql.cell).join(", ")} FROM ${sql.from})`;
    });
    return [isOrphan(key, { cell }), ...incoming].join(" AND ");
  });
}

/** The key, as JSON, of the first staged row of a table that a condition holds for; null when there is none. */
async function findRow(
  database: Database,
  run: string,
  staged: Staged,
  tableName: string,
  condition: (cell: (column: string) => string, shape: StagedShape, params: Params) => string | null,
): Promise<string | null> {
  const table = staged.tables.find((candidate) => candidate.table.name === tableName);
  for (const shape of table?.shapes ?? []) {
    if (table === undefined) return null;
    const params = new Params();
    const sql = shapeSql(run, table, shape, params);
    const where = condition(sql.cell, shape, params);
    if (where === null) continue;
    const key = table.table.key.columns.filter((name) => shape.columns.includes(name));
    const rows = await database.query({
      sql: `SELECT ${keyJson(key, sql.cell)}
        FROM ${sql.from} WHERE ${where} LIMIT 1`,
      params: params.values,
    });
    if (rows[0] !== undefined) return rows[0][0] as string;
  }
  return null;
}
