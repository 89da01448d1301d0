import type { Database } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { quote } from "../../database/sql/syntax.ts";
import {
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  forgetWrites,
  isDeleted,
  keysToOutside,
  leftOver,
  listAll,
  listConflicts,
  mayDelete,
  willBeCleared,
} from "../compare/index.ts";
import type {
  Atomic,
  ChangedColumns,
  CountEntry,
  Plan,
  PlanProgress,
  RunContext,
  TablePlan,
  UnorderedTable,
} from "../run/index.ts";
import { asOurs, fenceStatement, isOurs, readCounts, takenOver } from "../run/index.ts";
import type { ListedRows, Staged, StagedTable } from "../stage/index.ts";
import {
  incomingRows,
  readListedParts,
  readListedRows,
  readParts,
  transactionSlices,
} from "../stage/index.ts";
import { chooseTransactions, type TransactionLimits } from "./choose-transactions.ts";
import {
  callsOf,
  countAt,
  countingSteps,
  liveStep,
  refuseOrphans,
  runStep,
  type Step,
  stepBytes,
} from "./counting-steps.ts";
import { listLiveRows } from "./list-live-rows.ts";
import { orderRows } from "./order/order-rows.ts";
import { overtaken } from "./refusals.ts";

export interface PlanRequest {
  staged: Staged;
  rules: ConflictRules;
  /** Tables that are not there yet: the apply makes them. */
  created: ReadonlySet<string>;
  /** The target's, as it will be. */
  schema: LiveSchema;
  atomic: Atomic;
}

export interface PlanResult {
  plan: Plan;
  /** The rows that it is. */
  listed: ListedRows;
  changed: ChangedColumns;
  /** Where rows must be displaced before the apply writes others. */
  displacing: ConflictSite[];
  /** Tables that only one transaction can write. */
  unordered: UnorderedTable[];
  /** Incoming rows of each table that differ from the live row of their key, whatever becomes of them. */
  differing: Record<string, number>;
}

export const NOTHING_COUNTED: PlanProgress = {
  steps: 0,
  entries: [],
  sites: {},
  orphans: {},
  databaseBytes: null,
  listing: null,
};

/**
 * Finds out what the apply would do, without doing it: SQL compares the staged frames with the live tables, a slice
 * at a time where there are many, and lists the rows that would be written; then the live rows are
 * read that these are written over. Null when the budget ends first; `progress` then says where to go on.
 */
export async function planRun(
  context: RunContext,
  request: PlanRequest,
  progress: PlanProgress,
): Promise<PlanResult | null> {
  const { database, key } = context;
  const { staged, rules, created } = request;
  const outside = rules.onConflict === "skip" ? [] : keysToOutside(staged, request);
  const present = { ...staged, tables: staged.tables.filter(({ table }) => !created.has(table.name)) };
  const parts = present.bytes <= stepBytes(context) ? null : await readParts(database, key);
  const take = (step: Step) => takeStep(context, { step, tables: present.tables }, progress);
  // What is there decides how the rest is counted.
  if (progress.steps === 0 && !(await take(liveStep(present)))) return null;
  const live = readCounts(progress.entries, rules.mode);
  const meets = ({ table: { name } }: StagedTable) => !created.has(name) && (live[name]?.live ?? 0) > 0;
  for (const step of countingSteps(context, { staged, outside, parts, rules, meets }).slice(
    progress.steps - 1,
  )) {
    if (!(await take(step))) return null;
  }
  refuseOrphans(outside, progress);
  return listRows(context, { ...request, present }, progress);
}

/** Runs a step, and notes it. False where the budget ends first. */
export async function takeStep(
  context: RunContext,
  { step, tables }: { step: Step; tables: readonly StagedTable[] },
  progress: PlanProgress,
): Promise<boolean> {
  const { budget, beat } = context;
  if (!budget.allows(callsOf(step))) return false;
  await runStep(context, { step, tables }, progress);
  progress.steps++;
  await beat();
  return true;
}

/** Statements that read what is listed, describe what is to be read, and read some of it; and those that end the plan. */
const LISTING = 8;

const CONCLUDING = 5;

export interface ListRequest extends PlanRequest {
  /** What is staged for tables that are there. */
  present: Staged;
  /** Which live rows of a table go; null for none. @default what the rules say */
  deleted?: (table: StagedTable) => ((params: Params) => string) | null;
  /** Called once all is read; false where the budget ends before it has looked. Throws what was overtaken. */
  look?: () => Promise<boolean>;
}

/** Lists the live rows that are to be written over. Null when the budget ends first. */
export async function listRows(
  context: RunContext,
  request: ListRequest,
  progress: PlanProgress,
): Promise<PlanResult | null> {
  const { database, key, budget } = context;
  const { staged, present, rules, schema } = request;
  // One step: an invocation that only reads what is listed comes no further.
  if (!budget.allows(LISTING)) return null;
  const tables = readCounts(progress.entries, rules.mode);
  const byRules = request.deleted === undefined;
  const { deleted = (table: StagedTable) => deletedRows(table, rules) } = request;
  const cleared = present.tables.filter(
    (table) => byRules && willBeCleared(table, tables[table.table.name], rules.mode),
  );
  if (progress.listing === null && cleared.length > 0) await listCleared(context, cleared);
  const before = await readInOrder(context, request, progress);
  if (before === null) return null;
  const changes = before.writes.rows > 0 || staged.tables.some((table) => mayDelete(table, rules));
  const input = {
    staged: present,
    listed: before,
    parts: changes ? await readListedParts(database, key, "write") : [],
    tables,
    deleted,
    cleared,
    limits: transactionSlices(staged.tables, context.options.sliceBytes),
    displacing: displacingSites(present, progress),
  };
  const found = await listLiveRows(context, input, progress);
  if (found === "stopped" || (found === "read" && !budget.allows(CONCLUDING))) return null;
  if (request.look !== undefined && !(await request.look())) return null;
  const isRead = progress.listing !== null && progress.listing.bytes.length > 0;
  const listed = isRead ? await readListedRows(database, schema, staged) : before;
  if (wasOvertaken(listed, cleared, tables)) throw (await isOurs(context)) ? overtaken() : takenOver(key);
  // Where nothing comes in, all that is there is listed as deleted.
  const anew = cleared.filter(({ table }) => listed.deletes.every((list) => list.table.name !== table.name));
  const left = anew.map(({ table: { name } }) => ({ name, rows: leftOver(tables[name] as TablePlan) }));
  return concludePlan(database, { ...request, listed, left: rules.mode === "mirror" ? left : [] }, progress);
}

