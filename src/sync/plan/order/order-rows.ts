import type { Statement } from "../../../database/port.ts";
import type { LiveSchema } from "../../../database/schema.ts";
import { ownReferences } from "../../compare/index.ts";
import { asOurs, CHANGES, fenceStatement, type OrderingProgress, type RunContext } from "../../run/index.ts";
import { keyedFirst, readListedParts, type Staged, transactionSlices } from "../../stage/index.ts";
import { overtaken } from "../refusals.ts";
import { findMoves, type NoOrder } from "./find-moves.ts";
import { fitMoves, moveStatements } from "./move-rows.ts";
import {
  forwardStatements,
  inKeyOrder,
  mayAskForKeyOrder,
  type NumberedRows,
  numberRows,
  readReferences,
  referenceStatements,
  type TableToOrder,
} from "./read-references.ts";

/*
 * Rows of a table that point to rows of their own table are brought into an order in which each comes behind those that it
 * points to. So each of many transactions commits rows as they are to be, and no key is left empty for a while. Also
 * within one transaction SQLite takes a row that comes ahead of its parent for a debt, and with each row that follows
 * looks through the table for who may have waited for it.
 *
 * In comes the list of rows to write; out comes the same list, its late rows in parts of their own behind the others.
 * What a crash leaves is a list of the same rows, which is ordered anew.
 */

export interface OrderRequest {
  writes: Staged;
  /** As it will be. */
  schema: LiveSchema;
  /** Tables that the run makes. */
  created: ReadonlySet<string>;
}

/** Rows of a table from which their order is worth a look, where they are one part. */
const WORTH_A_LOOK = 2_000;

/** What SQL and JavaScript can look at together: rows, and bytes of them. */
const MOST_ROWS = 500_000;

const MOST_BYTES = 500_000_000;

/** Null when the budget ends first; else whether rows have moved. `progress` says where to go on. */
export async function orderRows(
  context: RunContext,
  { writes, schema, created }: OrderRequest,
  progress: OrderingProgress,
): Promise<boolean | null> {
  let moved = false;
  for (const staged of writes.tables.slice(progress.tables)) {
    const made = created.has(staged.table.name);
    const keys = ownReferences(staged.table, { schema, made });
    if (keys.length > 0 && staged.rows > 1) {
      const done = await orderTable(context, { staged, keys, made }, progress);
      if (done === null) return null;
      moved ||= done;
    }
    progress.tables++;
    progress.pairs = 0;
  }
  return moved;
}

async function orderTable(
  context: RunContext,
  asked: TableToOrder,
  progress: OrderingProgress,
): Promise<boolean | null> {
  const { budget, database, key: run, options } = context;
  const { staged, keys } = asked;
  const { table, shapes } = staged;
  let moved = false;
  const leave = ({ why, rows }: NoOrder) => {
    const columns = [...new Set(keys.flatMap((key) => key.columns))];
    progress.unordered.push({ table: table.name, columns, rows, why });
    return moved;
  };
  for (;;) {
    if (!budget.allows(1)) return null;
    const all = await readListedParts(database, run, "write");
    const parts = keyedFirst(staged, all);
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    if (parts.length <= 1 && rows < WORTH_A_LOOK) return moved;
    const numbered = numberRows(asked, parts, options.sliceBytes);
    const ordered = await isInOrder(context, numbered, progress);
    if (ordered === null) return null;
    if (ordered) return moved;
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    const asking = referenceStatements(numbered);
    const statements = asking.length + numbered.slices.length + AROUND_MOVES + 2 * shapes.length;
    // No other invocation has room for it either.
    const never = budget.countWithStep(statements) > budget.limit;
    if (rows > MOST_ROWS || bytes > MOST_BYTES || never) return leave({ why: "many", rows });
    if (!budget.allows(statements, Math.min(bytes, budget.bytes))) return null;
    budget.spend(0, bytes);
    const references = await readReferences(database, numbered, asking);
    const limits = transactionSlices([staged], options.sliceBytes);
    const moves = await findMoves(database, numbered, { references, limits });
    if (moves === null) return moved;
    if ("why" in moves) return leave(moves);
    if (!moves.shapes.every((one) => fitMoves(one.parts))) return leave({ why: "many", rows });
    const firstSeq = Math.max(...all.map(({ seq }) => seq)) + 1;
    const going = moves.shapes.flatMap((one) => moveStatements({ ...one, firstSeq, made: asked.made }));
    await moveRows(context, going, numbered);
    progress.pairs = 0;
    moved = true;
    if (moves.whole) return moved;
  }
}

/** Statements around those that move rows. */
const AROUND_MOVES = 3;

/** Null when the budget ends before it is known. */
async function isInOrder(
  { database, budget, beat }: RunContext,
  numbered: NumberedRows,
  progress: OrderingProgress,
): Promise<boolean | null> {
  if (progress.pairs === 0 && mayAskForKeyOrder(numbered)) {
    if (!budget.allows(numbered.slices.length)) return null;
    if (await inKeyOrder(database, numbered)) return true;
  }
  for (const statement of forwardStatements(numbered).slice(progress.pairs)) {
    if (statement !== null) {
      if (!budget.allows(1)) return null;
      if ((await database.query(statement)).length > 0) return false;
      await beat();
    }
    progress.pairs++;
  }
  return true;
}

/** Rejects with `PLAN_STALE` where a row has come or gone since the list was made. */
async function moveRows(
  { database, key, driver, beat }: RunContext,
  statements: readonly Statement[],
  { staged, parts }: NumberedRows,
): Promise<void> {
  const counted = {
    sql: `SELECT sum(row_count), sum(updates) FROM ${CHANGES} WHERE run = ?1 AND list = 'write' AND tbl = ?2`,
    params: [key, staged.table.name],
  };
  const answers = await asOurs(key, database.batch([fenceStatement(key, driver), ...statements, counted]));
  const [rows, updates] = (answers.at(-1)?.rows[0] ?? []) as number[];
  const sum = (of: "rows" | "updates") => parts.reduce((total, part) => total + part[of], 0);
  if (rows !== sum("rows") || updates !== sum("updates")) throw overtaken();
  await beat();
}
