import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { ModelRow, Side } from "./model.ts";

/** Rows that a key tells apart, each with spellings that SQLite calls equal. */
export const SCHEMAS = {
  "an integer": {
    sql: "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b, g AS (a) STORED)",
    key: ["k"],
    rows: [["1"], ["2"], ["9007199254740993"], ["-1"]],
  },
  "two values of any kind": {
    sql: "CREATE TABLE t (k, l COLLATE NOCASE, a, b, PRIMARY KEY (k, l)) WITHOUT ROWID",
    key: ["k", "l"],
    rows: [
      ["1, 'x'", "1.0, 'X'"],
      ["'1', 'x'"],
      ["X'31', 'a' || char(0) || 'b'", "X'31', 'A' || char(0) || 'c'"],
      ["9007199254740993, X'78'"],
    ],
  },
  "a text whose blanks at the end do not count": {
    sql: "CREATE TABLE t (k TEXT COLLATE RTRIM PRIMARY KEY, a, b, g AS (b || a) VIRTUAL)",
    key: ["k"],
    rows: [["'a'", "'a  '"], ["CAST(X'FF' AS TEXT)", "CAST(X'FF20' AS TEXT)"], ["''", "' '"], ["'b'"]],
  },
} as const;
export type Kind = keyof typeof SCHEMAS;

export interface RowEdit {
  row: number;
  spelling: number;
  /** Null for no row. */
  cells: [string, string] | null;
}

export interface CellEdit {
  row: number;
  column: number;
  value: string;
}

/** Of columns that were added, on both sides as one or on one of them alone. */
export interface Alteration {
  how: "add" | "drop" | "rename";
  sides: Side[];
  column: number;
}

/** Two SQLite files with a table of some kind, as sequences.test.ts edits and reads them. */
export class EditedFiles {
  readonly #cwd: string;
  readonly #kind: Kind;
  added = 0;

  constructor(cwd: string, kind: Kind) {
    this.#cwd = cwd;
    this.#kind = kind;
    const { sql, rows } = SCHEMAS[kind];
    for (const one of ["left", "right"] as const) this.on(one, sql);
    // A row that nobody edits: a target without any is another one than was exchanged with.
    const stays = rows[0][0].includes(",") ? "'stays', 0" : kind === "an integer" ? "99" : "'stays'";
    for (const row of [stays, rows[0][0], rows[1][0]]) this.on("left", `INSERT INTO t VALUES (${row}, 0, 0)`);
  }

  on(one: Side, sql: string): void {
    const sqlite = new DatabaseSync(join(this.#cwd, `${one}.sqlite`));
    try {
      sqlite.exec(sql);
    } finally {
      sqlite.close();
    }
  }

  /** Those that are stored. */
  columns(one: Side): string[] {
    return this.#all(one, "SELECT name FROM pragma_table_xinfo('t') WHERE hidden = 0").map(({ name }) =>
      String(name),
    );
  }

  /** By the number of the row that SQLite calls it. */
  rows(one: Side): Map<string, ModelRow> {
    const { key, rows } = SCHEMAS[this.#kind];
    const columns = this.columns(one);
    const cells = columns.map((name) => `"${name}"`);
    const same = rows.map(([spelled], i) => `(${key.join(", ")}) = (${spelled}) AS same${i}`);
    return new Map(
      this.#all(one, `SELECT ${[...cells, ...same].join(", ")} FROM t`).map((row) => {
        const told = new Map(
          columns.map((name) => [name.toLowerCase(), toldCell(row[name] as SQLOutputValue)]),
        );
        const which = rows.findIndex((_, i) => row[`same${i}`] === 1n);
        return [which < 0 ? key.map((name) => told.get(name)).join() : String(which), told];
      }),
    );
  }

  #all(one: Side, sql: string): Record<string, SQLOutputValue>[] {
    const sqlite = new DatabaseSync(join(this.#cwd, `${one}.sqlite`), { readOnly: true });
    try {
      const statement = sqlite.prepare(sql);
      statement.setReadBigInts(true);
      return statement.all().map((row) => ({ ...row }));
    } finally {
      sqlite.close();
    }
  }

  edit(one: Side, { row, spelling, cells }: RowEdit): void {
    const { key, rows } = SCHEMAS[this.#kind];
    const spelled = rows[row] as readonly string[];
    this.on(one, `DELETE FROM t WHERE (${key.join(", ")}) = (${spelled[0]})`);
    if (cells === null) return;
    const [first, second] = this.columns(one).filter((name) => !key.includes(name.toLowerCase() as never));
    const columns = [...key, ...[first, second].filter((name) => name !== undefined)];
    const values = [spelled[spelling] ?? spelled[0], ...cells.slice(0, columns.length - key.length)];
    this.on(
      one,
      `INSERT INTO t (${columns.map((name) => `"${name}"`).join(", ")}) VALUES (${values.join(", ")})`,
    );
  }

  setCell(one: Side, { row, column, value: to }: CellEdit): void {
    const { key, rows } = SCHEMAS[this.#kind];
    const own = this.columns(one).filter((name) => !key.includes(name.toLowerCase() as never));
    const name = own[column % Math.max(own.length, 1)];
    if (name !== undefined)
      this.on(one, `UPDATE t SET "${name}" = ${to} WHERE (${key.join(", ")}) = (${rows[row]?.[0]})`);
  }

  /** Both sides as one, or one of them alone. */
  alter({ how, sides, column }: Alteration): void {
    const name = `c${this.added++}`;
    for (const one of sides) {
      const free = this.columns(one).filter((own) => /^c\d/i.test(own));
      const old = free[column % Math.max(free.length, 1)];
      if (how === "add") this.on(one, `ALTER TABLE t ADD COLUMN ${name} DEFAULT 5`);
      else if (old === undefined) continue;
      else if (how === "drop") this.on(one, `ALTER TABLE t DROP COLUMN "${old}"`);
      else this.on(one, `ALTER TABLE t RENAME COLUMN "${old}" TO ${name}`);
    }
  }

  otherLetters(one: Side): void {
    const [table] = this.#all(one, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    const name = String(table?.name) === "t" ? "T" : "t";
    this.on(one, `ALTER TABLE t RENAME TO other; ALTER TABLE other RENAME TO ${name}`);
    for (const column of this.columns(one)) {
      const swapped = column === column.toLowerCase() ? column.toUpperCase() : column.toLowerCase();
      this.on(one, `ALTER TABLE t RENAME COLUMN "${column}" TO "${swapped}"`);
    }
  }
}

function toldCell(cell: SQLOutputValue): string {
  if (typeof cell === "number") return `real ${Object.is(cell, -0) ? "-0" : cell}`;
  if (typeof cell === "bigint") return `int ${cell}`;
  if (cell instanceof Uint8Array) return `blob ${Buffer.from(cell).toString("hex")}`;
  return JSON.stringify(cell);
}
