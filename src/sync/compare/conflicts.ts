import type { Database } from "../../database/port.ts";
import type { LiveTable, UniqueIndex } from "../../database/schema.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import type { Params } from "../../database/sql/params.ts";
import { evaluate, type Scalar } from "../../database/sql/scalars.ts";
import { joinBalanced, literal, quote, tuple } from "../../database/sql/syntax.ts";
import type { Conflict, Mode, OnConflict } from "../run/index.ts";
import {
  hasKey,
  keyMatches,
  type ShapeSql,
  type Staged,
  type StagedShape,
  type StagedTable,
  shapeSql,
} from "../stage/index.ts";
import { notStaged } from "./not-staged.ts";

/**
 * Unique values that stand in the way: an incoming row's value is held by a live row (the *holder*)
 * under another key. A holder that this run itself updates or deletes lets go of the value; it is
 * *parked* on another value first, because SQLite checks uniqueness row by row. Every other holder
 * is a conflict.
 */
export interface ConflictSite {
  staged: StagedTable;
  shape: StagedShape;
  index: UniqueIndex;
}

export interface ConflictRules {
  run: string;
  mode: Mode;
  onConflict: OnConflict;
}

/** Where conflicts may be seen: each unique index over plain columns that the rows have. */
export function conflictSites(staged: Staged): ConflictSite[] {
  return staged.tables.flatMap((table) => table.shapes.flatMap((shape) => tableSites(table, shape)));
}

function tableSites(staged: StagedTable, shape: StagedShape): ConflictSite[] {
  const has = (column: string | null) => column !== null && shape.columns.includes(column);
  return staged.table.uniqueIndexes
    .filter(({ partial, columns }) => !partial && columns.every(has))
    .map((index) => ({ staged, shape, index }));
}

/** `holder` joined to the incoming row: same unique values by the index's collation, another key. */
export function holderJoin(site: ConflictSite, sql: ShapeSql, { mode }: ConflictRules): string {
  const { table } = site.staged;
  const { columns, collations } = site.index;
  const same = columns.map(
    (column, i) =>
      `holder.${quote(column as string)} = ${sql.cell(column as string)} COLLATE ${quote(collations[i] as string)}`,
  );
  // A row without a key is a new one, and every holder another.
  if (!hasKey(site.staged, site.shape)) return same.join(" AND ");
  const join = `${same.join(" AND ")} AND NOT (${keyMatches("holder", table, sql)})`;
  if (mode !== "insert") return join;
  // What is there already is not written, whatever values it brings.
  return `${join} AND NOT EXISTS (SELECT 1 FROM ${quote(table.name)} AS own WHERE ${keyMatches("own", table, sql)})`;
}

/**
 * True in SQL where the holder lets go by itself: a mirror deletes or rewrites it, or it is among the
 * incoming rows. With `skip` an incoming holder may itself be skipped, and so counts as staying.
 */
export function holderLetsGo(
  { staged }: ConflictSite,
  { run, mode, onConflict }: ConflictRules,
  params: Params,
): string {
  if (mode === "mirror") return "1";
  if (mode === "insert" || onConflict === "skip") return "0";
  return `NOT (${notStaged(run, staged, "holder", params)})`;
}

/** True in SQL where the incoming row meets no conflict at any of the table's unique indexes. */
export function withoutConflict(
  staged: StagedTable,
  shape: StagedShape,
  rules: ConflictRules,
  params: Params,
): string {
  const sql = shapeSql(rules.run, staged, shape, params);
  const none = tableSites(staged, shape).map(
    (site) =>
      `NOT EXISTS (SELECT 1 FROM ${quote(staged.table.name)} AS holder WHERE ${holderJoin(site, sql, rules)} AND NOT ${holderLetsGo(site, rules, params)})`,
  );
  return none.length === 0 ? "1" : none.join(" AND ");
}

/** True in SQL for the live rows that hold a value some incoming row of another key brings, and stay or let go. */
export function isHolder(
  site: ConflictSite,
  rules: ConflictRules,
  holders: "staying" | "letting go",
  params: Params,
): string {
  const { table } = site.staged;
  const sql = shapeSql(rules.run, site.staged, site.shape, params);
  const key = table.key.columns.map(quote);
  const letsGo = holderLetsGo(site, rules, params);
  return `${tuple(key)} IN (SELECT ${key.map((name) => `holder.${name}`).join(", ")} FROM ${sql.from}
    CROSS JOIN ${quote(table.name)} AS holder ON ${holderJoin(site, sql, rules)}
    WHERE ${holders === "staying" ? `NOT ${letsGo}` : letsGo})`;
}

/** Conflicts that are told with their keys. */
const TOLD = 20;

/** The first conflicts with their keys, for people: 20 at the most. */
export async function listConflicts(
  database: Database,
  sites: readonly ConflictSite[],
  rules: ConflictRules,
): Promise<Conflict[]> {
  // Each of them has one at least.
  const asked = sites.slice(0, TOLD);
  const { values } = await evaluate(
    database,
    asked.map((site) => (params) => conflictsAt(site, rules, params)),
  );
  const found = asked.flatMap((site, i) => {
    const index = site.index.columns.join(", ");
    const pairs = JSON.parse(values[i] as string) as [key: string, holder: string][];
    return pairs.map(([key, holder]): Conflict => ({ table: site.staged.table.name, index, key, holder }));
  });
  return found.slice(0, TOLD);
}

/** A scalar: the keys of rows and of their holders, as a JSON array of pairs. */
function conflictsAt(site: ConflictSite, rules: ConflictRules, params: Params): string {
  const { table } = site.staged;
  const sql = shapeSql(rules.run, site.staged, site.shape, params);
  return `SELECT json_group_array(json_array(CAST(incoming AS TEXT), CAST(holding AS TEXT))) FROM (
    SELECT ${keyJson(table.key.columns.filter(sql.has), sql.cell)} AS incoming,
      ${keyJson(table.key.columns, (name) => `holder.${quote(name)}`)} AS holding
    FROM ${sql.from} CROSS JOIN ${quote(table.name)} AS holder ON ${holderJoin(site, sql, rules)}
    WHERE NOT ${holderLetsGo(site, rules, params)} LIMIT ${TOLD})`;
}

/** How many rows of each table `replaceStatements` deletes: a `CountEntry` each. */
export function replacedScalars(staged: Staged, rules: ConflictRules): Scalar[] {
  return [...Map.groupBy(conflictSites(staged), (site) => site.staged.table.name)].map(
    ([name, sites]) =>
      (params) => {
        const holders = sites.map((site) => isHolder(site, rules, "staying", params));
        return `SELECT json_array('replaced', ${literal(name)}, count(*)) FROM ${quote(name)} WHERE ${joinBalanced(holders, "OR")}`;
      },
  );
}

/**
 * True for a unique index whose values are no stored columns: a partial one, or one over expressions
 * or generated columns. Which rows conflict under it shows only when they are written.
 */
export function isOpaque(table: LiveTable, { partial, columns }: UniqueIndex): boolean {
  const stored = new Set(table.columns.filter(({ generated }) => generated === null).map(({ name }) => name));
  return partial || columns.some((column) => column === null || !stored.has(column));
}
