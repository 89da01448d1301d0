import type { DatabaseSync } from "node:sqlite";
import type { Cell } from "../../archive/types.ts";
import { openClosed } from "../../database/node-sqlite-closed.ts";
import type { Lock } from "../workspace/command-lock.ts";
import { BaseRows } from "./base-rows.ts";
import { type BaseTable, idOf, keyCellsOf } from "./base-table.ts";
import { ExchangeLog } from "./exchange-log.ts";
import { KeptChanges, type RowChange } from "./kept-changes.ts";
import { UnknownRows } from "./unknown-rows.ts";
import { type WrittenDigests, type WrittenRow, WrittenRows } from "./written-rows.ts";

/*
 * The base of two places: the rows as the source had them when the two last exchanged any. It is a SQLite database in
 * .d1-ferry/bases/ with a table for each table, and beside them the exchanges and the rows that each of them replaced:
 * an exchange that comes to nothing, or is undone, goes back.
 */

/** Exchanges that can be taken back. */
const KEPT_EXCHANGES = 20;

const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS _ferry_was_empty (n INTEGER NOT NULL, "table" TEXT NOT NULL, PRIMARY KEY (n, "table"))`;

/** What is kept of single exchanges, by their numbers. */
const OF_EXCHANGES = [
  "_ferry_change",
  "_ferry_whole",
  "_ferry_known",
  "_ferry_written",
  "_ferry_exchange",
  "_ferry_was_empty",
];

/** A row as it is to be in the base: a line, or null for no row. */
export interface BaseRowChange {
  key: readonly Cell[];
  line: string | null;
}

export interface TakenBack {
  /**
   * Of tables that were empty at the target when the exchange began it is known that they were: what is in them was written
   * there since. @default only where nobody knows what became of it
   */
  staysEmpty?: boolean;
}

/** Rows of a table that an exchange did not write after all; all that it has where `keys` is null. */
export interface SkippedRows {
  name: string;
  keys: readonly (readonly Cell[])[] | null;
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
  readonly exchanges: ExchangeLog;
  readonly #lock: Lock | undefined;
  readonly #changes: KeptChanges;
  readonly #unknown: UnknownRows;
  readonly #written: WrittenRows;

  constructor(sqlite: DatabaseSync, { now, lock }: { now: () => number; lock?: Lock | undefined }) {
    super(sqlite);
    this.#lock = lock;
    sqlite.exec(OWN_TABLES);
    this.exchanges = new ExchangeLog(sqlite, { now });
    this.#changes = new KeptChanges(sqlite, {
      named: (name) => this.named(name),
      put: (...row) => this.put(...row),
      forget: (name) => this.forget(name),
    });
    this.#unknown = new UnknownRows(sqlite);
    this.#written = new WrittenRows(sqlite);
  }

  override forget(name: string): void {
    const known = this.named(name)?.name ?? name;
    for (const own of ["_ferry_change", "_ferry_unknown", "_ferry_known", "_ferry_written"])
      this.sqlite.prepare(`DELETE FROM ${own} WHERE "table" = ?`).run(known);
    super.forget(name);
  }

  /** True for a row of which an exchange may have been done or not. */
  isUnknown(table: BaseTable, key: readonly Cell[]): boolean {
    return this.#unknown.hasAny(table.name) && this.#unknown.has(table.name, idOf(table, key));
  }

  /** True for a table of which any rows may have been exchanged or not. */
  hasUnknown({ name }: BaseTable): boolean {
    return this.#unknown.hasAny(name);
  }

  /** Those unknown rows of a table are known once the exchange is done whose ids are these. */
  knows(n: number, table: string, isKnown: (id: string) => boolean): void {
    this.#unknown.learn(n, this.named(table)?.name ?? table, isKnown);
  }

  /** Writes rows as an exchange has them, and keeps what they replace. */
  async write(n: number, table: BaseTable, changes: readonly BaseRowChange[]): Promise<void> {
    const rows: RowChange[] = [];
    for (const { key, line } of changes) rows.push({ key, before: await this.read(table, key), after: line });
    this.writeRows(n, table, rows);
  }

  /** The same of rows that are read already. */
  writeRows(n: number, table: BaseTable, rows: readonly RowChange[]): void {
    this.transaction(() => this.#changes.write(n, table, rows));
  }

  /** What the run of an exchange writes of a table at a target that keeps nothing of it. */
  noteWritten(n: number, name: string, rows: readonly WrittenRow[]): void {
    const table = this.named(name);
    if (table !== undefined) this.transaction(() => this.#written.note(n, table, rows));
  }

  writtenBy(n: number): Iterable<WrittenDigests> {
    return this.#written.of(n);
  }

  /** Rows of a table that was exchanged as a whole; nothing is kept of what they replace. */
  writeWhole(n: number, table: BaseTable, lines: readonly string[]): void {
    this.transaction(() => {
      if (this.#unknown.hasAny(table.name)) {
        const ids = new Set(lines.map((line) => idOf(table, keyCellsOf(table, line))));
        this.knows(n, table.name, (id) => ids.has(id));
      }
      this.#changes.noteWhole(n, table);
      for (const line of lines) this.put(table, [], line);
    });
  }

  /** The target had no rows of these tables when the exchange began. */
  wasEmpty(n: number, tables: readonly string[]): void {
    const note = this.sqlite.prepare("INSERT OR IGNORE INTO _ferry_was_empty VALUES (?, ?)");
    for (const name of tables) note.run(n, name);
  }

  /** The exchange has been done, by this run; older ones that nobody takes back any more are forgotten. */
  done(n: number, run: string | null): void {
    this.exchanges.done(n, run);
    this.#unknown.done(n);
    for (const name of OF_EXCHANGES)
      this.sqlite.prepare(`DELETE FROM ${name} WHERE n <= ?`).run(n - KEPT_EXCHANGES);
  }

  /** The run that last made a row what it is here; null where none is known any more. */
  runOf(table: BaseTable, key: readonly Cell[]): string | null {
    return this.#changes.runOf(table, key);
  }

  /**
   * Nobody knows what became of a pending exchange: it goes back, and its rows are unknown until they are exchanged again.
   * With `tables` those of others were not written.
   */
  doubt(n: number, tables?: readonly string[], { staysEmpty = tables?.length !== 0 }: TakenBack = {}): void {
    this.transaction(() => {
      this.#unknown.addChangesOf(n, tables);
      this.takeBack(n, { staysEmpty });
    });
  }

  /** An exchange that waits goes back, and is kept: it may still be done. */
  setAside(n: number): void {
    this.transaction(() => {
      this.#changes.goBack(n);
      this.#changes.changePlaces(n);
      this.sqlite.prepare("DELETE FROM _ferry_whole WHERE n = ?").run(n);
      this.exchanges.become(n, "aside");
    });
  }

  /** One that was set aside has been done after all: its rows are as it has them, but for those exchanged since. */
  bringBack(n: number): void {
    this.transaction(() => {
      this.#changes.goBack(n);
      this.#changes.changePlaces(n);
      this.exchanges.become(n, "pending");
    });
  }

  /** Takes back what an exchange has written. */
  takeBack(n: number, { staysEmpty = false }: TakenBack = {}): void {
    const exchange = this.exchanges.find(n);
    this.transaction(() => {
      const empty = staysEmpty ? this.#wasEmpty(n) : [];
      if (exchange?.state !== "aside") this.#changes.goBack(n);
      for (const table of empty) {
        this.forget(table.name);
        this.make(table);
      }
      for (const name of OF_EXCHANGES) this.sqlite.prepare(`DELETE FROM ${name} WHERE n = ?`).run(n);
    });
  }

  /** Takes back what an exchange has written of a table, or of rows of it. */
  takeBackOf(n: number, { name, keys }: SkippedRows): void {
    const table = this.named(name);
    if (table === undefined) return;
    const ids = keys === null ? null : new Set(keys.map((key) => idOf(table, key)));
    this.transaction(() => {
      const taken = this.#changes.goBackOf(n, table, ids);
      this.#unknown.unlearn(n, table.name, taken);
      this.#written.remove(n, table, taken);
      if (!this.#changes.isWhole(n, table)) return;
      // Of a table that was new nothing else was known.
      if (keys === null) this.forget(name);
      else for (const key of keys) this.put(table, key, null);
    });
  }

  /**
   * A run was undone at the target by another one. Was it an exchange, what that wrote and what it replaced change
   * places; and again where it was such an undo itself.
   */
  undo(run: string, by: string): void {
    for (const exchange of this.exchanges.undoneWith(run)) {
      this.transaction(() => {
        this.#changes.goBack(exchange.n);
        this.#changePlaces(exchange.n);
        this.exchanges.turn(exchange, by);
      });
    }
    this.exchanges.endUndo(run);
  }

  override close(): void {
    super.close();
    this.#lock?.release();
  }

  #wasEmpty(n: number): BaseTable[] {
    const rows = this.sqlite.prepare(`SELECT "table" FROM _ferry_was_empty WHERE n = ?`).all(n);
    return (rows as unknown as { table: string }[]).flatMap(({ table }) => this.named(table) ?? []);
  }

  /** What an exchange wrote and what it replaced. */
  #changePlaces(n: number): void {
    this.#changes.changePlaces(n);
    this.#written.changePlaces(n);
  }
}
