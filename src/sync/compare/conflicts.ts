import type { Database } from "../../database/port.ts";
import type { LiveTable, UniqueIndex } from "../../database/schema.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import type { Params } from "../../database/sql/params.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { joinBalanced, quote, tuple } from "../../database/sql/syntax.ts";
import type { Conflict, Mode, OnConflict } from "../run/index.ts";
import {
  hasKey,
  type IncomingRows,
  incomingRows,
  keyMatches,
  type ShapeSql,
  type StagedTable,
  shapeSql,
} from "../stage/index.ts";
import { isGone, leavesByMirror, notStaged } from "./not-staged.ts";
import { differs } from "./row-differs.ts";

/**
 * Unique values that stand in the way: an incoming row's value is held by a live row under another key,
 * the *displaced row*. One that this run itself updates or deletes *gives way*; it is moved to another
 * value first, because SQLite checks uniqueness row by row. Every other one *stays*, and is a conflict.
 */
export interface ConflictSite extends IncomingRows {
  index: UniqueIndex;
}

export interface ConflictRules {
  mode: Mode;
  onConflict: OnConflict;
}

/** Where conflicts may be seen: each unique index over plain columns that the rows have. */
export function conflictSites(tables: readonly StagedTable[]): ConflictSite[] {
  return incomingRows(tables).flatMap(sitesOf);
}

function sitesOf({ staged, shape }: IncomingRows): ConflictSite[] {
  const has = (column: string | null) => column !== null && shape.columns.includes(column);
  return (
    staged.table.uniqueIndexes
      // Rows of one key are the same row, unless they are known by their rowids.
      .filter(({ ofKey }) => !ofKey || staged.table.key.kind === "rowid")
      .filter(({ partial, columns }) => !partial && columns.every(has))
      .map((index) => ({ staged, shape, index }))
  );
}

/** `displaced` joined to the incoming row: same unique values by the index's collation, another key. */
export function displacedJoin(site: ConflictSite, sql: ShapeSql, { mode }: ConflictRules): string {
  const { table } = site.staged;
  const { columns, collations } = site.index;
  const same = columns.map(
    (column, i) =>
      `displaced.${quote(column as string)} = ${sql.cell(column as string)} COLLATE ${quote(collations[i] as string)}`,
  );
  // A row without a key is a new one, and every row with its value another, but one that it equals.
  if (site.shape.appends === true) same.push(differs(site, sql, { stored: "displaced" }));
  if (!hasKey(site)) return same.join(" AND ");
  const join = `${same.join(" AND ")} AND NOT (${keyMatches("displaced", table, sql)})`;
  if (mode !== "insert") return join;
  // What is there already is not written, whatever values it brings.
  return `${join} AND NOT EXISTS (SELECT 1 FROM ${quote(table.name)} AS own WHERE ${keyMatches("own", table, sql)})`;
}

/**
 * True in SQL where the displaced row gives way by itself: a mirror deletes or rewrites it, or it is
 * among the incoming rows. With `skip` that row may itself be skipped, and so counts as staying. A mirror of some keys
 * leaves other rows, unless they are to be replaced.
 */
export function givesWay(
  { staged }: ConflictSite,
  { mode, onConflict }: ConflictRules,
  params: Params,
): string {
  if (mode === "mirror" && (staged.keyed !== true || onConflict === "replace")) return "1";
  if (mode === "mirror") {
    const incoming = onConflict === "skip" ? "0" : `NOT (${notStaged(staged, "displaced", params)})`;
    const leaves = leavesByMirror(staged, "displaced", params);
    return `((${leaves}) IS 1 OR ${incoming})`;
  }
  if (mode === "insert" || onConflict === "skip") return "0";
  return `NOT (${notStaged(staged, "displaced", params)})`;
}

/** True in SQL where the incoming row meets no conflict at any of the table's unique indexes. */
export function withoutConflict(rows: IncomingRows, rules: ConflictRules, params: Params): string {
  const sql = shapeSql(rows, params);
  const none = sitesOf(rows).map(
    (site) =>
      `NOT EXISTS (SELECT 1 FROM ${quote(rows.staged.table.name)} AS displaced WHERE ${displacedJoin(site, sql, rules)} AND NOT ${givesWay(site, rules, params)})`,
  );
  return none.length === 0 ? "1" : none.join(" AND ");
}

