import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { base64ToBytes } from "../../archive/base64.ts";
import type { Cell, Range, Row } from "../../archive/types.ts";
import { TYPE_OF_AFFINITY } from "../../database/affinity.ts";
import { byName, type SqliteDatabase, sqliteDatabase } from "../../database/node-sqlite.ts";
import type { Database } from "../../database/port.ts";
import { cellSql } from "../../database/sql/cell-parameter.ts";
import { Params } from "../../database/sql/params.ts";
import { quote, tuple } from "../../database/sql/syntax.ts";
import { type ComparedPlace, databasePlace, type TablePair } from "../../diff/index.ts";
import type { FrameTable } from "../../frames/frame-table.ts";
import { readRange } from "../../frames/read-range.ts";
import { foldCase } from "../../names.ts";
import { BaseLeaves } from "./base-leaves.ts";
import {
  areSameNames,
  type BaseColumn,
  type BaseTable,
  baseTableOf,
  cellsOf,
  isSameBaseKey,
  isSameColumn,
  keyCellsOf,
  namesOf,
  spelledAs,
} from "./base-table.ts";

const COLLATIONS: ReadonlySet<string> = new Set(["BINARY", "NOCASE", "RTRIM"]);

/** Names that an archive may say, and that are SQLite's or the base's own. */
const RESERVED = /^(sqlite_|_ferry_)/i;

/** What a cell holds of which nothing is known, such as one of a column that was added later; as SQL, and as an archive's cell. */
const UNKNOWN_CELL = {
  sql: "X'd1fe779c5b0e4a6f8a13c2907be4d5f6'",
  cell: '{"$blob":"0f53nFsOSm+KE8KQe+TV9g=="}',
};

/** The rows that a base knows: a table of SQLite for each table, whose key is the table's. */
export class BaseRows {
  protected readonly sqlite: DatabaseSync;
  protected readonly database: SqliteDatabase;
  /** By their names, in lower case. */
  readonly #known = new Map<string, BaseTable>();
  /** What comparisons have found out about the rows' leaves. */
  readonly leaves: BaseLeaves;
  readonly #statements = new Map<string, StatementSync>();

  constructor(sqlite: DatabaseSync) {
    this.sqlite = sqlite;
    // Rows are a table's keys as well: on small pages, those of some kilobytes would take twice their room.
    sqlite.exec("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    sqlite.exec(
      "CREATE TABLE IF NOT EXISTS _ferry_table (name TEXT PRIMARY KEY, known TEXT NOT NULL) WITHOUT ROWID",
    );
    this.database = sqliteDatabase(sqlite);
    this.readTables();
    this.leaves = new BaseLeaves(sqlite, (name) => this.named(name));
  }

  /** To compare what is known of these tables with a place. `leafBytes` as that one was compared with another. */
  place(tables: readonly string[], leafBytes?: number): ComparedPlace {
    return databasePlace(this.database, {
      choice: { all: true, tables: [...tables] },
      leafBytes,
      memory: new Map(),
      digests: this.leaves,
    });
  }

