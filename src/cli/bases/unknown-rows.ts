import type { DatabaseSync } from "node:sqlite";
import { byName } from "../../database/node-sqlite.ts";

const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS _ferry_unknown (
    "table" TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY ("table", id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS _ferry_known (
    n INTEGER NOT NULL, "table" TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (n, "table", id)) WITHOUT ROWID;`;

/**
 * Rows of a base of which an exchange may have been done or not, by table and id, until another exchange that knows them is
 * done.
 */
export class UnknownRows {
  readonly #sqlite: DatabaseSync;
  readonly #any;
  readonly #find;

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
    sqlite.exec(OWN_TABLES);
    this.#any = sqlite.prepare(`SELECT 1 FROM _ferry_unknown WHERE "table" = ?`);
    this.#find = sqlite.prepare(`SELECT 1 FROM _ferry_unknown WHERE "table" = ? AND id = ?`);
  }

  hasAny(table: string): boolean {
    return this.#any.get(table) !== undefined;
  }

  has(table: string, id: string): boolean {
    return this.#find.get(table, id) !== undefined;
  }

  /** All that an exchange has changed; with `tables` only those of these. */
  addChangesOf(n: number, tables: readonly string[] | undefined): void {
    this.#sqlite
      .prepare(
        `INSERT OR IGNORE INTO _ferry_unknown ("table", id) SELECT "table", id FROM _ferry_change
         WHERE n = ?1 AND (?2 IS NULL OR "table" COLLATE NOCASE IN (SELECT value FROM json_each(?2)))`,
      )
      .run(byName([n, tables === undefined ? null : JSON.stringify(tables)]));
  }

  /** Those of a table are known once the exchange is done whose ids are these. */
  learn(n: number, table: string, isKnown: (id: string) => boolean): void {
    const unknown = this.#sqlite.prepare(`SELECT id FROM _ferry_unknown WHERE "table" = ?`).all(table);
    const keep = this.#sqlite.prepare("INSERT OR IGNORE INTO _ferry_known VALUES (?, ?, ?)");
    for (const { id } of unknown as unknown as { id: string }[]) if (isKnown(id)) keep.run(n, table, id);
  }

  /** Of these rows the exchange makes nothing known after all. */
  unlearn(n: number, table: string, ids: readonly string[]): void {
    const remove = this.#sqlite.prepare(`DELETE FROM _ferry_known WHERE n = ? AND "table" = ? AND id = ?`);
    for (const id of ids) remove.run(n, table, id);
  }

  /** The exchange has been done. */
  done(n: number): void {
    this.#sqlite
      .prepare(
        `DELETE FROM _ferry_unknown WHERE ("table", id) IN (SELECT "table", id FROM _ferry_known WHERE n = ?)`,
      )
      .run(n);
  }
}
