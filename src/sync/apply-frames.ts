import { sqliteMessage } from "../database/failure.ts";
import type { Statement } from "../database/port.ts";
import { FerryError } from "../errors.ts";
import {
  type ApplyRequest,
  changeStatements,
  commitStatements,
  committedResults,
  deleteRows,
  guardOrphans,
  rebuildSearch,
  recordResults,
  suspendObjects,
} from "./apply.ts";
import { conflictSites } from "./conflicts.ts";
import type { RunContext } from "./context.ts";
import { FRAMES, GUARD_FRAME, RUNS } from "./control.ts";
import { liveScalars, rowScalars } from "./counts.ts";
import { childrenFirst } from "./deletes.ts";
import { findOpenKeys, type OpenKeys } from "./open-keys.ts";
import type { Staged, StagedTable } from "./staged.ts";

/** A staged part that is not applied yet. */
interface PendingPart {
  /** 1 writes the rows; 2 completes their open foreign keys. */
  pass: 1 | 2;
  table: string;
  shape: string;
  seq: number;
  part: number;
}

/**
 * The road for what one transaction should not carry: each staged part in a transaction of its own,
 * with its own mark, parents before children, then the deletes, then the guard and the history.
 * Exactly once, like the atomic road, but readers see it in between. Answers the results; null when
 * the budget ends first.
 */
export async function applyByFrames(context: RunContext, request: ApplyRequest): Promise<string | null> {
  const { database, budget } = context;
  const { staged, create } = request;
  const open = findOpenKeys(staged, request.rules);
  if (!(await hasBegun(context))) {
    await database.batch(beginStatements(request));
    // The next invocation sees what the new tables are.
    if (create.before.length > 0) return null;
  }
  const pending = await readPending(context, staged, open);
  const steps = [
    ...pending.map((part) => partStatements(request, part, open)),
    ...childrenFirst(staged.tables).map((table) => deleteStep(request, table)),
    ...rebuildSearch(request).map((statement) => [statement]),
    ...request.create.after.map((statement) => [statement]),
    commitStatements({ ...request, create: { ...request.create, after: [] } }),
  ].filter((step) => step.length > 0);
  let results = "";
  for (const step of steps) {
    refuseOversized(step.length, context);
    if (!budget.allows(step.length)) return null;
    try {
      results = committedResults(await database.batch(step));
    } catch (error) {
      // Another driver applied this part in the meantime.
      if (!sqliteMessage(error).includes(GUARD_FRAME)) throw error;
    }
    await context.beat();
  }
  return results;
}

/** Statements around a step in an invocation that does nothing else. */
const OVERHEAD = 12;

/** A step that no invocation has room for would be tried for ever. */
function refuseOversized(statements: number, { budget }: RunContext): void {
  if (statements + OVERHEAD <= budget.batchStatements) return;
  throw new FerryError(
    "UNSUPPORTED",
    `A step of this sync takes ${statements} statements, and an invocation may run ${budget.batchStatements}. What was applied stays; the rest is not.`,
    { hint: "Sync fewer tables at a time, or on a platform that allows more database calls." },
  );
}

/** A mirror's deletes in one table; nothing when there are none. */
function deleteStep(request: ApplyRequest, table: StagedTable): Statement[] {
  const narrowed = { ...request, staged: { ...request.staged, tables: [table] } };
  const deletes = deleteRows(narrowed);
  if (deletes.length === 0) return [];
  const { suspend, resume } = suspendObjects(narrowed);
  return [...suspend, ...deletes, ...resume];
}

/** Makes what is missing and counts what is there, once. */
function beginStatements({ rules: { run }, staged, create }: ApplyRequest): Statement[] {
  return [
    {
      sql: `UPDATE ${RUNS} SET results = '', record = json_set(record, '$.created', json(?2)) WHERE key = ?1`,
      params: [run, JSON.stringify(create.tables)],
    },
    ...create.before,
    ...recordResults(run, liveScalars(staged)),
  ];
}

async function hasBegun({ database, key }: RunContext): Promise<boolean> {
  const rows = await database.query({
    sql: `SELECT 1 FROM ${RUNS} WHERE key = ?1 AND results IS NOT NULL`,
    params: [key],
  });
  return rows.length > 0;
}

/** One part of one table, and the whole table beside it. */
function partStatements(request: ApplyRequest, pending: PendingPart, open: OpenKeys): Statement[] {
  const { table, shape, seq, part, pass } = pending;
  const whole = request.staged.tables.find((staged) => staged.table.name === table) as StagedTable;
  const shapes = whole.shapes
    .filter(({ text }) => text === shape)
    .map((found) => ({ ...found, part: { seq, part } }));
  const staged: Staged = { ...request.staged, tables: [{ ...whole, shapes, whole: whole.shapes }] };
  const parked = new Set(request.parking.map(({ index }) => index));
  const narrowed: ApplyRequest = {
    ...request,
    staged,
    parking: conflictSites(staged).filter(({ index }) => parked.has(index)),
    ...(pass === 1 ? { open } : {}),
  };
  const { run } = request.rules;
  const { suspend, resume } = suspendObjects(narrowed);
  return [
    { sql: "PRAGMA defer_foreign_keys = on" },
    {
      sql: `UPDATE ${FRAMES} SET applied = iif(applied = ${pass - 1}, ${pass}, 3)
        WHERE run = ?1 AND seq = CAST(?2 AS INTEGER) AND part = CAST(?3 AS INTEGER)`,
      params: [run, seq, part],
    },
    ...(pass === 1 ? recordResults(run, rowScalars(staged, request.rules)) : []),
    ...suspend,
    ...changeStatements(narrowed),
    ...resume,
    ...guardOrphans(narrowed),
  ];
}

/**
 * What is left to do. Parents first, so that each transaction's foreign keys hold; within a table in
 * frame order; open foreign keys when all rows are there.
 */
async function readPending(
  { database, key }: RunContext,
  staged: Staged,
  open: OpenKeys,
): Promise<PendingPart[]> {
  const rows = await database.query({
    sql: `SELECT tbl, shape, seq, part, applied FROM ${FRAMES} WHERE run = ?1 AND applied < 2 AND row_count > 0 ORDER BY seq, part`,
    params: [key],
  });
  const order = childrenFirst(staged.tables).map(({ table }) => table.name);
  const parts = (rows as [string, string, number, number, number][]).flatMap(
    ([table, shape, seq, part, applied]): PendingPart[] => {
      const passes = [...(applied === 0 ? [1 as const] : []), ...(open.has(table) ? [2 as const] : [])];
      return passes.map((pass) => ({ table, shape, seq, part, pass }));
    },
  );
  return parts.sort(
    (a, b) =>
      a.pass - b.pass || order.indexOf(b.table) - order.indexOf(a.table) || a.seq - b.seq || a.part - b.part,
  );
}
