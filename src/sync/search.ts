import type { OtherSchema } from "../archive/types.ts";
import { readFts5 } from "../database/fts5.ts";
import type { Statement } from "../database/port.ts";
import type { LiveSchema } from "../database/schema.ts";
import { quote } from "../database/sql.ts";
import { differs } from "./compare.ts";
import type { ConflictRules } from "./conflicts.ts";
import { Params } from "./params.ts";
import { keyMatches, type ShapeSql, type StagedShape, type StagedTable, shapeSql } from "./staged.ts";

/** Makes the full-text indexes over these tables again from their text. Their triggers were suspended. */
export function rebuildStatements(
  { others }: Pick<LiveSchema, "others">,
  tables: readonly string[],
): Statement[] {
  return others
    .filter(({ type, table }) => type === "virtual" && tables.includes(table))
    .flatMap(rebuildStatement);
}

/** Nothing for an index whose text is kept nowhere. */
export function rebuildStatement({ name, sql }: OtherSchema): Statement[] {
  if (readFts5(sql)?.content !== "external") return [];
  return [{ sql: `INSERT INTO ${quote(name)} (${quote(name)}) VALUES ('rebuild')` }];
}

/**
 * Writes the rows of a full-text table, which knows no upsert: rows that differ go, rows that are
 * not there come.
 */
export function searchStatements(rules: ConflictRules, staged: StagedTable, shape: StagedShape): Statement[] {
  const { table } = staged;
  const name = quote(table.name);
  const rowid = quote(table.key.columns[0] as string);
  const statement = (build: (sql: ShapeSql) => string, absent?: (column: string) => string): Statement => {
    const params = new Params();
    return { sql: build(shapeSql(rules.run, staged, shape, params, absent)), params: params.values };
  };
  const outdated = statement(
    (sql) => `DELETE FROM ${name} WHERE ${rowid} IN (SELECT live.${rowid} FROM ${sql.from}
      CROSS JOIN ${name} AS live ON ${keyMatches("live", table, sql)}
      WHERE ${differs(table, shape, (column) => `live.${column}`, sql)})`,
    (column) => `live.${quote(column)}`,
  );
  const absent = statement(
    (sql) => `INSERT INTO ${name} (${shape.columns.map(quote).join(", ")})
      SELECT ${shape.columns.map(sql.cell).join(", ")} FROM ${sql.from}
      WHERE NOT EXISTS (SELECT 1 FROM ${name} AS live WHERE ${keyMatches("live", table, sql)})`,
  );
  return rules.mode === "insert" ? [absent] : [outdated, absent];
}
