import type { Database } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";
import { joinBalanced, quote } from "../../database/sql/syntax.ts";

/**
 * The tables in which a declared key holds NULL somewhere, so that it cannot identify rows. SQLite
 * allows that in rowid tables (sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls).
 * At most one statement for 90 tables.
 */
export async function findNullKeys(database: Database, tables: readonly LiveTable[]): Promise<string[]> {
  const suspects = tables.filter(mayHoldNullKeys);
  const found: string[] = [];
  for (let i = 0; i < suspects.length; i += 90) {
    const group = suspects.slice(i, i + 90);
    const checks = group.map(({ name, key }, n) => {
      const nulls = key.columns.map((column) => `${quote(column)} IS NULL`);
      return `EXISTS (SELECT 1 FROM ${quote(name)} WHERE ${joinBalanced(nulls, "OR")}) AS c${n}`;
    });
    const [row] = await database.query({ sql: `SELECT ${checks.join(", ")}` });
    found.push(...group.filter((_, n) => row?.[n] === 1).map(({ name }) => name));
  }
  return found;
}

/** Whether a declared key may hold NULLs. */
export function mayHoldNullKeys({ key, columns, withoutRowid, rowidAlias }: LiveTable): boolean {
  if (key.kind === "rowid" || withoutRowid || rowidAlias !== null) return false;
  return columns.some(({ primaryKey, notNull }) => primaryKey > 0 && !notNull);
}
