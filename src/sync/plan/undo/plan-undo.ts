import type { LiveSchema } from "../../../database/schema.ts";
import { Params } from "../../../database/sql/params.ts";
import { evaluate, packScalars, type Scalar } from "../../../database/sql/scalars.ts";
import { tuple } from "../../../database/sql/syntax.ts";
import { conflictSites } from "../../compare/index.ts";
import {
  asOurs,
  CHANGES,
  type CountEntry,
  fenceStatement,
  type LeftRows,
  type PlanProgress,
  type RunContext,
} from "../../run/index.ts";
import {
  keysOf,
  type ListedRows,
  listKeys,
  liveKey,
  readListedRows,
  type StagedTable,
  shapeSql,
} from "../../stage/index.ts";
import { listRows, type PlanRequest, type PlanResult, takeStep } from "../count-plan.ts";
import { conflictScalars, freshLists, liveStep, runStep, type Step } from "../counting-steps.ts";
import { overtaken } from "../refusals.ts";
import { type HeldSite, heldSites, OF_UNDOS } from "./held-rows.ts";
import { countLost, listChosen, listLost } from "./keyless-rows.ts";
import { countEdited, forgetRestored, listEdited, listRestored } from "./undo-lists.ts";
import { type UndoTable, undoTable } from "./undo-table.ts";

export interface UndoRequest extends PlanRequest {
  /** Takes back also what somebody has edited since. */
  edited: boolean;
  /** An earlier plan of the run has written some of its rows. */
  begun: boolean;
  /** An undo has gone by the same rows before, and taken what it could of those without keys. */
  takenBefore: boolean;
}

/** Statements of lists that one step takes. */
const LISTS_AT_ONCE = 12;

/** Places with held rows that one step settles. */
const SITES_AT_ONCE = 6;

/**
 * Finds out what an undo would do: which rows are still as the run left them, and which of those no constraint
 * holds. As `planRun`: null when the budget ends first, and `progress` says where to go on.
 */
export async function planUndo(
  context: RunContext,
  request: UndoRequest,
  progress: PlanProgress,
): Promise<PlanResult | null> {
  const { staged, schema } = request;
  const takesKeyless = !request.takenBefore;
  const tables = staged.tables.map((table) => undoTable(table, { takesKeyless }));
  const steps = [liveStep(staged), ...listingSteps(context, tables, request)];
  for (const step of steps.slice(progress.steps)) {
    if (!(await takeStep(context, { step, tables: staged.tables }, progress))) return null;
  }
  if (progress.settled !== true) {
    if (!(await settleHeld(context, tables, schema))) return null;
    if (!(await countRestored(context, request, progress))) return null;
    progress.settled = true;
  }
  const going = new Map(
    tables.map(({ staged: { table }, deletes, gone }) => [table.name, deletes ? gone : null]),
  );
  const found = await listRows(
    context,
    {
      ...request,
      present: staged,
      deleted: (table) => goingRows(going.get(table.table.name) ?? null),
      look: () => refuseOvertaken(context, tables, request),
    },
    progress,
  );
  if (found === null) return null;
  tellLeft(found.plan, found.listed);
  return found;
}

/** Lists what is edited, and by that what is taken back. */
function listingSteps(
  context: RunContext,
  tables: readonly UndoTable[],
  { edited, begun }: UndoRequest,
): Step[] {
  const lists = [
    ...(begun ? [] : tables.flatMap(listChosen)),
    ...(edited ? [] : tables.flatMap(listEdited)),
    ...tables.flatMap(listLost),
    // Behind all that is edited.
    ...tables.flatMap(listRestored),
  ];
  const fence = [fenceStatement(context.key, context.driver)];
  const steps: Step[] = [];
  for (let i = 0; i < Math.max(lists.length, 1); i += LISTS_AT_ONCE) {
    const own = lists.slice(i, i + LISTS_AT_ONCE);
    steps.push({
      statements: [...(i === 0 ? freshLists(context, begun ? ["chosen", "taken"] : []) : fence), ...own],
      counted: [],
    });
  }
  return steps;
}

