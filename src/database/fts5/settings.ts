import type { OtherSchema, SchemaObject, TableSchema } from "../../archive/types.ts";
import type { Database, Statement } from "../port.ts";
import { quote } from "../sql/syntax.ts";

/** What a full-text table was told once and keeps, as how it ranks (sqlite.org/fts5.html#special_insert_commands). */
export type SearchSettings = [name: string, value: string | number][];

/** The settings of a full-text table that are not the default. One statement. */
export async function readSettings(
  database: Database,
  { name }: Pick<SchemaObject, "name">,
): Promise<SearchSettings> {
  const rows = await database.query({
    sql: `SELECT k, v FROM ${quote(`${name}_config`)} WHERE k <> 'version' AND v IS NOT NULL ORDER BY 1`,
  });
  return rows as SearchSettings;
}

export function settingStatements({
  name,
  settings = [],
}: Pick<TableSchema | OtherSchema, "name" | "settings">): Statement[] {
  return settings.map(([setting, value]) => ({
    sql: `INSERT INTO ${quote(name)} (${quote(name)}, rank) VALUES (?1, ?2 ->> '$')`,
    params: [setting, JSON.stringify(value)],
  }));
}
