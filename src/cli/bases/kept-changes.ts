import type { DatabaseSync } from "node:sqlite";
import type { Cell } from "../../archive/types.ts";
import { byName } from "../../database/node-sqlite.ts";
import { type BaseTable, idOf } from "./base-table.ts";

const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS _ferry_change (
    n INTEGER NOT NULL, "table" TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, before TEXT, after TEXT,
    PRIMARY KEY (n, "table", id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS _ferry_change_of_row ON _ferry_change ("table", id);
  CREATE TABLE IF NOT EXISTS _ferry_whole (n INTEGER NOT NULL, "table" TEXT NOT NULL, PRIMARY KEY (n, "table"));`;

/** The base's rows, as far as a change is put into them. */
export interface RowsToChange {
  named(name: string): BaseTable | undefined;
  put(table: BaseTable, key: readonly Cell[], line: string | null): void;
  forget(name: string): void;
}

/** A row that an exchange has changed in the base: a line each, or null for no row. */
export interface RowChange {
  key: readonly Cell[];
  before: string | null;
  after: string | null;
}

interface ChangedRow {
  table: string;
  id: string;
  key: string;
  before: string | null;
}

/** What each exchange has changed in a base, and how it goes back. Tables are known by the names that the base has for them. */
export class KeptChanges {
  readonly #sqlite: DatabaseSync;
  readonly #rows: RowsToChange;

  constructor(sqlite: DatabaseSync, rows: RowsToChange) {
    this.#sqlite = sqlite;
    this.#rows = rows;
    sqlite.exec(OWN_TABLES);
  }

  /** Writes rows as an exchange has them, and keeps what they replace. */
  write(n: number, table: BaseTable, changes: readonly RowChange[]): void {
    const keep = this.#sqlite.prepare(
      `INSERT INTO _ferry_change VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (n, "table", id) DO UPDATE SET after = excluded.after`,
    );
    for (const { key, before, after } of changes) {
      if (before === after) continue;
      keep.run(n, table.name, idOf(table, key), JSON.stringify(key), before, after);
      this.#rows.put(table, key, after);
    }
  }

  /** The table is exchanged as a whole: nothing is kept of what it replaces. */
  noteWhole(n: number, { name }: BaseTable): void {
    this.#sqlite.prepare("INSERT OR IGNORE INTO _ferry_whole VALUES (?, ?)").run(n, name);
  }

  isWhole(n: number, { name }: BaseTable): boolean {
    return (
      this.#sqlite.prepare(`SELECT 1 FROM _ferry_whole WHERE n = ? AND "table" = ?`).get(n, name) !==
      undefined
    );
  }

  /** The run that last made a row what it is here; null where none is known any more. */
  runOf(table: BaseTable, key: readonly Cell[]): string | null {
    const [row] = this.#sqlite
      .prepare(
        `SELECT run FROM _ferry_exchange WHERE state = 'done' AND run IS NOT NULL AND (
           n IN (SELECT n FROM _ferry_change WHERE "table" = ?1 AND id = ?2 AND before IS NOT after)
           OR n IN (SELECT n FROM _ferry_whole WHERE "table" = ?1)) ORDER BY n DESC LIMIT 1`,
      )
      .all(byName([table.name, idOf(table, key)])) as unknown as { run: string }[];
    return row?.run ?? null;
  }

  /** What an exchange wrote and what it replaced. */
  changePlaces(n: number): void {
    this.#sqlite.prepare("UPDATE _ferry_change SET before = after, after = before WHERE n = ?").run(n);
  }

  /**
   * Rows that a later exchange wrote as well stay: that one then goes back to what this one replaced. Tables that were
   * exchanged as a whole are forgotten.
   */
  goBack(n: number): void {
    this.#putBack(this.#changedBy(n), n);
    const whole = this.#sqlite.prepare(`SELECT "table" FROM _ferry_whole WHERE n = ?`).all(n);
    for (const { table } of whole as unknown as { table: string }[]) this.#rows.forget(table);
  }

  /** The same of rows of one table, all where `ids` is null; a table that was exchanged as a whole stays. Answers which. */
  goBackOf(n: number, { name }: BaseTable, ids: ReadonlySet<string> | null): string[] {
    const taken = this.#changedBy(n).filter(
      ({ table, id }) => table === name && (ids === null || ids.has(id)),
    );
    this.#putBack(taken, n);
    const remove = this.#sqlite.prepare(`DELETE FROM _ferry_change WHERE n = ? AND "table" = ? AND id = ?`);
    for (const { id } of taken) remove.run(n, name, id);
    return taken.map(({ id }) => id);
  }

  #changedBy(n: number): ChangedRow[] {
    return this.#sqlite
      .prepare(`SELECT "table", id, key, before FROM _ferry_change WHERE n = ?`)
      .all(n) as unknown as ChangedRow[];
  }

  #putBack(changes: readonly ChangedRow[], n: number): void {
    const later = this.#sqlite.prepare(
      `UPDATE _ferry_change SET before = ?1 WHERE "table" = ?2 AND id = ?3
       AND n = (SELECT min(n) FROM _ferry_change JOIN _ferry_exchange USING (n)
                WHERE "table" = ?2 AND id = ?3 AND n > ?4 AND state NOT IN ('undone', 'aside'))`,
    );
    for (const { table: name, id, key, before } of changes) {
      const table = this.#rows.named(name);
      if (table === undefined) continue;
      if (later.run(byName([before, name, id, n])).changes === 0)
        this.#rows.put(table, JSON.parse(key) as Cell[], before);
    }
  }
}
