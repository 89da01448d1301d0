import { affinityOf } from "../database/affinity.ts";
import type { Statement } from "../database/port.ts";
import type { LiveTable } from "../database/schema.ts";
import { quote, tuple } from "../database/sql.ts";
import { type ConflictSite, conflictSites, holderJoin, holderLetsGo } from "./conflicts.ts";
import { Params } from "./params.ts";
import { type Staged, shapeSql } from "./staged.ts";
import type { Mode } from "./types.ts";

/**
 * Moves holders that will let go of a unique value anyway off it: NULL where the column takes it,
 * else a value that nothing else has. Their right values, or their deletion, come later in the batch.
 */
export function parkStatement(run: string, site: ConflictSite): Statement {
  const { table } = site.staged;
  const params = new Params();
  const column = parkingColumn(table, site);
  return {
    sql: `UPDATE ${quote(table.name)} SET ${quote(column.name)} = ${column.value} WHERE ${heldKeys(run, site, params)}`,
    params: params.values,
  };
}

/** Deletes holders that stand in the way and are not part of the run. */
export function replaceStatements(run: string, staged: Staged, mode: Mode): Statement[] {
  return conflictSites(staged).map((site) => {
    const params = new Params();
    return {
      sql: `DELETE FROM ${quote(site.staged.table.name)} WHERE ${heldKeys(run, site, params, (alias) => `NOT ${holderLetsGo(run, site, mode, params, alias)}`)}`,
      params: params.values,
    };
  });
}

/** True for the rows that hold a unique value some incoming row of another key brings. */
function heldKeys(run: string, site: ConflictSite, params: Params, and?: (alias: string) => string): string {
  const { table } = site.staged;
  const sql = shapeSql(run, site.staged, site.shape, params);
  const key = table.key.columns.map(quote);
  return `${tuple(key)} IN (SELECT ${key.map((name) => `holder.${name}`).join(", ")} FROM ${sql.from}
    JOIN ${quote(table.name)} AS holder ON ${holderJoin(site, sql)} WHERE ${sql.where}${and === undefined ? "" : ` AND ${and("holder")}`})`;
}

function parkingColumn(table: LiveTable, { index }: ConflictSite): { name: string; value: string } {
  const columns = table.columns.filter(
    ({ name, generated }) => index.columns.includes(name) && generated === null,
  );
  const nullable = columns.find(({ notNull, primaryKey }) => !notNull && primaryKey === 0);
  if (nullable !== undefined) return { name: nullable.name, value: "NULL" };
  const text = columns.find(({ type }) => affinityOf(type, table.strict) === "text");
  if (text !== undefined) return { name: text.name, value: "'ferry-parked-' || hex(randomblob(16))" };
  return { name: columns[0]?.name as string, value: "random()" };
}
