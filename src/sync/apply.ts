import type { Statement } from "../database/port.ts";
import type { LiveSchema, LiveTable } from "../database/schema.ts";
import { quote } from "../database/sql.ts";
import { differs } from "./compare.ts";
import type { ConflictSite } from "./conflicts.ts";
import { withoutConflict } from "./conflicts.ts";
import { RUNS } from "./control.ts";
import { countScalars } from "./counts.ts";
import { deleteStatements } from "./deletes.ts";
import { historyStatements } from "./history.ts";
import { parkStatement, replaceStatements } from "./holders.ts";
import { Params } from "./params.ts";
import { remainingScalars } from "./remaining.ts";
import { packScalars, type Staged, type StagedShape, type StagedTable, shapeSql } from "./staged.ts";
import type { Mode, OnConflict } from "./types.ts";

export interface ApplyRequest {
  run: string;
  schema: LiveSchema;
  staged: Staged;
  mode: Mode;
  onConflict: OnConflict;
  version: number;
  parking: readonly ConflictSite[];
  /** Statements that lift AUTOINCREMENT sequences. */
  sequences: readonly Statement[];
  /** Statements that create what the target lacks: tables before the rows, the rest after them. */
  create: { before: Statement[]; after: Statement[] };
  /** Write `seed_history`. */
  history: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * The whole sync as one transaction. Its order matters:
 *
 * 1. foreign keys wait for the commit, so rows may come in any order
 * 2. the run is marked applied: a second driver's batch fails here
 * 3. what is about to change is counted into the run's results
 * 4. triggers go; they come back, as they were, at the end
 * 5. holders of unique values are parked or replaced, rows are upserted, and only then is anything
 *    deleted, children first: no cascade meets a row that stays
 * 6. the guard: rows that still differ roll everything back
 * 7. the history
 *
 * Readers see the database before or after. A crash leaves one of the two.
 */
export function applyStatements(request: ApplyRequest): Statement[] {
  const { run, schema, staged, mode, onConflict } = request;
  const triggers = schema.others.filter(
    ({ type, table }) =>
      type === "trigger" && staged.tables.some((affected) => affected.table.name === table),
  );
  return [
    { sql: "PRAGMA defer_foreign_keys = on" },
    {
      sql: `UPDATE ${RUNS} SET applied = applied + 1, status = 'verifying', results = NULL, updated_at = ?2 WHERE key = ?1`,
      params: [run, request.now],
    },
    ...request.create.before,
    ...recordStatements(
      run,
      "results",
      (expressions) => `concat_ws(',', results, ${expressions.join(", ")})`,
      countScalars(run, staged, mode, onConflict),
    ),
    ...triggers.map(({ name }): Statement => ({ sql: `DROP TRIGGER ${quote(name)}` })),
    ...(onConflict === "replace" ? replaceStatements(run, staged, mode) : []),
    ...request.parking.map((site) => parkStatement(run, site)),
    ...staged.tables.flatMap((table) => table.shapes.map((shape) => upsertStatement(request, table, shape))),
    ...(mode === "mirror" ? deleteStatements(run, staged) : []),
    ...request.sequences,
    ...recordStatements(
      run,
      "remaining",
      (expressions) => expressions.join(" + "),
      remainingScalars(run, staged, mode, onConflict),
    ),
    ...request.create.after,
    ...triggers.map(({ sql }): Statement => ({ sql })),
    ...(request.history ? historyStatements(run, request.version, request.now) : []),
  ];
}

/** `UPDATE runs SET column = …` over scalars, as few statements as fit. */
function recordStatements(
  run: string,
  column: string,
  combine: (expressions: string[]) => string,
  scalars: Parameters<typeof packScalars>[0],
): Statement[] {
  return packScalars(scalars).map(({ expressions, params }) => ({
    sql: `UPDATE ${RUNS} SET ${column} = ${combine(expressions)} WHERE key = ${params.add(run)}`,
    params: params.values,
  }));
}

/** Inserts the rows of one shape, and in every mode but `insert` updates those that are there and differ. */
function upsertStatement(
  { run, mode, onConflict }: ApplyRequest,
  staged: StagedTable,
  shape: StagedShape,
): Statement {
  const { table } = staged;
  const params = new Params();
  const sql = shapeSql(run, staged, shape, params);
  const skip = onConflict === "skip" ? ` AND ${withoutConflict(run, staged, shape, mode, params)}` : "";
  const insert = `INSERT INTO ${quote(table.name)} AS live (${shape.columns.map(quote).join(", ")})
    SELECT ${shape.columns.map(sql.cell).join(", ")} FROM ${sql.from} WHERE ${sql.where}${skip}`;
  return { sql: `${insert} ${onKeyConflict(table, shape, mode)}`, params: params.values };
}

function onKeyConflict(table: LiveTable, shape: StagedShape, mode: Mode): string {
  const { columns: key } = table.key;
  if (!key.every((name) => shape.columns.includes(name))) return "";
  const target = `ON CONFLICT (${key.map(quote).join(", ")})`;
  // A key's own columns are set too: their collation may take different texts for the same key.
  const set = shape.columns.filter((name) =>
    table.columns.some((column) => column.name === name && !isRowid(table, name)),
  );
  if (mode === "insert" || set.length === 0) return `${target} DO NOTHING`;
  const different = differs(
    table,
    shape,
    (column) => `live.${column}`,
    (name) => `excluded.${quote(name)}`,
  );
  return `${target} DO UPDATE SET ${set.map((name) => `${quote(name)} = excluded.${quote(name)}`).join(", ")} WHERE ${different}`;
}

function isRowid(table: LiveTable, name: string): boolean {
  if (table.withoutRowid || table.key.columns.length !== 1 || table.key.columns[0] !== name) return false;
  return (
    table.key.kind === "rowid" ||
    table.columns.some((column) => column.name === name && column.type.toUpperCase() === "INTEGER")
  );
}
