import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Database, Statement } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";
import { packScalars, type Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import type { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import {
  type BrokenRows,
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  displacedJoin,
  forgetWrites,
  givesWay,
  keysToOutside,
  leftOver,
  listAll,
  listConflicts,
  listedEntry,
  listWrites,
  liveScalars,
  type OutsideKey,
  outsideOrphans,
  pointsToNothing,
  rowScalars,
  willBeCleared,
} from "../compare/index.ts";
import type {
  Atomic,
  ChangedColumns,
  Plan,
  PlanProgress,
  RunContext,
  SiteCount,
  TablePlan,
} from "../run/index.ts";
import {
  asOurs,
  CELLS,
  CHANGES,
  type CountEntry,
  fenceStatement,
  isOurs,
  readCounts,
  takenOver,
} from "../run/index.ts";
import type { ListedRows, Staged, StagedTable } from "../stage/index.ts";
import {
  cutSlices,
  type IncomingRows,
  incomingRows,
  narrowTable,
  readListedParts,
  readListedRows,
  readParts,
  type StagedPart,
  shapeSql,
  transactionSlices,
} from "../stage/index.ts";
import { chooseTransactions, type TransactionLimits } from "./choose-transactions.ts";
import { listLiveRows } from "./list-live-rows.ts";

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

/** Bytes of staged rows that one step compares: about half a second of SQLite's time. */
const COUNTED_BYTES = 64_000_000;

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
  const { database, key, budget, beat } = context;
  const { staged, rules, created } = request;
  const outside = rules.onConflict === "skip" ? [] : keysToOutside(staged, request);
  const present = { ...staged, tables: staged.tables.filter(({ table }) => !created.has(table.name)) };
  const parts = present.bytes <= stepBytes(context) ? null : await readParts(database, key);
  const takeStep = async (step: Step): Promise<boolean> => {
    const calls = step.statements.length + packScalars(step.counted.map(({ scalar }) => scalar)).length;
    if (!budget.allows(calls)) return false;
    await runStep(context, { step, tables: present.tables }, progress);
    progress.steps++;
    await beat();
    return true;
  };
  // What is there decides how the rest is counted.
  if (
    progress.steps === 0 &&
    !(await takeStep({
      statements: [],
      counted: liveScalars(present.tables.map(({ table }) => table)).map(entry),
    }))
  )
    return null;
  const live = readCounts(progress.entries, rules.mode);
  const meets = ({ table: { name } }: StagedTable) => !created.has(name) && (live[name]?.live ?? 0) > 0;
  for (const step of countingSteps(context, { staged, outside, parts, rules, meets }).slice(
    progress.steps - 1,
  )) {
    if (!(await takeStep(step))) return null;
  }
  refuseOrphans(outside, progress);
  return listRows(context, { ...request, present }, progress);
}

function stepBytes({ options }: RunContext): number {
  return options.sliceBytes ?? COUNTED_BYTES;
}

/** Statements that read what is listed, describe what is to be read, and read some of it; and those that end the plan. */
const LISTING = 8;

const CONCLUDING = 5;

/** Lists the live rows that are to be written over. Null when the budget ends first. */
async function listRows(
  context: RunContext,
  request: PlanRequest & { present: Staged },
  progress: PlanProgress,
): Promise<PlanResult | null> {
  const { database, key, budget } = context;
  const { staged, present, rules, schema } = request;
  // One step: an invocation that only reads what is listed comes no further.
  if (!budget.allows(LISTING)) return null;
  const tables = readCounts(progress.entries, rules.mode);
  const cleared = present.tables.filter((table) =>
    willBeCleared(table, tables[table.table.name], rules.mode),
  );
  if (progress.listing === null && cleared.length > 0) await listCleared(context, cleared);
  const before = await readListedRows(database, schema, staged);
  const changes = before.writes.rows > 0 || mayDelete(rules);
  const input = {
    staged: present,
    listed: before,
    parts: changes ? await readListedParts(database, key, "write") : [],
    rules,
    tables,
    limits: transactionSlices(staged.tables, context.options.sliceBytes),
    displacing: displacingSites(present, progress),
  };
  const found = await listLiveRows(context, input, progress);
  if (found === "stopped" || (found === "read" && !budget.allows(CONCLUDING))) return null;
  const isRead = progress.listing !== null && progress.listing.bytes.length > 0;
  const listed = isRead ? await readListedRows(database, schema, staged) : before;
  if (wasOvertaken(listed, cleared)) throw (await isOurs(context)) ? overtaken() : takenOver(key);
  const left = cleared.map(({ table: { name } }) => ({ name, rows: leftOver(tables[name] as TablePlan) }));
  return concludePlan(database, { ...request, listed, left: rules.mode === "mirror" ? left : [] }, progress);
}

/** A table that is cleared is written whole. */
async function listCleared(context: RunContext, tables: readonly StagedTable[]): Promise<void> {
  const { database, key, driver } = context;
  const rows = incomingRows(tables);
  const listing = [fenceStatement(key, driver), ...rows.map(forgetWrites), ...listAll(key, rows)];
  await asOurs(key, database.batch(listing));
}

function mayDelete({ mode, onConflict }: ConflictRules): boolean {
  return mode === "mirror" || onConflict === "replace";
}

/** True where a row that is to be updated was gone before it was read. */
function wasOvertaken({ writes, befores }: ListedRows, cleared: readonly StagedTable[]): boolean {
  return writes.tables.some(({ table: { name }, shapes }) => {
    if (cleared.some(({ table }) => table.name === name)) return false;
    const updates = shapes.reduce((sum, shape) => sum + (shape.updates ?? 0), 0);
    const read = befores.find(({ table }) => table.name === name)?.rows ?? 0;
    return updates !== read;
  });
}

function overtaken(): FerryError {
  return refused("plan-stale", "Rows changed while the plan was being made. No table was changed.", {
    details: { moved: [] },
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
  for (const { name, rows } of deleted) progress.entries.push(["deleted", name, rows]);
  const counted = readCounts(progress.entries, rules.mode);
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
      databaseBytes: progress.databaseBytes,
      ...chooseTransactions({ ...staged, rowsWritten: written }, { atomic, ...transactionLimits(database) }),
      conflicts,
      conflictCount: Object.values(progress.sites).reduce((sum, { blocked }) => sum + blocked, 0),
    },
    listed,
    changed: progress.listing?.columns ?? [],
    differing: differingRows(progress),
    displacing: displacingSites(present, progress),
  };
}

function countAt({ index }: ConflictSite, { sites }: PlanProgress): SiteCount {
  return sites[index.name] ?? NONE;
}

function displacingSites({ tables }: Staged, progress: PlanProgress): ConflictSite[] {
  return conflictSites(tables).filter((site) => countAt(site, progress).displaced > 0);
}

function differingRows({ entries }: PlanProgress): Record<string, number> {
  const counted = Object.entries(readCounts(entries, "merge"));
  return Object.fromEntries(counted.map(([table, { updated }]) => [table, updated]));
}

/** A scalar, and where what it counts goes. */
interface Counting {
  scalar: Scalar;
  take(progress: PlanProgress, counted: unknown): void;
}

const entry = (scalar: Scalar): Counting => ({
  scalar,
  take: ({ entries }, counted) => entries.push(counted as CountEntry),
});

/** Rows that would point to nothing by a key, added to those of its other slices. */
function orphansOf(outside: OutsideKey, rules: ConflictRules): Counting[] {
  return outsideOrphans(outside, rules).map((scalar) => ({
    scalar,
    take({ orphans }, counted) {
      const { rows, key } = counted as BrokenRows;
      const before = orphans[nameOf(outside)];
      orphans[nameOf(outside)] = { rows: rows + (before?.rows ?? 0), key: before?.key ?? key };
    },
  }));
}

function nameOf({ child, key }: OutsideKey): string {
  return JSON.stringify([child.table.name, ...key.columns, key.parent]);
}

/** What no confirmation makes right, and the apply would refuse. */
function refuseOrphans(outside: readonly OutsideKey[], { orphans }: PlanProgress): void {
  for (const one of outside) {
    const found = orphans[nameOf(one)];
    if (found === undefined || found.rows === 0) continue;
    const { parent, columns } = one.key;
    const broken = { child: one.child.table.name, parent, columns, ...found };
    throw pointsToNothing(broken, { state: "No table was changed." });
  }
}

/** What a step does, and then what it counts, in one transaction. */
interface Step {
  statements: Statement[];
  counted: Counting[];
  /** What needs no counting. */
  known?: CountEntry[];
}

interface CountingInput {
  staged: Staged;
  outside: readonly OutsideKey[];
  /** Where there is too much for one step. */
  parts: readonly StagedPart[] | null;
  rules: ConflictRules;
  /** True for a table in which there are rows to meet. */
  meets(table: StagedTable): boolean;
}

interface ListingInput {
  rows: readonly IncomingRows[];
  rules: ConflictRules;
  /** What the first step begins with. */
  start: Statement[];
  known: CountEntry[];
  /** What is counted once all are listed. */
  rest: Counting[];
}

/** Lists that one step makes, each a statement. */
const LISTS_AT_ONCE = 12;

/** One step for a few shapes of rows; more of them take several. */
function listingSteps(context: RunContext, { rows, rules, start, known, rest }: ListingInput): Step[] {
  const fence = [fenceStatement(context.key, context.driver)];
  const steps: Step[] = [];
  for (let i = 0; i < Math.max(rows.length, 1); i += LISTS_AT_ONCE) {
    const own = rows.slice(i, i + LISTS_AT_ONCE);
    const lists = own.map((one) => listWrites(one, rules));
    const counted = own.flatMap((one) => countRows(one, rules));
    if (i === 0) steps.push({ statements: [...start, ...lists], counted, known });
    else steps.push({ statements: [...fence, ...own.map(forgetWrites), ...lists], counted });
  }
  if (steps.length === 1)
    return [{ ...(steps[0] as Step), counted: [...(steps[0] as Step).counted, ...rest] }];
  return [...steps, { statements: [], counted: rest }];
}

/** The steps that list what is written, and count it. */
function countingSteps(context: RunContext, { staged, outside, parts, rules, meets }: CountingInput): Step[] {
  const meeting = staged.tables.filter(meets);
  const others = incomingRows(staged.tables.filter((table) => !meets(table)));
  const start = [...freshLists(context), ...listAll(staged.run, others)];
  const known = others.map(
    ({ staged: { table }, shape }): CountEntry => ["rows", table.name, shape.rows, 0, 0, 0],
  );
  if (parts === null) {
    const rows = incomingRows(meeting);
    const rest = [
      ...conflictScalars(conflictSites(meeting), rules),
      ...outside.flatMap((one) => orphansOf(one, rules)),
    ];
    return listingSteps(context, { rows, rules, start, known, rest });
  }
  const limits = { bytes: stepBytes(context) };
  const slices = cutSlices(parts, limits).flatMap((slice) => {
    const table = meeting.find(({ table: { name } }) => name === slice.table);
    return table === undefined ? [] : incomingRows([narrowTable(table, slice)]);
  });
  const fence = fenceStatement(context.key, context.driver);
  return [
    { statements: start, counted: [], known },
    ...slices.map((one) => ({
      statements: [fence, forgetWrites(one), listWrites(one, rules)],
      counted: [...countRows(one, rules), ...conflictScalars(conflictSites([one.staged]), rules)],
    })),
    ...slicedOrphans(outside, rules, { parts, ...limits }).map((counted) => ({ statements: [], counted })),
  ];
}

/** Forgets the lists of an earlier plan. */
function freshLists({ key, driver }: RunContext): Statement[] {
  return [
    fenceStatement(key, driver),
    { sql: `DELETE FROM ${CHANGES} WHERE run = ?1`, params: [key] },
    {
      sql: `DELETE FROM ${CELLS} WHERE run = ?1 AND (id LIKE 'before.%' OR id LIKE 'delete.%')`,
      params: [key],
    },
  ];
}

/** What becomes of some rows: by their list, but where others are left out, which only a comparison counts. */
function countRows(rows: IncomingRows, rules: ConflictRules): Counting[] {
  const byList = rules.onConflict !== "skip" && rules.mode !== "insert";
  const scalars = byList ? [listedEntry(rows)] : rowScalars(tableOf(rows), rules);
  return scalars.map(entry);
}

function tableOf({ staged, shape }: IncomingRows): Staged {
  const { run, rows } = staged;
  return { run, rows, bytes: 0, tables: [{ ...staged, shapes: [shape] }] };
}

function slicedOrphans(
  outside: readonly OutsideKey[],
  rules: ConflictRules,
  { parts, bytes }: { parts: readonly StagedPart[]; bytes: number },
): Counting[][] {
  return outside.flatMap((one) =>
    cutSlices(parts, { bytes })
      .filter(({ table }) => table === one.child.table.name)
      .map((slice) => orphansOf({ ...one, child: narrowTable(one.child, slice) }, rules)),
  );
}

/** Runs a step over some tables, and adds what it found to `progress`. */
async function runStep(
  { database, key }: RunContext,
  { step: { statements, counted, known = [] }, tables }: { step: Step; tables: readonly StagedTable[] },
  progress: PlanProgress,
): Promise<void> {
  progress.entries.push(...known);
  if (statements.length + counted.length === 0) return;
  const groups = packScalars(counted.map(({ scalar }) => scalar));
  const asking = groups.map(({ expressions, params }) => ({
    sql: `SELECT ${expressions.map((expression, i) => `${expression} AS c${i}`).join(", ")}`,
    params: params.values,
  }));
  const live = tables.map(({ table }) => table);
  const answers = await asOurs(key, database.batch(withTerms(live, [...statements, ...asking])));
  const values = answers.flatMap(({ rows }) =>
    ((rows[0] ?? []) as string[]).map((text) => JSON.parse(text) as unknown),
  );
  for (const [i, { take }] of counted.entries()) take(progress, values[i]);
  progress.databaseBytes = answers.at(-1)?.databaseBytes ?? progress.databaseBytes;
}

const NONE: SiteCount = { blocked: 0, displaced: 0 };

function add(sum: SiteCount = NONE, more: SiteCount): SiteCount {
  return { blocked: sum.blocked + more.blocked, displaced: sum.displaced + more.displaced };
}

function transactionLimits({ capabilities }: Database): TransactionLimits {
  return { atomicBytes: capabilities.transactionBytes, atomicWrites: capabilities.transactionWrites };
}

function allInserted(rows: number): TablePlan {
  return { attempted: rows, inserted: rows, updated: 0, unchanged: 0, deleted: 0, skipped: 0, live: 0 };
}

/** A `SiteCount` at each unique index. */
function conflictScalars(sites: readonly ConflictSite[], rules: ConflictRules): Counting[] {
  return sites.map((site) => ({
    take({ sites: counts }, counted) {
      counts[site.index.name] = add(counts[site.index.name], counted as SiteCount);
    },
    scalar: (params) => {
      const sql = shapeSql(site, params);
      return `SELECT json_object('blocked', ifnull(sum(NOT free), 0), 'displaced', ifnull(sum(free), 0))
        FROM (SELECT ${givesWay(site, rules, params)} AS free FROM ${sql.from}
          CROSS JOIN ${quote(site.staged.table.name)} AS displaced ON ${displacedJoin(site, sql, rules)} LIMIT -1)`;
    },
  }));
}

/** D1 bills a written row once for the table and once for each index it is entered in. */
function rowsWritten(staged: Staged, tables: Record<string, TablePlan>): number {
  return staged.tables.reduce((sum, { table }) => {
    const { inserted, updated, deleted } = tables[table.name] as TablePlan;
    return sum + (inserted + updated + deleted) * (1 + table.indexCount);
  }, 0);
}
