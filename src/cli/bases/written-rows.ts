import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Cell } from "../../archive/types.ts";
import { type BaseTable, cellsOf, idOf } from "./base-table.ts";

const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS _ferry_written (
    n INTEGER NOT NULL, "table" TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, was TEXT, becomes TEXT,
    PRIMARY KEY (n, "table", id)) WITHOUT ROWID`;

/** A row that a run writes: what the target had and what it is to have, a line each, or null for no row. */
export interface WrittenRow {
  key: readonly Cell[];
  was: string | null;
  becomes: string | null;
}

/** A written row as it can be told again: digests of what it was and what it became. */
export interface WrittenDigests {
  table: string;
  key: readonly Cell[];
  was: string | null;
  becomes: string | null;
}

/**
 * What the run of an exchange writes at its target, where that keeps nothing of a run. It may be other than what the base
 * learns: a row merged by cells is what neither the source nor the base has.
 */
export class WrittenRows {
  readonly #sqlite: DatabaseSync;

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
    sqlite.exec(OWN_TABLES);
  }

  note(n: number, table: BaseTable, rows: readonly WrittenRow[]): void {
    const keep = this.#sqlite.prepare("INSERT OR REPLACE INTO _ferry_written VALUES (?, ?, ?, ?, ?, ?)");
    const digest = (line: string | null) => (line === null ? null : rowDigest(table, line));
    for (const { key, was, becomes } of rows)
      keep.run(n, table.name, idOf(table, key), JSON.stringify(key), digest(was), digest(becomes));
  }

  /** The run did not write these rows after all. */
  remove(n: number, { name }: BaseTable, ids: readonly string[]): void {
    const remove = this.#sqlite.prepare(`DELETE FROM _ferry_written WHERE n = ? AND "table" = ? AND id = ?`);
    for (const id of ids) remove.run(n, name, id);
  }

  *of(n: number): Generator<WrittenDigests> {
    const rows = this.#sqlite
      .prepare(`SELECT "table", key, was, becomes FROM _ferry_written WHERE n = ?`)
      .iterate(n) as Iterable<Omit<WrittenDigests, "key"> & { key: string }>;
    for (const { key, ...row } of rows) yield { ...row, key: JSON.parse(key) as Cell[] };
  }

  /** The exchange is undone, or done again. */
  changePlaces(n: number): void {
    this.#sqlite.prepare("UPDATE _ferry_written SET was = becomes, becomes = was WHERE n = ?").run(n);
  }
}

/** Of a row's cells in the table's order, whatever letters the names are in. */
export function rowDigest(table: BaseTable, line: string): string {
  const cells = JSON.stringify([...cellsOf(table, line).values()]);
  return createHash("sha256").update(cells).digest("base64");
}