/** What is listed so far, in an order in which it can be written; null where the budget ends before it is. */
async function readInOrder(
  context: RunContext,
  { staged, schema, created }: ListRequest,
  progress: PlanProgress,
): Promise<ListedRows | null> {
  const listed = await readListedRows(context.database, schema, staged);
  if (progress.listing !== null) return listed;
  progress.ordering ??= { tables: 0, pairs: 0, unordered: [] };
  const moved = await orderRows(context, { writes: listed.writes, schema, created }, progress.ordering);
  if (moved === null) return null;
  return moved ? readListedRows(context.database, schema, staged) : listed;
}

/** True in SQL for the live rows that the run deletes; null where it deletes none. */
function deletedRows(table: StagedTable, rules: ConflictRules): ((params: Params) => string) | null {
  if (!mayDelete(table, rules)) return null;
  return (params) => isDeleted(table, rules, params, quote(table.table.name));
}

/** A table that is cleared is written whole. */
async function listCleared(context: RunContext, tables: readonly StagedTable[]): Promise<void> {
  const { database, key, driver } = context;
  const rows = incomingRows(tables);
  const listing = [fenceStatement(key, driver), ...rows.map(forgetWrites), ...listAll(key, rows)];
  await asOurs(key, database.batch(listing));
}

/** True where a row that is to be updated was gone before it was read, or a table that is cleared has other rows than were counted. */
function wasOvertaken(
  { writes, befores }: ListedRows,
  cleared: readonly StagedTable[],
  counted: Readonly<Record<string, TablePlan>>,
): boolean {
  return writes.tables.some(({ table: { name }, shapes }) => {
    const read = befores.find(({ table }) => table.name === name)?.rows ?? 0;
    if (cleared.some(({ table }) => table.name === name)) return read !== counted[name]?.live;
    return read !== shapes.reduce((sum, shape) => sum + (shape.updates ?? 0), 0);
  });
}

interface ListedPlan extends PlanRequest {
  present: Staged;
  listed: ListedRows;
  /** Rows that go with the clearing of their tables. */
  left: readonly { name: string; rows: number }[];
}

async function concludePlan(
  database: Database,
  { staged, present, rules, atomic, listed, left }: ListedPlan,
  progress: PlanProgress,
): Promise<PlanResult> {
  const deleted = [...listed.deletes.map(({ table: { name }, rows }) => ({ name, rows })), ...left];
  const going = deleted.map(({ name, rows }): CountEntry => ["deleted", name, rows]);
  const counted = readCounts([...progress.entries, ...going], rules.mode);
  const results = Object.fromEntries(
    staged.tables.map(({ table, rows }) => [table.name, counted[table.name] ?? allInserted(rows)]),
  );
  const written = rowsWritten(staged, results);
  const blocked = conflictSites(present.tables).filter((site) => countAt(site, progress).blocked > 0);
  const conflicts = await listConflicts(database, blocked, rules);
  return {
    plan: {
      tables: results,
      rowsWritten: written,
      stagedBytes: staged.bytes + listed.bytes,
      databaseBytes: progress.listing?.databaseBytes ?? progress.databaseBytes,
      ...chooseTransactions({ ...staged, rowsWritten: written }, { atomic, ...transactionLimits(database) }),
      conflicts,
      conflictCount: Object.values(progress.sites).reduce((sum, { blocked }) => sum + blocked, 0),
    },
    listed,
    changed: progress.listing?.columns ?? [],
    differing: differingRows(progress),
    displacing: displacingSites(present, progress),
    unordered: progress.ordering?.unordered ?? [],
  };
}

function displacingSites({ tables }: Staged, progress: PlanProgress): ConflictSite[] {
  return conflictSites(tables).filter((site) => countAt(site, progress).displaced > 0);
}

function differingRows({ entries }: PlanProgress): Record<string, number> {
  const counted = Object.entries(readCounts(entries, "merge"));
  return Object.fromEntries(counted.map(([table, { updated }]) => [table, updated]));
}

function transactionLimits({ capabilities }: Database): TransactionLimits {
  return { atomicBytes: capabilities.transactionBytes, atomicWrites: capabilities.transactionWrites };
}

function allInserted(rows: number): TablePlan {
  return { attempted: rows, inserted: rows, updated: 0, unchanged: 0, deleted: 0, skipped: 0, live: 0 };
}

/** D1 bills a written row once for the table and once for each index it is entered in. */
function rowsWritten(staged: Staged, tables: Record<string, TablePlan>): number {
  return staged.tables.reduce((sum, { table }) => {
    const { inserted, updated, deleted } = tables[table.name] as TablePlan;
    return sum + (inserted + updated + deleted) * (1 + table.indexCount);
  }, 0);
}
