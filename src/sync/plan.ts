import type { Database } from "../database/port.ts";
import { quote } from "../database/sql.ts";
import {
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  holderJoin,
  holderLetsGo,
  listConflicts,
} from "./conflicts.ts";
import { type CountEntry, countScalars, readCounts } from "./counts.ts";
import { chooseRoad, type RoadOptions } from "./road.ts";
import { packScalars, type Scalar, type Staged, shapeSql } from "./staged.ts";
import type { Atomic, Plan, TablePlan } from "./types.ts";

export interface PlanRequest {
  staged: Staged;
  rules: ConflictRules;
  /** Tables that are not there yet: the apply makes them. */
  created: ReadonlySet<string>;
  atomic: Atomic;
}

export interface PlanResult {
  plan: Plan;
  /** Where holders must be parked before the apply. */
  parking: ConflictSite[];
}

/** Counts what the apply would do, without doing it: SQL compares the staged frames with the live tables. */
export async function planRun(database: Database, request: PlanRequest): Promise<PlanResult> {
  const { staged, rules, atomic, created } = request;
  const present = { ...staged, tables: staged.tables.filter(({ table }) => !created.has(table.name)) };
  const sites = conflictSites(present);
  const counting = countScalars(present, rules);
  const { values, databaseBytes } = await evaluate(database, [...counting, ...conflictScalars(sites, rules)]);
  const counted = readCounts(values.slice(0, counting.length) as CountEntry[], rules.mode);
  const results = Object.fromEntries(
    staged.tables.map(({ table, rows }) => [table.name, counted[table.name] ?? allInserted(rows)]),
  );
  const bySite = values.slice(counting.length) as [blocked: number, parked: number][];
  const blocked = sites.filter((_, i) => (bySite[i]?.[0] ?? 0) > 0);
  const conflicts = await listConflicts(database, blocked, rules);
  return {
    plan: {
      tables: results,
      rowsWritten: rowsWritten(staged, results),
      stagedBytes: staged.bytes,
      databaseBytes,
      ...chooseRoad(staged, results, { atomic, ...roadLimits(database) }),
      conflicts,
      conflictCount: bySite.reduce((sum, [count]) => sum + count, 0),
    },
    parking: sites.filter((_, i) => (bySite[i]?.[1] ?? 0) > 0),
  };
}

/** The ceilings are D1's; a SQLite file is written in one transaction of any size. */
function roadLimits({ engine }: Database): RoadOptions {
  return engine === "node-sqlite" ? { atomicBytes: Infinity, atomicRows: Infinity } : {};
}

function allInserted(rows: number): TablePlan {
  return { attempted: rows, inserted: rows, updated: 0, unchanged: 0, deleted: 0, skipped: 0, live: 0 };
}

async function evaluate(
  database: Database,
  scalars: Scalar[],
): Promise<{ values: unknown[]; databaseBytes: number | null }> {
  const groups = packScalars(scalars);
  if (groups.length === 0) return { values: [], databaseBytes: null };
  const statements = groups.map(({ expressions, params }) => ({
    sql: `SELECT ${expressions.map((expression, i) => `${expression} AS c${i}`).join(", ")}`,
    params: params.values,
  }));
  const results = await database.batch(statements);
  const values = results.flatMap(({ rows }) =>
    (rows[0] as string[]).map((text) => JSON.parse(text) as unknown),
  );
  return { values, databaseBytes: results.at(-1)?.databaseBytes ?? null };
}

/** [conflicts, holders to park] at each unique index. */
function conflictScalars(sites: readonly ConflictSite[], rules: ConflictRules): Scalar[] {
  return sites.map((site) => (params) => {
    const sql = shapeSql(rules.run, site.staged, site.shape, params);
    return `SELECT json_array(ifnull(sum(NOT free), 0), ifnull(sum(free), 0))
      FROM (SELECT ${holderLetsGo(site, rules, params)} AS free FROM ${sql.from}
        CROSS JOIN ${quote(site.staged.table.name)} AS holder ON ${holderJoin(site, sql, rules)} LIMIT -1)`;
  });
}

/** D1 bills a written row once for the table and once for each index it is entered in. */
function rowsWritten(staged: Staged, tables: Record<string, TablePlan>): number {
  return staged.tables.reduce((sum, { table }) => {
    const { inserted, updated, deleted } = tables[table.name] as TablePlan;
    return sum + (inserted + updated + deleted) * (1 + table.indexCount);
  }, 0);
}
