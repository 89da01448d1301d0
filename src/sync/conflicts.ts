import type { Database } from "../database/port.ts";
import type { LiveTable, UniqueIndex } from "../database/schema.ts";
import { quote, tuple } from "../database/sql.ts";
import { Params } from "./params.ts";
import {
  keyMatches,
  type ShapeSql,
  type Staged,
  type StagedShape,
  type StagedTable,
  shapeSql,
} from "./staged.ts";
import type { Conflict, Mode } from "./types.ts";

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

/** Where conflicts may be: each unique index over plain columns that the rows have. */
export function conflictSites(staged: Staged): ConflictSite[] {
  return staged.tables.flatMap((table) =>
    table.shapes.flatMap((shape) =>
      table.table.uniqueIndexes
        .filter((index) => isCovered(index, shape))
        .map((index) => ({ staged: table, shape, index })),
    ),
  );
}

function isCovered(index: UniqueIndex, shape: StagedShape): boolean {
  return !index.partial && index.columns.every((column) => column !== null && shape.columns.includes(column));
}

/** `holder` joined to the incoming row: same unique values, another key. */
export function holderJoin(
  { staged: { table }, index }: ConflictSite,
  sql: ShapeSql,
  alias = "holder",
): string {
  const same = index.columns.map(
    (column) => `${alias}.${quote(column as string)} = ${sql.cell(column as string)}`,
  );
  return `${same.join(" AND ")} AND NOT (${keyMatches(alias, table, sql)})`;
}

/** True in SQL where the holder lets go by itself: it is among the incoming rows, or a mirror deletes it. */
export function holderLetsGo(
  run: string,
  site: ConflictSite,
  mode: Mode,
  params: Params,
  alias = "holder",
): string {
  if (mode === "mirror") return "1";
  if (mode === "insert") return "0";
  const { staged } = site;
  const key = staged.table.key.columns;
  const incoming = (staged.whole ?? staged.shapes).map((shape) => {
    const sql = shapeSql(run, staged, shape, params);
    return `${tuple(key.map((name) => `${alias}.${quote(name)}`))} IN (SELECT ${key.map((name) => sql.cell(name)).join(", ")} FROM ${sql.from} WHERE ${sql.where})`;
  });
  return `(${incoming.join(" OR ")})`;
}

/** True in SQL where the incoming row meets no conflict at any of the table's unique indexes. */
export function withoutConflict(
  run: string,
  staged: StagedTable,
  shape: StagedShape,
  mode: Mode,
  params: Params,
): string {
  const sites = staged.table.uniqueIndexes
    .filter((index) => isCovered(index, shape))
    .map((index) => ({ staged, shape, index }));
  if (sites.length === 0) return "1";
  const sql = shapeSql(run, staged, shape, params);
  const none = sites.map(
    (site) =>
      `NOT EXISTS (SELECT 1 FROM ${quote(staged.table.name)} AS holder WHERE ${holderJoin(site, sql)} AND NOT ${holderLetsGo(run, site, mode, params)})`,
  );
  return none.join(" AND ");
}

/** The first conflicts with their keys, for people: 20 at the most. */
export async function listConflicts(
  database: Database,
  run: string,
  sites: readonly ConflictSite[],
  mode: Mode,
): Promise<Conflict[]> {
  const found: Conflict[] = [];
  for (const site of sites) {
    if (found.length >= 20) break;
    const params = new Params();
    const { table } = site.staged;
    const sql = shapeSql(run, site.staged, site.shape, params);
    const rows = await database.query({
      sql: `SELECT ${keyJson(table, (name) => sql.cell(name))} AS incoming, ${keyJson(table, (name) => `holder.${quote(name)}`)} AS holder
        FROM ${sql.from} JOIN ${quote(table.name)} AS holder ON ${holderJoin(site, sql)}
        WHERE ${sql.where} AND NOT ${holderLetsGo(run, site, mode, params)} LIMIT ${20 - found.length}`,
      params: params.values,
    });
    for (const [key, holder] of rows) {
      found.push({
        table: table.name,
        index: describeIndex(site),
        key: key as string,
        holder: holder as string,
      });
    }
  }
  return found;
}

function describeIndex({ index }: ConflictSite): string {
  return index.columns.join(", ");
}

function keyJson(table: LiveTable, cell: (name: string) => string): string {
  const parts = table.key.columns.map(
    (name) => `CASE typeof(${cell(name)}) WHEN 'blob' THEN hex(${cell(name)}) ELSE ${cell(name)} END`,
  );
  return `json_array(${parts.join(", ")})`;
}
