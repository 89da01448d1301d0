import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import { base64ToBytes } from "../../archive/base64.ts";
import type { Cell, Row } from "../../archive/types.ts";
import { TYPE_OF_AFFINITY } from "../../database/affinity.ts";
import { byName, type SqliteDatabase, sqliteDatabase } from "../../database/node-sqlite.ts";
import { openClosed } from "../../database/node-sqlite-closed.ts";
import { cellSql } from "../../database/sql/cell-parameter.ts";
import { Params } from "../../database/sql/params.ts";
import { quote, tuple } from "../../database/sql/syntax.ts";
import { type ComparedPlace, databasePlace, keyText, type TablePair } from "../../diff/index.ts";
import type { FrameTable } from "../../frames/frame-table.ts";
import { readRange } from "../../frames/read-range.ts";
import type { Lock } from "../workspace/command-lock.ts";
import { type BaseColumn, type BaseTable, baseTableOf } from "./base-table.ts";

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
  CREATE TABLE IF NOT EXISTS _ferry_table (name TEXT PRIMARY KEY, known TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS _ferry_whole (n INTEGER NOT NULL, "table" TEXT NOT NULL, PRIMARY KEY (n, "table"));`;

const COLLATIONS: ReadonlySet<string> = new Set(["BINARY", "NOCASE", "RTRIM"]);

/** A row as it is to be in the base: a line, or null for no row. */
export interface BaseRowChange {
  key: readonly Cell[];
  line: string | null;
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

export class BaseFile {
  readonly #sqlite: DatabaseSync;
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #lock: Lock | undefined;
  readonly #tables = new Map<string, BaseTable>();
  readonly #inserts = new Map<string, StatementSync>();

  constructor(sqlite: DatabaseSync, { now, lock }: { now: () => number; lock?: Lock | undefined }) {
    this.#sqlite = sqlite;
    this.#now = now;
    this.#lock = lock;
    // Rows are a table's keys as well: on small pages, those of some kilobytes would take twice their room.
    sqlite.exec("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    sqlite.exec(OWN_TABLES);
    this.#database = sqliteDatabase(sqlite);
    this.#readTables();
  }

  /** To compare what is known of these tables with a place. `leafBytes` as that one was compared with another. */
  place(tables: readonly string[], leafBytes?: number): ComparedPlace {
    return databasePlace(this.#database, {
      choice: { all: true, tables: [...tables] },
      leafBytes,
      memory: new Map(),
    });
  }

  /** True where all columns of the pair's left table are known that are compared, and store values alike. */
  knowsColumns(pair: TablePair): boolean {
    const known = this.find(pair)?.columns ?? [];
    return baseTableOf(pair).columns.every((one) => known.some((own) => isDeepStrictEqual(own, one)));
  }

  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  get tables(): BaseTable[] {
    return [...this.#tables.values()];
  }

  /** The table as it is known, where rows of the pair's left table can be found in it by their keys. */
  find({ name, left, compared }: TablePair): BaseTable | null {
    const table = this.#tables.get(name);
    if (table === undefined || compared === null || left.key === null) return null;
    const collations = left.key.collations.map((one) => one.toUpperCase());
    return isDeepStrictEqual(table.key, { columns: compared.key, collations }) ? table : null;
  }

  /** True for a row of which an exchange may have been done or not. */
  isUnknown(table: BaseTable, key: readonly Cell[]): boolean {
    const found = this.#sqlite
      .prepare(`SELECT 1 FROM _ferry_unknown WHERE "table" = ? AND id = ?`)
      .get(table.name, keyText(key, table.key.collations));
    return found !== undefined;
  }

  /** The row of a key as a line, or null for no row. */
  async read(table: BaseTable, key: readonly Cell[]): Promise<string | null> {
    const frame: FrameTable = { name: table.name, key: [...table.key.columns], columns: [...table.columns] };
    const where = (params: Params) =>
      `${tuple(frame.key.map(quote))} = ${tuple(key.map((cell) => cellSql(cell, params)))}`;
    const { lines } = await readRange(this.#database, frame, {
      range: { after: null, through: null },
      where,
    });
    return lines[0] ?? null;
  }

  /**
   * Makes the table, empty where there is none that fits; adds columns that it does not have. Null where it cannot be, or
   * where it would be empty and may not.
   */
  make(
    { name, columns, key: { columns: key, collations: asked } }: BaseTable,
    { mayBeEmpty = true }: { mayBeEmpty?: boolean } = {},
  ): { table: BaseTable; isNew: boolean } | null {
    const collations = asked.map((one) => one.toUpperCase());
    if (!collations.every((one) => COLLATIONS.has(one))) return null;
    const known = this.#tables.get(name);
    const missing = columns.filter((one) => !known?.columns.some((own) => own.name === one.name));
    const fits =
      known !== undefined &&
      isDeepStrictEqual(known.key, { columns: key, collations }) &&
      columns.every(
        (one) => missing.includes(one) || known.columns.some((own) => isDeepStrictEqual(own, one)),
      ) &&
      // SQLite would take them for the same.
      missing.every((one) => !known.columns.some((own) => own.name.toLowerCase() === one.name.toLowerCase()));
    if (!fits && !mayBeEmpty) {
      this.forget(name);
      return null;
    }
    const define = ({ name: column, affinity }: BaseColumn) => {
      const at = key.indexOf(column);
      // What an app says of its columns is not put into a statement.
      return `${quote(column)} ${TYPE_OF_AFFINITY[affinity]}${at < 0 ? "" : ` COLLATE ${collations[at] as string}`}`;
    };
    this.transaction(() => {
      if (fits) {
        for (const column of missing)
          this.#sqlite.exec(`ALTER TABLE ${quote(name)} ADD COLUMN ${define(column)}`);
      } else {
        this.forget(name);
        const definitions = [...columns.map(define), `PRIMARY KEY (${key.map(quote).join(", ")})`];
        this.#sqlite.exec(`CREATE TABLE ${quote(name)} (${definitions.join(", ")}) WITHOUT ROWID`);
      }
      const all = fits ? [...known.columns, ...missing] : columns;
      this.#sqlite
        .prepare("INSERT OR REPLACE INTO _ferry_table VALUES (?, ?)")
        .run(name, JSON.stringify({ columns: all, key: { columns: key, collations } }));
    });
    this.#readTables();
    return { table: this.#tables.get(name) as BaseTable, isNew: !fits };
  }

  /** Nothing is known of the table any more. */
  forget(name: string): void {
    this.#sqlite.exec(`DROP TABLE IF EXISTS ${quote(name)}`);
    for (const own of ["_ferry_change", "_ferry_unknown"])
      this.#sqlite.prepare(`DELETE FROM ${own} WHERE "table" = ?`).run(name);
    this.#sqlite.prepare("DELETE FROM _ferry_table WHERE name = ? COLLATE NOCASE").run(name);
    this.#readTables();
  }

  forgetAll(): void {
    this.transaction(() => {
      for (const name of [...this.#tables.keys()]) this.forget(name);
    });
  }

  /** Begins an exchange that is pending; `target` is the name of the place that is written. */
  begin(target: string): number {
    const { lastInsertRowid } = this.#sqlite
      .prepare("INSERT INTO _ferry_exchange (target, state, at) VALUES (?, 'pending', ?)")
      .run(target, this.#now());
    return Number(lastInsertRowid);
  }

  /** Writes rows as an exchange has them, and keeps what they replace. */
  async write(n: number, table: BaseTable, changes: readonly BaseRowChange[]): Promise<void> {
    const before: (string | null)[] = [];
    for (const { key } of changes) before.push(await this.read(table, key));
    const keep = this.#sqlite.prepare(
      `INSERT INTO _ferry_change VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (n, "table", id) DO UPDATE SET after = excluded.after`,
    );
    this.transaction(() => {
      for (const [i, { key, line }] of changes.entries()) {
        if (before[i] === line) continue;
        const id = keyText(key, table.key.collations);
        keep.run(n, table.name, id, JSON.stringify(key), before[i] as string | null, line);
        this.#put(table, key, line);
      }
    });
  }

  /** Rows of a table that was exchanged as a whole; nothing is kept of what they replace. */
  writeWhole(n: number, table: BaseTable, lines: readonly string[]): void {
    this.transaction(() => {
      this.#sqlite.prepare("INSERT OR IGNORE INTO _ferry_whole VALUES (?, ?)").run(n, table.name);
      for (const line of lines) this.#put(table, [], line);
    });
  }

  /** The exchange has been done, by this run; older ones that nobody takes back any more are forgotten. */
  done(n: number, run: string | null, tables?: readonly string[]): void {
    this.#sqlite.prepare("UPDATE _ferry_exchange SET state = 'done', run = ? WHERE n = ?").run(run, n);
    // All rows of its tables are known by now: those that differed were decided, the others are equal in both places.
    if (tables !== undefined)
      this.#sqlite
        .prepare(`DELETE FROM _ferry_unknown WHERE "table" IN (SELECT value FROM json_each(?))`)
        .run(JSON.stringify(tables));
    for (const name of ["_ferry_change", "_ferry_whole", "_ferry_exchange"])
      this.#sqlite.prepare(`DELETE FROM ${name} WHERE n <= ?`).run(n - KEPT_EXCHANGES);
  }

  /** The run that last made a row what it is here; null where none is known any more. */
  runOf(table: BaseTable, key: readonly Cell[]): string | null {
    const [row] = this.#sqlite
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
    this.#sqlite
      .prepare(`INSERT OR IGNORE INTO _ferry_unknown SELECT "table", id FROM _ferry_change WHERE n = ?`)
      .run(n);
    this.takeBack(n);
  }

  /** True where any exchange is known but this one. */
  knowsMoreThan(n: number | undefined): boolean {
    return this.#sqlite.prepare("SELECT 1 FROM _ferry_exchange WHERE n <> ?").get(n ?? -1) !== undefined;
  }

  /** Which run a pending exchange belongs to. `waits`: it may be applied later, by somebody else. */
  note(n: number, run: string, { waits = false }: { waits?: boolean } = {}): void {
    const state = waits ? "waiting" : "pending";
    this.#sqlite.prepare("UPDATE _ferry_exchange SET run = ?, state = ? WHERE n = ?").run(run, state, n);
  }

  pending(): Exchange[] {
    return this.#exchanges("state IN ('pending', 'waiting')");
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
      this.#sqlite.prepare(`DELETE FROM _ferry_change WHERE n = ?${own}`).run(n, ...values);
      if (tables === undefined) this.#sqlite.prepare("DELETE FROM _ferry_exchange WHERE n = ?").run(n);
    });
  }

  /**
   * A run was undone at the target by another one. Was it an exchange, what that wrote and what it replaced change
   * places; and again where it was such an undo itself.
   */
  undo(run: string, by: string): void {
    const found = this.#exchanges(
      "(run = ?1 AND state = 'done' AND undone_by IS NULL) OR undone_by = ?1",
      run,
    );
    for (const { n, state } of found) {
      this.transaction(() => {
        this.#goBack(n, undefined);
        this.#sqlite.prepare("UPDATE _ferry_change SET before = after, after = before WHERE n = ?").run(n);
        this.#sqlite
          .prepare("UPDATE _ferry_exchange SET state = ?, undone_by = ? WHERE n = ?")
          .run(state === "undone" ? "done" : "undone", by, n);
      });
    }
  }

  /** The same of work that waits: killed in between, it has never been. */
  async atOnce(work: () => Promise<void>): Promise<void> {
    this.#sqlite.exec("BEGIN IMMEDIATE");
    try {
      await work();
      this.#sqlite.exec("COMMIT");
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      this.#readTables();
      throw error;
    }
  }

  transaction(work: () => void): void {
    this.#sqlite.exec("SAVEPOINT base");
    try {
      work();
      this.#sqlite.exec("RELEASE base");
    } catch (error) {
      this.#sqlite.exec("ROLLBACK TO base; RELEASE base");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
    this.#lock?.release();
  }

  /** Rows that a later exchange wrote as well stay: that one then goes back to what this one replaced. */
  #goBack(n: number, tables: readonly string[] | undefined): void {
    const takes = (table: string) => tables?.includes(table) ?? true;
    const changes = this.#sqlite
      .prepare(`SELECT "table", id, key, before FROM _ferry_change WHERE n = ?`)
      .all(n) as unknown as { table: string; id: string; key: string; before: string | null }[];
    const later = this.#sqlite.prepare(
      `UPDATE _ferry_change SET before = ?1 WHERE "table" = ?2 AND id = ?3
       AND n = (SELECT min(n) FROM _ferry_change JOIN _ferry_exchange USING (n)
                WHERE "table" = ?2 AND id = ?3 AND n > ?4 AND state <> 'undone')`,
    );
    for (const { table: name, id, key, before } of changes) {
      const table = this.#tables.get(name);
      if (table === undefined || !takes(name)) continue;
      if (later.run(byName([before, name, id, n])).changes === 0)
        this.#put(table, JSON.parse(key) as Cell[], before);
    }
    const whole = this.#sqlite.prepare(`SELECT "table" FROM _ferry_whole WHERE n = ?`).all(n);
    for (const { table } of whole as unknown as { table: string }[]) if (takes(table)) this.forget(table);
  }

  #put(table: BaseTable, key: readonly Cell[], line: string | null): void {
    const params = new Params();
    if (line === null) {
      const same = `${tuple(table.key.columns.map(quote))} = ${tuple(key.map((cell) => cellSql(cell, params)))}`;
      this.#sqlite.prepare(`DELETE FROM ${quote(table.name)} WHERE ${same}`).run(byName(params.values));
      return;
    }
    const row = JSON.parse(line) as Row;
    const columns = table.columns.filter(({ name }) => Object.hasOwn(row, name)).map(({ name }) => name);
    const cells = columns.map((name) => bindCell(row[name] as Cell));
    this.#insert(
      table,
      columns,
      cells.map(({ sql }) => sql),
    ).run(...cells.map(({ value }) => value));
  }

  /** Most rows of a table are written by one statement. */
  #insert({ name }: BaseTable, columns: readonly string[], values: readonly string[]): StatementSync {
    const sql = `INSERT OR REPLACE INTO ${quote(name)} (${columns.map(quote).join(", ")}) VALUES (${values.join(", ")})`;
    const known = this.#inserts.get(sql) ?? this.#sqlite.prepare(sql);
    this.#inserts.set(sql, known);
    return known;
  }

  #exchanges(where: string, ...values: string[]): Exchange[] {
    return this.#sqlite
      .prepare(`SELECT n, target, run, state, at FROM _ferry_exchange WHERE ${where} ORDER BY n`)
      .all(byName(values)) as unknown as Exchange[];
  }

  #readTables(): void {
    this.#inserts.clear();
    this.#tables.clear();
    const rows = this.#sqlite.prepare("SELECT name, known FROM _ferry_table").all();
    for (const { name, known } of rows as unknown as { name: string; known: string }[])
      this.#tables.set(name, { name, ...(JSON.parse(known) as Omit<BaseTable, "name">) });
  }
}

/** A cell as a value of its own kind, which no column turns into another. */
function bindCell(cell: Cell): { sql: string; value: SQLInputValue } {
  if (cell === null || typeof cell === "string") return { sql: "?", value: cell };
  if (typeof cell === "number") return { sql: "?", value: Number.isSafeInteger(cell) ? BigInt(cell) : cell };
  if ("$int" in cell) return { sql: "?", value: BigInt(cell.$int) };
  if ("$blob" in cell) return { sql: "?", value: base64ToBytes(cell.$blob) };
  if ("$text" in cell) return { sql: "CAST(? AS TEXT)", value: base64ToBytes(cell.$text) };
  return { sql: "?", value: Number(cell.$real) };
}
