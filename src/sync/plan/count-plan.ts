import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Database } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";
import { packScalars, type Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import {
  type BrokenRows,
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  displacedJoin,
  givesWay,
  keysToOutside,
  listConflicts,
  liveScalars,
  type OutsideKey,
  outsideOrphans,
  pointsToNothing,
  replacedCounts,
  rowScalars,
} from "../compare/index.ts";
import type { Atomic, Plan, PlanProgress, RunContext, SiteCount, TablePlan } from "../run/index.ts";
import { type CountEntry, readCounts } from "../run/index.ts";
import type { Staged, StagedTable } from "../stage/index.ts";
import { cutSlices, narrowTable, readParts, type StagedPart, shapeSql } from "../stage/index.ts";
import { chooseTransactions, type TransactionLimits } from "./choose-transactions.ts";

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
};

/** Bytes of staged rows that one step compares: about half a second of SQLite's time. */
const COUNTED_BYTES = 64_000_000;

/**
 * Counts what the apply would do, without doing it: SQL compares the staged frames with the live
 * tables, a slice at a time where there are many. Null when the budget ends first; `progress` then
 * says where to go on.
 */
export async function planRun(
  { database, key, budget, beat, options }: RunContext,
  request: PlanRequest,
  progress: PlanProgress,
): Promise<PlanResult | null> {
  const { staged, rules, created } = request;
  const outside = rules.onConflict === "skip" ? [] : keysToOutside(staged, request);
  const present = { ...staged, tables: staged.tables.filter(({ table }) => !created.has(table.name)) };
  const { sliceBytes = COUNTED_BYTES } = options;
  const parts = present.bytes <= sliceBytes ? null : await readParts(database, key);
  const steps =
    parts === null
      ? [
          [
            ...countingStep(present, present.tables, rules),
            ...outside.flatMap((one) => orphansOf(one, rules)),
          ],
        ]
      : [
          ...slicedSteps(present, rules, { parts, bytes: sliceBytes }),
          ...slicedOrphans(outside, rules, { parts, bytes: sliceBytes }),
        ];
  for (const step of steps.slice(progress.steps)) {
    if (!budget.allows(packScalars(step.map(({ scalar }) => scalar)).length)) return null;
    await runStep(database, { step, tables: present.tables }, progress);
    progress.steps++;
    await beat();
  }
  refuseOrphans(outside, progress);
  return concludePlan(database, { ...request, present }, progress);
}

async function concludePlan(
  database: Database,
  { staged, present, rules, atomic }: PlanRequest & { present: Staged },
  progress: PlanProgress,
): Promise<PlanResult> {
  const counted = readCounts(progress.entries, rules.mode);
  const results = Object.fromEntries(
    staged.tables.map(({ table, rows }) => [table.name, counted[table.name] ?? allInserted(rows)]),
  );
  const written = rowsWritten(staged, results);
  const sites = conflictSites(present.tables);
  const countAt = ({ index }: ConflictSite) => progress.sites[index.name] ?? NONE;
  const conflicts = await listConflicts(
    database,
    sites.filter((site) => countAt(site).blocked > 0),
    rules,
  );
  return {
    plan: {
      tables: results,
      rowsWritten: written,
      stagedBytes: staged.bytes,
      databaseBytes: progress.databaseBytes,
      ...chooseTransactions({ ...staged, rowsWritten: written }, { atomic, ...transactionLimits(database) }),
      conflicts,
      conflictCount: Object.values(progress.sites).reduce((sum, { blocked }) => sum + blocked, 0),
    },
    differing: differingRows(progress),
    displacing: sites.filter((site) => countAt(site).displaced > 0),
  };
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

/** All that is counted, of some tables or slices of them. */
function countingStep(whole: Staged, slices: readonly StagedTable[], rules: ConflictRules): Counting[] {
  const staged = { ...whole, tables: [...slices] };
  return [
    ...[...liveScalars(whole), ...replacedCounts(whole, rules), ...rowScalars(staged, rules)].map(entry),
    ...conflictScalars(conflictSites(staged.tables), rules),
  ];
}

/** The same, first what concerns whole tables, then their rows by slices. */
function slicedSteps(
  whole: Staged,
  rules: ConflictRules,
  { parts, bytes }: { parts: readonly StagedPart[]; bytes: number },
): Counting[][] {
  const slices = cutSlices(parts, { bytes }).flatMap((slice) => {
    const table = whole.tables.find(({ table: { name } }) => name === slice.table);
    return table === undefined ? [] : [narrowTable(table, slice)];
  });
  const none: Staged = { ...whole, tables: [] };
  return [countingStep(whole, [], rules), ...slices.map((slice) => countingStep(none, [slice], rules))];
}

/** Runs a step over some tables, and adds what it found to `progress`. */
async function runStep(
  database: Database,
  { step, tables }: { step: readonly Counting[]; tables: readonly StagedTable[] },
  progress: PlanProgress,
): Promise<void> {
  if (step.length === 0) return;
  const groups = packScalars(step.map(({ scalar }) => scalar));
  const statements = groups.map(({ expressions, params }) => ({
    sql: `SELECT ${expressions.map((expression, i) => `${expression} AS c${i}`).join(", ")}`,
    params: params.values,
  }));
  const live = tables.map(({ table }) => table);
  const results = await database.batch(withTerms(live, statements));
  const values = results.flatMap(({ rows }) =>
    ((rows[0] ?? []) as string[]).map((text) => JSON.parse(text) as unknown),
  );
  for (const [i, { take }] of step.entries()) take(progress, values[i]);
  progress.databaseBytes = results.at(-1)?.databaseBytes ?? progress.databaseBytes;
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
