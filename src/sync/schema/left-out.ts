import type { ColumnSchema } from "../../archive/types.ts";
import { isNotTheApps } from "../../database/own-names.ts";
import { foldCase } from "../../names.ts";
import { isSecretColumn, secretsTogether, secretTable } from "./secret-names.ts";

export const HISTORY = "seed_history";

const BOOKKEEPING = new Set([
  HISTORY,
  "d1_migrations",
  "__drizzle_migrations",
  "_prisma_migrations",
  "knex_migrations",
  "knex_migrations_lock",
]);

/** Why a table stays behind unless it is asked for by name; null when it travels. */
export function reasonToLeaveOut(table: { name: string; columns: readonly ColumnSchema[] }): string | null {
  if (BOOKKEEPING.has(foldCase(table.name))) return "bookkeeping of this database";
  const logins = secretTable(table.name);
  if (logins !== null) return `looks like ${logins}`;
  const column = table.columns.find(isSecretColumn)?.name ?? secretsTogether(table.columns.map(nameOf));
  return column === null ? null : `holds credentials (${column})`;
}

/** True for what is never a user's table: engine, platform and d1-ferry's own. */
export function isInternal(name: string): boolean {
  return isNotTheApps(name) || /^sqlite_/i.test(name);
}

const nameOf = ({ name }: ColumnSchema): string => name;
