import { sqliteMessage } from "../../database/failure.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import { Params } from "../../database/sql/params.ts";
import type { RunContext } from "../run/index.ts";
import { GUARD_REMAINING, RUNS } from "../run/index.ts";
import {
  type IncomingRows,
  incomingRows,
  readListedParts,
  type StagedPart,
  shapeSql,
} from "../stage/index.ts";
import type { ApplyRequest } from "./statements/index.ts";
import { suspendObjects, upsertStatements } from "./statements/index.ts";

export interface RefusedRow {
  table: string;
  /** JSON; null when only the table was found. */
  key: string | null;
}

/**
 * Finds the first row that a constraint refuses, by halves: the rows up to one are written in a
 * transaction that always fails, and SQLite says whether it came as far as the failure. Null when no
 * row is refused by itself, or the budget ends.
 */
export async function locateRefusedRow(
  context: RunContext,
  request: ApplyRequest,
): Promise<RefusedRow | null> {
  for (const rows of incomingRows(request.listed.writes.tables)) {
    if (!context.budget.allows(20)) return null;
    if (!(await isRefused(context, request, rows))) continue;
    return { table: rows.staged.table.name, key: await findKey(context, request, rows) };
  }
  return null;
}

async function findKey(
  context: RunContext,
  request: ApplyRequest,
  { staged, shape }: IncomingRows,
): Promise<string | null> {
  const { table } = staged;
  const parts = (await readListedParts(context.database, context.key, "write")).filter(
    (part) => part.table === table.name && part.shape === shape.text,
  );
  let [accepted, refused] = [0, shape.rows];
  while (refused - accepted > 1) {
    if (!context.budget.allows(20)) return null;
    const middle = (accepted + refused) >> 1;
    const through = placeOfRow(parts, middle);
    if (await isRefused(context, request, { staged, shape: { ...shape, through } })) refused = middle;
    else accepted = middle;
  }
  const { row, ...place } = placeOfRow(parts, refused);
  const params = new Params();
  const key = table.key.columns.filter((name) => shape.columns.includes(name));
  if (key.length === 0) return null;
  const sql = shapeSql({ staged, shape: { ...shape, slice: { from: place, through: place } } }, params);
  const [found] = await context.database.query({
    sql: `SELECT ${keyJson(key, sql.cell)} FROM ${sql.from} WHERE s.n = ${row}`,
    params: params.values,
  });
  return (found?.[0] as string | undefined) ?? null;
}

async function isRefused(
  { database, key }: RunContext,
  request: ApplyRequest,
  rows: IncomingRows,
): Promise<boolean> {
  try {
    await database.batch([
      { sql: "PRAGMA defer_foreign_keys = on" },
      ...request.target.create.before,
      ...suspendObjects(request).suspend,
      ...upsertStatements(rows, request.rules, {
        ...request.target.capabilities,
        changed: request.changed.get(rows.staged.table.name) ?? [],
      }),
      // Also where the run is gone.
      {
        sql: `INSERT INTO ${RUNS} (key, status, record, remaining, started_at, updated_at) VALUES (?1, '', '', 1, 0, 0)`,
        params: [key],
      },
    ]);
  } catch (error) {
    return !sqliteMessage(error).includes(GUARD_REMAINING);
  }
  return false;
}

/** Where the n-th row (from 1) of a shape is staged. */
function placeOfRow(parts: readonly StagedPart[], n: number): { seq: number; part: number; row: number } {
  let left = n;
  for (const { seq, part, rows } of parts) {
    if (left <= rows) return { seq, part, row: left - 1 };
    left -= rows;
  }
  throw new RangeError(`There is no staged row ${n}`);
}
