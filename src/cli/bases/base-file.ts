import type { DatabaseSync } from "node:sqlite";
import type { Cell } from "../../archive/types.ts";
import { byName } from "../../database/node-sqlite.ts";
import { openClosed } from "../../database/node-sqlite-closed.ts";
import { keyText } from "../../diff/index.ts";
import type { Lock } from "../workspace/command-lock.ts";
import { BaseRows } from "./base-rows.ts";
import type { BaseTable } from "./base-table.ts";

/*
 * The base of two places: the rows as the source had them when the two last exchanged any. It is a SQLite database in
 * .d1-ferry/bases/ with a table for each table, and beside them the exchanges and the rows that each of them replaced:
 * an exchange that comes to nothing, or is undone, goes back.
 */

/** Exchanges that can be taken back. */
const KEPT_EXCHANGES = 20;

const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS _ferry_exchange (
    n INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, run TEXT, state TEXT NOT NULL,
    at INTEGER NOT NULL, undone_by TEXT);
  CREATE TABLE IF NOT EXISTS _ferry_change (
    n INTEGER NOT NULL, "table" TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, before TEXT, after TEXT,
    PRIMARY KEY (n, "table", id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS _ferry_change_of_row ON _ferry_change ("table", id);
  CREATE TABLE IF NOT EXISTS _ferry_unknown (
    "table" TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY ("table", id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS _ferry_undoing (run TEXT PRIMARY KEY, undone_by TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS _ferry_whole (n INTEGER NOT NULL, "table" TEXT NOT NULL, PRIMARY KEY (n, "table"));`;

/** A row as it is to be in the base: a line, or null for no row. */
export interface BaseRowChange {
  key: readonly Cell[];
  line: string | null;
}

/** A row that an exchange has changed in the base: a line each, or null for no row. */
export interface ExchangedRow {
  table: BaseTable;
  key: readonly Cell[];
  before: string | null;
  after: string | null;
}

/** An exchange, and what became of it: it may still come to nothing, or it has been done. */
export interface Exchange {
  n: number;
  /** The place that was written, by its name. */
  target: string;
  /** The key of its run. */
  run: string | null;
  state: "pending" | "waiting" | "done" | "undone";
  /** Milliseconds since 1970. */
  at: number;
}

/** `lock` is released with it. */
export function openBaseFile(path: string, { now, lock }: { now: () => number; lock?: Lock }): BaseFile {
  const sqlite = openClosed(path, { timeout: 5_000 });
  try {
    return new BaseFile(sqlite, { now, lock });
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** The rows, and the exchanges by which they came to be so. */
export class BaseFile extends BaseRows {
  readonly #now: () => number;
  readonly #lock: Lock | undefined;

  constructor(sqlite: DatabaseSync, { now, lock }: { now: () => number; lock?: Lock | undefined }) {
    super(sqlite);
    this.#now = now;
    this.#lock = lock;
    sqlite.exec(OWN_TABLES);
  }

  override forget(name: string): void {
    for (const own of ["_ferry_change", "_ferry_unknown"])
      this.sqlite.prepare(`DELETE FROM ${own} WHERE "table" = ?`).run(name);
    super.forget(name);
  }

  /** True for a row of which an exchange may have been done or not. */
  isUnknown(table: BaseTable, key: readonly Cell[]): boolean {
    const found = this.sqlite
      .prepare(`SELECT 1 FROM _ferry_unknown WHERE "table" = ? AND id = ?`)
      .get(table.name, keyText(key, table.key.collations));
    return found !== undefined;
  }

  /** Begins an exchange that is pending; `target` is the name of the place that is written. */
  begin(target: string): number {
    const { lastInsertRowid } = this.sqlite
      .prepare("INSERT INTO _ferry_exchange (target, state, at) VALUES (?, 'pending', ?)")
      .run(target, this.#now());
    return Number(lastInsertRowid);
  }

  /** Writes rows as an exchange has them, and keeps what they replace. */
  async write(n: number, table: BaseTable, changes: readonly BaseRowChange[]): Promise<void> {
    const before: (string | null)[] = [];
    for (const { key } of changes) before.push(await this.read(table, key));
    const keep = this.sqlite.prepare(
      `INSERT INTO _ferry_change VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (n, "table", id) DO UPDATE SET after = excluded.after`,
    );
    this.transaction(() => {
      for (const [i, { key, line }] of changes.entries()) {
        if (before[i] === line) continue;
        const id = keyText(key, table.key.collations);
        keep.run(n, table.name, id, JSON.stringify(key), before[i] as string | null, line);
        this.put(table, key, line);
      }
    });
  }

  /** Rows of a table that was exchanged as a whole; nothing is kept of what they replace. */
  writeWhole(n: number, table: BaseTable, lines: readonly string[]): void {
    this.transaction(() => {
      this.sqlite.prepare("INSERT OR IGNORE INTO _ferry_whole VALUES (?, ?)").run(n, table.name);
      for (const line of lines) this.put(table, [], line);
    });
  }

  /** The exchange has been done, by this run; older ones that nobody takes back any more are forgotten. */
  done(n: number, run: string | null, tables?: readonly string[]): void {
    this.sqlite.prepare("UPDATE _ferry_exchange SET state = 'done', run = ? WHERE n = ?").run(run, n);
    // All rows of its tables are known by now: those that differed were decided, the others are equal in both places.
    if (tables !== undefined)
      this.sqlite
        .prepare(`DELETE FROM _ferry_unknown WHERE "table" IN (SELECT value FROM json_each(?))`)
        .run(JSON.stringify(tables));
    for (const name of ["_ferry_change", "_ferry_whole", "_ferry_exchange"])
      this.sqlite.prepare(`DELETE FROM ${name} WHERE n <= ?`).run(n - KEPT_EXCHANGES);
  }

  /** The run that last made a row what it is here; null where none is known any more. */
  runOf(table: BaseTable, key: readonly Cell[]): string | null {
    const [row] = this.sqlite
      .prepare(
        `SELECT run FROM _ferry_exchange WHERE state = 'done' AND run IS NOT NULL AND (
           n IN (SELECT n FROM _ferry_change WHERE "table" = ?1 AND id = ?2 AND before IS NOT after)
           OR n IN (SELECT n FROM _ferry_whole WHERE "table" = ?1)) ORDER BY n DESC LIMIT 1`,
      )
      .all(byName([table.name, keyText(key, table.key.collations)])) as unknown as { run: string }[];
    return row?.run ?? null;
  }

  /** Nobody knows what became of a pending exchange: it goes back, and its rows are unknown until they are exchanged again. */
  doubt(n: number): void {
    this.sqlite
      .prepare(`INSERT OR IGNORE INTO _ferry_unknown SELECT "table", id FROM _ferry_change WHERE n = ?`)
      .run(n);
    this.takeBack(n);
  }

  /** True where any exchange is known but this one. */
  knowsMoreThan(n: number | undefined): boolean {
    return this.sqlite.prepare("SELECT 1 FROM _ferry_exchange WHERE n <> ?").get(n ?? -1) !== undefined;
  }

  /** Which run a pending exchange belongs to. `waits`: it may be applied later, by somebody else. */
  note(n: number, run: string, { waits = false }: { waits?: boolean } = {}): void {
    const state = waits ? "waiting" : "pending";
    this.sqlite.prepare("UPDATE _ferry_exchange SET run = ?, state = ? WHERE n = ?").run(run, state, n);
  }

  pending(): Exchange[] {
    return this.#exchanges("state IN ('pending', 'waiting')");
  }

  /** The rows that an exchange has changed. */
  *changesOf(n: number): Generator<ExchangedRow> {
    const rows = this.sqlite
      .prepare(
        `SELECT "table", key, before, after FROM _ferry_change WHERE n = ? AND before IS NOT after ORDER BY "table", id`,
      )
      .iterate(n) as Iterable<{ table: string; key: string; before: string | null; after: string | null }>;
    for (const { table: name, key, before, after } of rows) {
      const table = this.known.get(name);
      if (table !== undefined) yield { table, key: JSON.parse(key) as Cell[], before, after };
    }
  }

  /** The last one that has been done. */
  last(): Exchange | null {
    return this.#exchanges("state = 'done'").at(-1) ?? null;
  }

  /** Takes back what an exchange has written, or those of its rows that are of these tables. */
  takeBack(n: number, tables?: readonly string[]): void {
    this.transaction(() => {
      this.#goBack(n, tables);
      const own = tables === undefined ? "" : ` AND "table" IN (SELECT value FROM json_each(?))`;
      const values = tables === undefined ? [] : [JSON.stringify(tables)];
      this.sqlite.prepare(`DELETE FROM _ferry_change WHERE n = ?${own}`).run(n, ...values);
      if (tables === undefined) this.sqlite.prepare("DELETE FROM _ferry_exchange WHERE n = ?").run(n);
    });
  }

  /**
   * A run was undone at the target by another one. Was it an exchange, what that wrote and what it replaced change
   * places; and again where it was such an undo itself.
   */
  undo(run: string, by: string): void {
    for (const { n, state } of this.#undoneWith(run)) {
      this.transaction(() => {
        this.#goBack(n, undefined);
        this.sqlite.prepare("UPDATE _ferry_change SET before = after, after = before WHERE n = ?").run(n);
        this.sqlite
          .prepare("UPDATE _ferry_exchange SET state = ?, undone_by = ? WHERE n = ?")
          .run(state === "undone" ? "done" : "undone", by, n);
      });
    }
    this.endUndo(run);
  }

  /** An undo of a run begins at a target that keeps nothing of it: what became of it is to be looked for. */
  beginUndo(run: string, by: string): void {
    if (this.#undoneWith(run).length > 0)
      this.sqlite.prepare("INSERT OR REPLACE INTO _ferry_undoing VALUES (?, ?)").run(run, by);
  }

  endUndo(run: string): void {
    this.sqlite.prepare("DELETE FROM _ferry_undoing WHERE run = ?").run(run);
  }

  /** Undos that have begun, each with the exchange that it takes back. */
  undoing(): { run: string; by: string; exchange: Exchange }[] {
    const rows = this.sqlite.prepare("SELECT run, undone_by FROM _ferry_undoing").all();
    return (rows as unknown as { run: string; undone_by: string }[]).flatMap(({ run, undone_by: by }) =>
      this.#undoneWith(run).map((exchange) => ({ run, by, exchange })),
    );
  }

  override close(): void {
    super.close();
    this.#lock?.release();
  }

  /** Rows that a later exchange wrote as well stay: that one then goes back to what this one replaced. */
  #goBack(n: number, tables: readonly string[] | undefined): void {
    const takes = (table: string) => tables?.includes(table) ?? true;
    const changes = this.sqlite
      .prepare(`SELECT "table", id, key, before FROM _ferry_change WHERE n = ?`)
      .all(n) as unknown as { table: string; id: string; key: string; before: string | null }[];
    const later = this.sqlite.prepare(
      `UPDATE _ferry_change SET before = ?1 WHERE "table" = ?2 AND id = ?3
       AND n = (SELECT min(n) FROM _ferry_change JOIN _ferry_exchange USING (n)
                WHERE "table" = ?2 AND id = ?3 AND n > ?4 AND state <> 'undone')`,
    );
    for (const { table: name, id, key, before } of changes) {
      const table = this.known.get(name);
      if (table === undefined || !takes(name)) continue;
      if (later.run(byName([before, name, id, n])).changes === 0)
        this.put(table, JSON.parse(key) as Cell[], before);
    }
    const whole = this.sqlite.prepare(`SELECT "table" FROM _ferry_whole WHERE n = ?`).all(n);
    for (const { table } of whole as unknown as { table: string }[]) if (takes(table)) this.forget(table);
  }

  #undoneWith(run: string): Exchange[] {
    return this.#exchanges("(run = ?1 AND state = 'done' AND undone_by IS NULL) OR undone_by = ?1", run);
  }

  #exchanges(where: string, ...values: string[]): Exchange[] {
    return this.sqlite
      .prepare(`SELECT n, target, run, state, at FROM _ferry_exchange WHERE ${where} ORDER BY n`)
      .all(byName(values)) as unknown as Exchange[];
  }
}
