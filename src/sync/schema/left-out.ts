import type { ColumnSchema } from "../../archive/types.ts";

const OWN = /^(_cf_|sqlite_|_ferry_)/i;

export const HISTORY = "seed_history";

const BOOKKEEPING = new Set([
  HISTORY,
  "d1_migrations",
  "__drizzle_migrations",
  "_prisma_migrations",
  "knex_migrations",
  "knex_migrations_lock",
]);

const SECRET_NAME =
  /(^|_)(sessions?|tokens?|api_?keys?|password_resets?|magic_links?|verifications?)$|_(session|token)s?$/i;

const SECRET_COLUMN =
  /(^|_)(passwd|password|password_hash|hashed_password|session_token|access_token|refresh_token|token_hash)$/i;

/** Why a table stays behind unless it is asked for by name; null when it travels. */
export function reasonToLeaveOut(table: { name: string; columns: readonly ColumnSchema[] }): string | null {
  if (BOOKKEEPING.has(table.name.toLowerCase())) return "bookkeeping of this database";
  if (SECRET_NAME.test(table.name)) return "looks like sessions or tokens";
  const column = table.columns.find(({ name }) => SECRET_COLUMN.test(name));
  return column === undefined ? null : `holds credentials (${column.name})`;
}

/** True for what is never a user's table: engine, platform and d1-ferry's own. */
export function isInternal(name: string): boolean {
  return OWN.test(name);
}
