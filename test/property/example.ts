import { DatabaseSync } from "node:sqlite";
import { quote } from "../../src/database/sql/syntax.ts";
import type { Draft } from "./generate/database.ts";

/** A database as statements that no SQLite refuses, to be run in one transaction with deferred foreign keys. */
export interface Example {
  tables: string[];
  indexes: string[];
  rows: string[];
  /** Views, triggers, full-text tables over other tables. */
  rest: string[];
}

export const statementsOf = ({ tables, indexes, rows, rest }: Example): string[] => [
  ...tables,
  ...indexes,
  ...rows,
  ...rest,
];

/** What SQLite takes of a draft: rows and objects that it refuses are left out, and rows that point nowhere. */
export function settleDraft(draft: Draft, refused: ReadonlySet<string> = new Set()): Example {
  const sqlite = new DatabaseSync(":memory:");
  const fatal = new Set(refused);
  try {
    sqlite.exec("BEGIN; PRAGMA defer_foreign_keys = on");
    const accepted = (statements: readonly string[], taken = isTaken) =>
      statements.filter((sql) => !fatal.has(sql) && taken(sqlite, sql, fatal));
    const tables = accepted(draft.tables);
    const lost = tables.filter((sql) => sql.includes(" REFERENCES ") && pointsNowhere(sqlite, sql, tables));
    if (lost.length > 0) return settleDraft(draft, new Set([...fatal, ...lost]));
    const indexes = accepted(draft.indexes);
    const rows = accepted(draft.rows, isTakenAlike);
    if (sqlite.isTransaction) {
      const repairs = deleteOrphans(sqlite);
      if ("stuck" in repairs) return settleDraft(draft, new Set([...fatal, ...rowsOf(draft, repairs.stuck)]));
      rows.push(...repairs.run, ...accepted(draft.sequences));
    }
    const rest = accepted(draft.rest);
    for (const sql of rest) if (isUnfilled(sql, rest) || isStray(sql, rest)) fatal.add(sql);
    if (fatal.size > refused.size) return settleDraft(draft, fatal);
    try {
      sqlite.exec("COMMIT");
    } catch (error) {
      // SQLite counts what is broken as it goes, and may count otherwise than a look at the rows: then none point anywhere.
      const pointing = tables.filter((sql) => sql.includes(" REFERENCES "));
      if (pointing.length === 0) throw error;
      return settleDraft(draft, new Set([...fatal, ...pointing]));
    }
    return { tables, indexes, rows, rest };
  } finally {
    sqlite.close();
  }
}

/** True for a command to a full-text table that is none: a table of that name took it as a row. */
function isStray(sql: string, rest: readonly string[]): boolean {
  const command = /^INSERT INTO (".*") \(\1\) VALUES \('rebuild'\)$/s.exec(sql);
  return command !== null && !rest.some((other) => other.startsWith(`CREATE VIRTUAL TABLE ${command[1]} `));
}

/** False for text for a rowid, a NULL in a key that takes none, a value that is there twice. */
function isTaken(sqlite: DatabaseSync, sql: string, fatal: Set<string>): boolean {
  if (!sqlite.isTransaction) return false;
  try {
    sqlite.exec(sql);
    return true;
  } catch {
    // No rowid is left: SQLite ends the whole transaction for that.
    if (!sqlite.isTransaction) fatal.add(sql);
    return false;
  }
}

/**
 * As isTaken, and false for a row without a rowid behind the largest one: SQLite gives it any that is free, and
 * so it would be another row in each database.
 */
function isTakenAlike(sqlite: DatabaseSync, sql: string, fatal: Set<string>): boolean {
  if (!sqlite.isTransaction) return false;
  sqlite.exec("SAVEPOINT row");
  const taken = isTaken(sqlite, sql, fatal);
  if (!sqlite.isTransaction) return false;
  const given = lastRowid(sqlite);
  if (taken) {
    sqlite.exec("ROLLBACK TO row");
    sqlite.exec(sql);
    if (lastRowid(sqlite) !== given) fatal.add(sql);
  }
  sqlite.exec("RELEASE row");
  return taken;
}

function lastRowid(sqlite: DatabaseSync): unknown {
  return sqlite.prepare("SELECT CAST(last_insert_rowid() AS TEXT) AS id").get()?.id;
}

/** True for a full-text table over one that was refused: it is made, and cannot be searched. */
function isUnfilled(sql: string, rest: readonly string[]): boolean {
  const name = /^CREATE VIRTUAL TABLE (.*) USING fts5\(.*content=/s.exec(sql)?.[1];
  return name !== undefined && !rest.some((other) => other.startsWith(`INSERT INTO ${name} (`));
}

/** True for a table whose parent was refused, or is a search table that took its name: it could not be written. */
function pointsNowhere(sqlite: DatabaseSync, sql: string, tables: readonly string[]): boolean {
  const missing = sqlite
    .prepare(
      `SELECT l.name FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f
        WHERE l.schema = 'main' AND f."table" COLLATE NOCASE NOT IN
          (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table')`,
    )
    .all() as { name: string }[];
  return tables.includes(sql) && missing.some(({ name }) => sql.startsWith(`CREATE TABLE ${quote(name)} `));
}

/** Deletes rows that point nowhere until none is left; a table is `stuck` when others need them. */
function deleteOrphans(sqlite: DatabaseSync): { run: string[] } | { stuck: string } {
  const run: string[] = [];
  for (;;) {
    const [orphan] = sqlite.prepare('SELECT "table", fkid FROM pragma_foreign_key_check LIMIT 1').all() as {
      table: string;
      fkid: number;
    }[];
    if (orphan === undefined) return { run };
    const sql = deleteOrphan(sqlite, orphan);
    try {
      // SQLite's check and a comparison by us may see a value differently.
      if (sqlite.prepare(sql).run().changes === 0) return { stuck: orphan.table };
    } catch {
      return { stuck: orphan.table };
    }
    run.push(sql);
  }
}

const rowsOf = ({ rows }: Draft, table: string): string[] =>
  rows.filter((sql) => sql.startsWith(`INSERT INTO ${quote(table)} `));

function deleteOrphan(sqlite: DatabaseSync, { table, fkid }: { table: string; fkid: number }): string {
  const keys = sqlite
    .prepare(
      `SELECT "table" AS parent, "from" AS name, "to" AS target FROM pragma_foreign_key_list(?) WHERE id = ? ORDER BY seq`,
    )
    .all(table, fkid) as { parent: string; name: string; target: string | null }[];
  const parent = keys[0]!.parent;
  const primary = sqlite
    .prepare("SELECT name FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk")
    .all(parent) as { name: string }[];
  const same = keys.map(
    ({ name, target }, i) => `parent.${quote(target ?? primary[i]!.name)} = child.${quote(name)}`,
  );
  const pointing = keys.map(({ name }) => `child.${quote(name)} IS NOT NULL`);
  return `DELETE FROM ${quote(table)} AS child WHERE ${pointing.join(" AND ")} AND NOT EXISTS (SELECT 1 FROM ${quote(parent)} AS parent WHERE ${same.join(" AND ")})`;
}
