import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import { evaluate, packScalars, type Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import {
  type BrokenRows,
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  displacedJoin,
  forgetWrites,
  givesWay,
  listAll,
  listedEntry,
  listWrites,
  liveScalars,
  type OutsideKey,
  outsideOrphans,
  pointsToNothing,
  rowScalars,
} from "../compare/index.ts";
import {
  asOurs,
  CELLS,
  CHANGES,
  type CountEntry,
  changeOwnRun,
  fenceStatement,
  type PlanProgress,
  type RunContext,
  SET_UNPLANNED,
  type SiteCount,
} from "../run/index.ts";
import {
  cutSlices,
  type IncomingRows,
  incomingRows,
  type List,
  narrowTable,
  type Staged,
  type StagedPart,
  type StagedTable,
  shapeSql,
} from "../stage/index.ts";

/*
 * The steps in which a plan is counted: each lists rows that are written, and counts what becomes of them, in one
 * transaction. Where there is much, a step has a slice of it.
 */

/** Bytes of staged rows that one step compares: about half a second of SQLite's time. */
const COUNTED_BYTES = 64_000_000;

export function stepBytes({ options }: RunContext): number {
  return options.sliceBytes ?? COUNTED_BYTES;
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
export function refuseOrphans(outside: readonly OutsideKey[], { orphans }: PlanProgress): void {
  for (const one of outside) {
    const found = orphans[nameOf(one)];
    if (found === undefined || found.rows === 0) continue;
    const { parent, columns } = one.key;
    const broken = { child: one.child.table.name, parent, columns, ...found };
    throw pointsToNothing(broken, { state: "No table was changed." });
  }
}

/** What a step does, and then what it counts, in one transaction. */
export interface Step {
  statements: Statement[];
  counted: Counting[];
  /** What needs no counting. */
  known?: CountEntry[];
}

export interface CountingInput {
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

/** The first step: what is there. */
export function liveStep({ tables }: Staged): Step {
  return { statements: [], counted: liveScalars(tables.map(({ table }) => table)).map(entry) };
}

/** The steps behind it, that list what is written and count it. */
export function countingSteps(
  context: RunContext,
  { staged, outside, parts, rules, meets }: CountingInput,
): Step[] {
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

/** Takes away what an earlier plan listed but for some lists, and the record of that plan with it. */
export function freshLists({ key, driver }: RunContext, kept: readonly List[] = []): Statement[] {
  return [
    { sql: changeOwnRun(SET_UNPLANNED), params: [key, driver] },
    {
      sql: `DELETE FROM ${CHANGES} WHERE run = ?1 AND list NOT IN (SELECT value FROM json_each(?2))`,
      params: [key, JSON.stringify(kept)],
    },
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

/** Statements that a step takes. */
export function callsOf({ statements, counted }: Step): number {
  return statements.length + packScalars(counted.map(({ scalar }) => scalar)).length;
}

/** Runs a step over some tables, and adds what it found to `progress`. */
export async function runStep(
  { database, key }: RunContext,
  { step: { statements, counted, known = [] }, tables }: { step: Step; tables: readonly StagedTable[] },
  progress: PlanProgress,
): Promise<void> {
  const live = tables.map(({ table }) => table);
  const scalars = counted.map(({ scalar }) => scalar);
  const around = (asking: Statement[]) =>
    statements.length + asking.length === 0 ? [] : withTerms(live, [...statements, ...asking]);
  const { values, databaseBytes } = await asOurs(key, evaluate(database, scalars, around));
  progress.entries.push(...known);
  for (const [i, { take }] of counted.entries()) take(progress, JSON.parse(values[i] as string));
  progress.databaseBytes = databaseBytes ?? progress.databaseBytes;
}

const NONE: SiteCount = { blocked: 0, displaced: 0 };

function add(sum: SiteCount = NONE, more: SiteCount): SiteCount {
  return { blocked: sum.blocked + more.blocked, displaced: sum.displaced + more.displaced };
}

/** A `SiteCount` at each unique index. */
export function conflictScalars(sites: readonly ConflictSite[], rules: ConflictRules): Counting[] {
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

export function countAt({ index }: ConflictSite, { sites }: PlanProgress): SiteCount {
  return sites[index.name] ?? NONE;
}