/** Moves held rows to their list until there is none. False where the budget ends first. */
async function settleHeld(
  context: RunContext,
  tables: readonly UndoTable[],
  schema: LiveSchema,
): Promise<boolean> {
  const { database, key, driver, budget, beat } = context;
  const sites = heldSites(tables, schema);
  const scalars = sites.map(countHeld);
  const asking = packScalars(scalars).length;
  if (asking === 0) return true;
  for (;;) {
    if (!budget.allows(asking)) return false;
    const { values } = await evaluate(database, scalars);
    const found = sites.filter((_, i) => Number(values[i]) > 0).slice(0, SITES_AT_ONCE);
    if (found.length === 0) return true;
    const again = [...new Set(found.map(({ undo }) => undo))];
    const [row] = await database.query({
      sql: `SELECT ifnull(max(piece), -1) + 1 FROM ${CHANGES} WHERE run = ?1 AND list = 'held'`,
      params: [key],
    });
    const first = row?.[0] as number;
    const statements = [
      fenceStatement(key, driver),
      ...found.map((site, i) => listHeld(site, first + i)),
      ...again.flatMap((undo) => [forgetRestored(undo), ...listRestored(undo)]),
    ];
    if (!budget.allows(statements.length)) return false;
    await asOurs(key, database.batch(statements));
    await beat();
  }
}

function countHeld({ rows, which }: HeldSite): Scalar {
  return (params) => {
    const sql = shapeSql(rows, params);
    return `SELECT count(*) FROM ${sql.from} ${which(sql, params)}`;
  };
}

/** Once, where more than one thing holds a row. */
function listHeld({ undo, rows, which }: HeldSite, piece: number) {
  const params = new Params();
  const sql = shapeSql({ ...rows, placed: true }, params);
  const key = tuple(rows.staged.table.key.columns.map(sql.cell));
  const isNew = `(${key} IN (${keysOf(undo.held, params)})) IS NOT 1`;
  return listKeys({ to: undo.held, rows, sql, which: `${which(sql, params)} AND ${isNew}`, piece }, params);
}

/** Live rows may have been read behind an edit, and then the apply would not see it. False where the budget ends first. */
async function refuseOvertaken(
  { database, budget }: RunContext,
  tables: readonly UndoTable[],
  { edited }: UndoRequest,
): Promise<boolean> {
  const scalars = [...(edited ? [] : tables.flatMap(countEdited)), ...tables.flatMap(countLost)];
  if (!budget.allows(packScalars(scalars).length)) return false;
  const { values } = await evaluate(database, scalars);
  if (values.some((value) => Number(value) > 0)) throw overtaken();
  return true;
}

/** Counts the rows that are written, and where values move between them. */
async function countRestored(
  context: RunContext,
  { staged, schema }: UndoRequest,
  progress: PlanProgress,
): Promise<boolean> {
  if (!context.budget.allows(COUNTING)) return false;
  const listed = await readListedRows(context.database, schema, staged);
  const { tables } = listed.writes;
  const known = staged.tables.map(({ table }): CountEntry => {
    const own = tables.find((one) => one.table.name === table.name);
    const updates = own?.shapes.reduce((sum, shape) => sum + (shape.updates ?? 0), 0) ?? 0;
    return ["rows", table.name, own?.rows ?? 0, updates, updates, 0];
  });
  // Whoever has a value and does not give way holds the row, and that row is not written.
  const counted = conflictScalars(conflictSites(tables), OF_UNDOS);
  await runStep(context, { step: { statements: [], counted, known }, tables }, progress);
  return true;
}

/** Statements that count what is taken back, where few values are unique. */
const COUNTING = 4;

function goingRows(gone: StagedTable | null): ((params: Params) => string) | null {
  if (gone === null) return null;
  const { table } = gone;
  return (params) => `${tuple(liveKey(table))} IN (${keysOf(gone, params)})`;
}

function tellLeft(plan: PlanResult["plan"], { left }: ListedRows): void {
  const total: LeftRows = { edited: 0, held: 0 };
  for (const [name, own] of Object.entries(plan.tables)) {
    const rows = (tables: readonly StagedTable[]) =>
      tables.find(({ table }) => table.name === name)?.rows ?? 0;
    const counts = { edited: rows(left.edited), held: rows(left.held) };
    if (counts.edited + counts.held === 0) continue;
    own.left = counts;
    total.edited += counts.edited;
    total.held += counts.held;
  }
  if (total.edited + total.held > 0) plan.left = total;
}