export interface DisplacedOptions extends ConflictRules {
  which: "staying" | "giving way";
}

/** True in SQL for the live rows that hold a value some incoming row of another key brings, and stay or give way. */
export function isDisplaced(
  site: ConflictSite,
  { which, ...rules }: DisplacedOptions,
  params: Params,
): string {
  const { table } = site.staged;
  const sql = shapeSql(site, params);
  const key = table.key.columns.map(quote);
  const yields = givesWay(site, rules, params);
  return `${tuple(key)} IN (SELECT ${key.map((name) => `displaced.${name}`).join(", ")} FROM ${sql.from}
    CROSS JOIN ${quote(table.name)} AS displaced ON ${displacedJoin(site, sql, rules)}
    WHERE ${which === "staying" ? `NOT ${yields}` : yields})`;
}

/** Conflicts that are listed with their keys. */
const LISTED = 20;

/** The first conflicts with their keys, for people: 20 at the most. */
export async function listConflicts(
  database: Database,
  sites: readonly ConflictSite[],
  rules: ConflictRules,
): Promise<Conflict[]> {
  // Each of them has one at least.
  const asked = sites.slice(0, LISTED);
  const { values } = await evaluate(
    database,
    asked.map((site) => (params) => conflictsAt(site, rules, params)),
  );
  const found = asked.flatMap((site, i) => {
    const index = site.index.columns.join(", ");
    const pairs = JSON.parse(values[i] as string) as [key: string, takenBy: string][];
    return pairs.map(([key, takenBy]): Conflict => ({ table: site.staged.table.name, index, key, takenBy }));
  });
  return found.slice(0, LISTED);
}

/** A scalar: the keys of rows and of those they would displace, as a JSON array of pairs. */
function conflictsAt(site: ConflictSite, rules: ConflictRules, params: Params): string {
  const { table } = site.staged;
  const sql = shapeSql(site, params);
  return `SELECT json_group_array(json_array(CAST(incoming AS TEXT), CAST(holding AS TEXT))) FROM (
    SELECT ${keyJson(table.key.columns.filter(sql.has), sql.cell)} AS incoming,
      ${keyJson(table.key.columns, (name) => `displaced.${quote(name)}`)} AS holding
    FROM ${sql.from} CROSS JOIN ${quote(table.name)} AS displaced ON ${displacedJoin(site, sql, rules)}
    WHERE NOT ${givesWay(site, rules, params)} LIMIT ${LISTED})`;
}

/** True for a table of which the run may delete live rows. */
export function mayDelete(
  { keyed, goneKeys }: Pick<StagedTable, "keyed" | "goneKeys">,
  { mode, onConflict }: ConflictRules,
): boolean {
  if (onConflict === "replace") return true;
  return mode === "mirror" && (keyed !== true || goneKeys > 0);
}

/** True in SQL for the live rows of a table, as `alias`, that the run deletes: what a mirror does not find, and what `replace` finds in the way. */
export function isDeleted(table: StagedTable, rules: ConflictRules, params: Params, alias: string): string {
  if (rules.mode !== "mirror") return isDisplacedAnywhere(table, { ...rules, which: "staying" }, params);
  if (table.keyed !== true || rules.onConflict !== "replace") return leavesByMirror(table, alias, params);
  // Whoever is in the way gives way in a mirror.
  const displaced = isDisplacedAnywhere(table, { ...rules, which: "giving way" }, params);
  return `(${isGone(table, alias, params)} OR ${displaced}) AND ${notStaged(table, alias, params)}`;
}

function isDisplacedAnywhere(table: StagedTable, options: DisplacedOptions, params: Params): string {
  const displaced = conflictSites([table]).map((site) => isDisplaced(site, options, params));
  return displaced.length === 0 ? "0" : joinBalanced(displaced, "OR");
}

/**
 * True for a unique index whose values are no stored columns: a partial one, or one over expressions
 * or generated columns. Which rows conflict under it shows only when they are written.
 */
export function isPartialOrExpression(table: LiveTable, { partial, columns }: UniqueIndex): boolean {
  const stored = new Set(table.columns.filter(({ generated }) => generated === null).map(({ name }) => name));
  return partial || columns.some((column) => column === null || !stored.has(column));
}
