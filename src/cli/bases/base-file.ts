import type { DatabaseSync } from "node:sqlite";
import type { Cell } from "../../archive/types.ts";
import { byName } from "../../database/node-sqlite.ts";
import { openClosed } from "../../database/node-sqlite-closed.ts";
import { keyOf, keyText } from "../../diff/index.ts";
import type { Lock } from "../workspace/command-lock.ts";
import { BaseRows } from "./base-rows.ts";
import type { BaseTable } from "./base-table.ts";
import { UnknownRows } from "./unknown-rows.ts";

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

/**
 * An exchange, and what became of it: it may still come to nothing, or it has been done. One that waits may be applied by
 * somebody else; set aside, it may as well, but the base is as it was before.
 */
export interface Exchange {
  n: number;
  /** The place that was written, by its name. */
  target: string;
  /** The key of its run. */
  run: string | null;
  state: "pending" | "waiting" | "aside" | "done" | "undone";
  /** Milliseconds since 1970. */
  at: number;
}

/** Rows of a table that an exchange did not write after all; all that it has where `keys` is null. */
export interface SkippedRows {
  name: string;
  keys: readonly (readonly Cell[])[] | null;
}

interface ChangedRow {
  table: string;
  id: string;
  key: string;
  before: string | null;
}

const idOf = ({ key }: BaseTable, cells: readonly Cell[]): string => keyText(cells, key.collations);

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
  readonly #unknown: UnknownRows;

  constructor(sqlite: DatabaseSync, { now, lock }: { now: () => number; lock?: Lock | undefined }) {
    super(sqlite);
    this.#now = now;
    this.#lock = lock;
    sqlite.exec(OWN_TABLES);
    this.#unknown = new UnknownRows(sqlite);
  }

  override forget(name: string): void {
    for (const own of ["_ferry_change", "_ferry_unknown", "_ferry_known"])
      this.sqlite.prepare(`DELETE FROM ${own} WHERE "table" = ?`).run(name);
    super.forget(name);
  }

  /** True for a row of which an exchange may have been done or not. */
  isUnknown(table: BaseTable, key: readonly Cell[]): boolean {
    return this.#unknown.hasAny(table.name) && this.#unknown.has(table.name, idOf(table, key));
  }

  /** Those unknown rows of a table are known once the exchange is done whose ids are these. */
  knows(n: number, table: string, isKnown: (id: string) => boolean): void {
    this.#unknown.learn(n, table, isKnown);
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
        const id = idOf(table, key);
        keep.run(n, table.name, id, JSON.stringify(key), before[i] as string | null, line);
        this.put(table, key, line);
      }
    });
  }

  /** Rows of a table that was exchanged as a whole; nothing is kept of what they replace. */
  writeWhole(n: number, table: BaseTable, lines: readonly string[]): void {
    this.transaction(() => {
      if (this.#unknown.hasAny(table.name)) {
        const ids = new Set(lines.map((line) => idOf(table, keyOf({ key: [...table.key.columns] }, line))));
        this.knows(n, table.name, (id) => ids.has(id));
      }
      this.sqlite.prepare("INSERT OR IGNORE INTO _ferry_whole VALUES (?, ?)").run(n, table.name);
      for (const line of lines) this.put(table, [], line);
    });
  }

  /** The exchange has been done, by this run; older ones that nobody takes back any more are forgotten. */
  done(n: number, run: string | null): void {
    this.sqlite.prepare("UPDATE _ferry_exchange SET state = 'done', run = ? WHERE n = ?").run(run, n);
    this.#unknown.done(n);
    for (const name of ["_ferry_change", "_ferry_whole", "_ferry_exchange", "_ferry_known"])
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
      .all(byName([table.name, idOf(table, key)])) as unknown as { run: string }[];
    return row?.run ?? null;
  }

  /**
   * Nobody knows what became of a pending exchange: it goes back, and its rows are unknown until they are exchanged again.
   * With `tables` those of others were not written.
   */
  doubt(n: number, tables?: readonly string[]): void {
    this.transaction(() => {
      this.#unknown.addChangesOf(n, tables);
      this.takeBack(n);
    });
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
    return this.#exchanges("state IN ('pending', 'waiting', 'aside')");
  }

  /** An exchange that waits goes back, and is kept: it may still be done. */
  setAside(n: number): void {
    this.transaction(() => {
      this.#goBack(n);
      this.#changePlaces(n);
      this.sqlite.prepare("DELETE FROM _ferry_whole WHERE n = ?").run(n);
      this.sqlite.prepare("UPDATE _ferry_exchange SET state = 'aside' WHERE n = ?").run(n);
    });
  }

  /** One that was set aside has been done after all: its rows are as it has them, but for those exchanged since. */
  bringBack(n: number): void {
    this.transaction(() => {
      this.#goBack(n);
      this.#changePlaces(n);
      this.sqlite.prepare("UPDATE _ferry_exchange SET state = 'pending' WHERE n = ?").run(n);
    });
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

  /** Takes back what an exchange has written. */
  takeBack(n: number): void {
    const [exchange] = this.#exchanges("n = ?1", n);
    this.transaction(() => {
      if (exchange?.state !== "aside") this.#goBack(n);
      for (const name of ["_ferry_change", "_ferry_whole", "_ferry_exchange", "_ferry_known"])
        this.sqlite.prepare(`DELETE FROM ${name} WHERE n = ?`).run(n);
    });
  }

  /** Takes back what an exchange has written of a table, or of rows of it. */
  takeBackOf(n: number, { name, keys }: SkippedRows): void {
    const table = this.known.get(name);
    if (table === undefined) return;
    const ids = keys === null ? null : new Set(keys.map((key) => idOf(table, key)));
    const takes = ({ table: other, id }: ChangedRow) => other === name && (ids === null || ids.has(id));
    this.transaction(() => {
      const taken = this.#goBack(n, takes);
      for (const own of ["_ferry_change", "_ferry_known"]) {
        const remove = this.sqlite.prepare(`DELETE FROM ${own} WHERE n = ? AND "table" = ? AND id = ?`);
        for (const { id } of taken) remove.run(n, name, id);
      }
      const whole = this.sqlite.prepare(`SELECT 1 FROM _ferry_whole WHERE n = ? AND "table" = ?`);
      if (whole.get(n, name) !== undefined) this.forget(name);
    });
  }

  /**
   * A run was undone at the target by another one. Was it an exchange, what that wrote and what it replaced change
   * places; and again where it was such an undo itself.
   */
  undo(run: string, by: string): void {
    for (const { n, state } of this.#undoneWith(run)) {
      this.transaction(() => {
        this.#goBack(n);
        this.#changePlaces(n);
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

  /** What an exchange wrote and what it replaced. */
  #changePlaces(n: number): void {
    this.sqlite.prepare("UPDATE _ferry_change SET before = after, after = before WHERE n = ?").run(n);
  }

  /**
   * Rows that a later exchange wrote as well stay: that one then goes back to what this one replaced. Answers the rows;
   * with `takes` tables that were exchanged as a whole stay.
   */
  #goBack(n: number, takes?: (row: ChangedRow) => boolean): ChangedRow[] {
    const all = this.sqlite
      .prepare(`SELECT "table", id, key, before FROM _ferry_change WHERE n = ?`)
      .all(n) as unknown as ChangedRow[];
    const changes = takes === undefined ? all : all.filter(takes);
    const later = this.sqlite.prepare(
      `UPDATE _ferry_change SET before = ?1 WHERE "table" = ?2 AND id = ?3
       AND n = (SELECT min(n) FROM _ferry_change JOIN _ferry_exchange USING (n)
                WHERE "table" = ?2 AND id = ?3 AND n > ?4 AND state NOT IN ('undone', 'aside'))`,
    );
    for (const { table: name, id, key, before } of changes) {
      const table = this.known.get(name);
      if (table === undefined) continue;
      if (later.run(byName([before, name, id, n])).changes === 0)
        this.put(table, JSON.parse(key) as Cell[], before);
    }
    if (takes !== undefined) return changes;
    const whole = this.sqlite.prepare(`SELECT "table" FROM _ferry_whole WHERE n = ?`).all(n);
    for (const { table } of whole as unknown as { table: string }[]) this.forget(table);
    return changes;
  }

  #undoneWith(run: string): Exchange[] {
    return this.#exchanges("(run = ?1 AND state = 'done' AND undone_by IS NULL) OR undone_by = ?1", run);
  }

  #exchanges(where: string, ...values: (string | number)[]): Exchange[] {
    return this.sqlite
      .prepare(`SELECT n, target, run, state, at FROM _ferry_exchange WHERE ${where} ORDER BY n`)
      .all(byName(values)) as unknown as Exchange[];
  }
}
