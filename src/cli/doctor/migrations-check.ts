import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Found, fine, warning } from "../../api/findings.ts";
import { quote } from "../../database/sql/syntax.ts";
import { plural } from "../../numbers.ts";
import { findLocal } from "../places/local-database.ts";
import { openSqlite } from "../places/open-sqlite.ts";
import { printable } from "../printing/printable.ts";
import { entriesIn } from "../setup/config-entries.ts";
import type { WranglerFile } from "../setup/wrangler-file.ts";

/** Which of the wrangler file's migrations the local databases lack. Nobody lets a stranger look at production's. */
export async function checkMigrations(wrangler: WranglerFile | null, cwd: string): Promise<Found | null> {
  const pending: { binding: string; names: string[] }[] = [];
  let known = 0;
  for (const entry of entriesIn(wrangler?.config, "d1_databases")) {
    const { binding, migrations_dir: dir = "migrations", migrations_table: table = "d1_migrations" } = entry;
    if (typeof binding !== "string" || typeof dir !== "string" || typeof table !== "string") continue;
    const files = await migrationFiles(join(cwd, dir));
    if (files.length === 0) continue;
    known += files.length;
    const applied = await appliedTo(binding, { cwd, table });
    const names = files.filter((name) => !applied.has(name));
    if (names.length > 0) pending.push({ binding, names });
  }
  const [first] = pending;
  if (first === undefined)
    return known === 0 ? null : fine(`${plural(known, "migration")}, all of them applied here`);
  return warning(
    `${plural(first.names.length, "migration")} ${first.names.length === 1 ? "is" : "are"} not applied to ${printable(first.binding)} here, from ${printable(first.names[0] as string)} on`,
    `npx wrangler d1 migrations apply ${printable(first.binding)} --local (for production: --remote)`,
  );
}

async function migrationFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => name.endsWith(".sql")).toSorted();
}

/** None where there is no database yet, or where nothing was ever applied. */
async function appliedTo(
  binding: string,
  { cwd, table }: { cwd: string; table: string },
): Promise<ReadonlySet<unknown>> {
  const local = await findLocal(`local:${binding}`, cwd).catch(() => null);
  if (local === null) return new Set();
  const database = openSqlite(local.path, { readOnly: true });
  try {
    const rows = await database.query({ sql: `SELECT name FROM ${quote(table)}` }).catch(() => []);
    return new Set(rows.map(([name]) => name));
  } finally {
    database.close();
  }
}