  /** True where all columns of the pair's left table are known that are compared, and store values alike. */
  knowsColumns(pair: TablePair): boolean {
    const known = this.find(pair)?.columns ?? [];
    return baseTableOf(pair).columns.every((one) => known.some((own) => isSameColumn(own, one)));
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  get tables(): BaseTable[] {
    return [...this.#known.values()];
  }

  /** The table of this name, as SQLite compares names. */
  named(name: string): BaseTable | undefined {
    return this.#known.get(foldCase(name));
  }

  /** The table as it is known, where rows of the pair's left table can be found in it by their keys; in that one's letters. */
  find({ name, left, compared }: TablePair): BaseTable | null {
    const table = this.named(name);
    if (table === undefined || compared === null || left.key === null) return null;
    const collations = left.key.collations.map((one) => one.toUpperCase());
    const isKnown = isSameBaseKey(table.key, { columns: compared.key, collations });
    return isKnown ? spelledAs(table, compared.columns) : null;
  }

  /** True where there is a row of this key. */
  has({ name, key: { columns } }: BaseTable, key: readonly Cell[]): boolean {
    const cells = key.map(bindCell);
    const same = `${tuple(columns.map(quote))} = ${tuple(cells.map(({ sql }) => sql))}`;
    const statement = this.#prepared(`SELECT 1 FROM ${quote(name)} WHERE ${same}`);
    return statement.get(...cells.map(({ value }) => value)) !== undefined;
  }

  /** The keys of the rows in a range. */
  async keysIn(table: BaseTable, range: Range): Promise<Cell[][]> {
    const { columns, key } = table;
    const keyed = { ...table, columns: columns.filter((column) => key.columns.includes(column.name)) };
    const { lines } = await readRange(this.database, frameOf(keyed), { range });
    return lines.map((line) => keyCellsOf(keyed, line));
  }

  /** The rows in a range as lines, without cells that are not known. */
  async readIn(table: BaseTable, range: Range): Promise<string[]> {
    const { lines } = await readRange(this.database, frameOf(table), { range });
    return lines.map(withoutUnknown);
  }

  /** The row of a key as a line, without cells that are not known; or null for no row. */
  async read(table: BaseTable, key: readonly Cell[]): Promise<string | null> {
    const line = await readRow(this.database, table, key);
    return line === null ? null : withoutUnknown(line);
  }

  /**
   * Makes the table with these columns in their order, empty where there is none that fits: of columns that are new to it
   * nothing is known. Null where it cannot be, or where it would be empty and may not.
   */
  make(
    { name: asked, columns, key: { columns: key, collations: named } }: BaseTable,
    { mayBeEmpty = true }: { mayBeEmpty?: boolean } = {},
  ): { table: BaseTable; isNew: boolean } | null {
    const collations = named.map((one) => one.toUpperCase());
    if (!collations.every((one) => COLLATIONS.has(one)) || RESERVED.test(asked)) return null;
    const known = this.named(asked);
    const missing = columns.filter(({ name }) => !hasColumn(known, name));
    const fits =
      known !== undefined &&
      isSameBaseKey(known.key, { columns: key, collations }) &&
      columns.every((one) => missing.includes(one) || known.columns.some((own) => isSameColumn(own, one)));
    if (!fits && !mayBeEmpty) {
      this.forget(asked);
      return null;
    }
    const define = ({ name: column, affinity }: BaseColumn) => {
      const at = key.indexOf(column);
      // What an app says of its columns is not put into a statement.
      return `${quote(column)} ${TYPE_OF_AFFINITY[affinity]}${at < 0 ? "" : ` COLLATE ${collations[at] as string}`} DEFAULT ${UNKNOWN_CELL.sql}`;
    };
    const isSame = fits && areSameNames(namesOf(known), namesOf({ columns }));
    const name = fits ? known.name : asked;
    this.transaction(() => {
      if (isSame) return;
      const definitions = [...columns.map(define), `PRIMARY KEY (${key.map(quote).join(", ")})`];
      this.sqlite.exec(`CREATE TABLE _ferry_made (${definitions.join(", ")}) WITHOUT ROWID`);
      if (fits) {
        const shared = columns.filter((one) => !missing.includes(one)).map((one) => quote(one.name));
        this.sqlite.exec(
          `INSERT INTO _ferry_made (${shared.join(", ")}) SELECT ${shared.join(", ")} FROM ${quote(name)}`,
        );
        this.leaves.forget(name);
        this.sqlite.exec(`DROP TABLE ${quote(name)}`);
      } else this.forget(name);
      this.sqlite.exec(`ALTER TABLE _ferry_made RENAME TO ${quote(name)}`);
      this.sqlite
        .prepare("INSERT OR REPLACE INTO _ferry_table VALUES (?, ?)")
        .run(name, JSON.stringify({ columns, key: { columns: key, collations } }));
    });
    this.readTables();
    return { table: spelledAs(this.named(name) as BaseTable, namesOf({ columns })), isNew: !fits };
  }

  /** Nothing is known of the table any more. */
  forget(name: string): void {
    this.sqlite.exec(`DROP TABLE IF EXISTS ${quote(name)}`);
    this.sqlite.prepare("DELETE FROM _ferry_table WHERE name = ? COLLATE NOCASE").run(name);
    this.leaves.forget(name);
    this.readTables();
  }

  forgetAll(): void {
    this.transaction(() => {
      for (const { name } of this.tables) this.forget(name);
    });
  }

  /** All of the work, or none of it. */
  transaction(work: () => void): void {
    this.sqlite.exec("SAVEPOINT base");
    try {
      work();
      this.sqlite.exec("RELEASE base");
    } catch (error) {
      this.sqlite.exec("ROLLBACK TO base; RELEASE base");
      this.leaves.goBack();
      throw error;
    }
  }

  /** The same of work that waits: killed in between, it has never been. */
  async atOnce(work: () => Promise<void>): Promise<void> {
    this.sqlite.exec("BEGIN IMMEDIATE");
    try {
      await work();
      this.sqlite.exec("COMMIT");
    } catch (error) {
      this.sqlite.exec("ROLLBACK");
      this.readTables();
      this.leaves.goBack();
      throw error;
    }
  }

  close(): void {
    try {
      this.leaves.keep();
    } catch {
      // They are found out again.
    }
    this.database.close();
  }

  protected put(table: BaseTable, key: readonly Cell[], line: string | null): void {
    this.leaves.touch(table, () => (line === null ? [...key] : keyCellsOf(table, line)));
    const params = new Params();
    if (line === null) {
      const same = `${tuple(table.key.columns.map(quote))} = ${tuple(key.map((cell) => cellSql(cell, params)))}`;
      this.sqlite.prepare(`DELETE FROM ${quote(table.name)} WHERE ${same}`).run(byName(params.values));
      return;
    }
    const own = cellsOf(table, line);
    const cells = [...own.values()].map(bindCell);
    this.#insert(
      table,
      [...own.keys()],
      cells.map(({ sql }) => sql),
    ).run(...cells.map(({ value }) => value));
  }

  #insert({ name }: BaseTable, columns: readonly string[], values: readonly string[]): StatementSync {
    return this.#prepared(
      `INSERT OR REPLACE INTO ${quote(name)} (${columns.map(quote).join(", ")}) VALUES (${values.join(", ")})`,
    );
  }

  /** Kept: most rows of a table are written, and asked for, by one statement. */
  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.sqlite.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  protected readTables(): void {
    this.#statements.clear();
    this.#known.clear();
    const rows = this.sqlite.prepare("SELECT name, known FROM _ferry_table").all();
    for (const { name, known } of rows as unknown as { name: string; known: string }[])
      this.#known.set(foldCase(name), { name, ...(JSON.parse(known) as Omit<BaseTable, "name">) });
  }
}

const hasColumn = (table: BaseTable | undefined, name: string): boolean =>
  table?.columns.some((own) => foldCase(own.name) === foldCase(name)) ?? false;

/** The row of a key in a database that has the table, as a line; null for no row. */
export async function readRow(
  database: Database,
  table: BaseTable,
  key: readonly Cell[],
): Promise<string | null> {
  const frame = frameOf(table);
  const where = (params: Params) =>
    `${tuple(frame.key.map(quote))} = ${tuple(key.map((cell) => cellSql(cell, params)))}`;
  const { lines } = await readRange(database, frame, { range: { after: null, through: null }, where });
  return lines[0] ?? null;
}

const frameOf = ({ name, key, columns }: BaseTable): FrameTable => ({
  name,
  key: [...key.columns],
  columns: [...columns],
});

function withoutUnknown(line: string): string {
  if (!line.includes(UNKNOWN_CELL.cell)) return line;
  const cells = Object.entries(JSON.parse(line) as Row);
  const known = cells.filter(([, cell]) => JSON.stringify(cell) !== UNKNOWN_CELL.cell);
  return JSON.stringify(Object.fromEntries(known));
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
