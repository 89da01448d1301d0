import type { Database, Value } from "../../../../src/database/port.ts";
import { literal, quote } from "../../../../src/database/sql/syntax.ts";

/** The app's tables: keys of all kinds, unique values inside and outside of them, and foreign keys of all kinds. */
export const SCHEMA: readonly string[] = [
  "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT UNIQUE, code TEXT NOT NULL UNIQUE, v TEXT)",
  "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id), next INTEGER REFERENCES child (id), n INTEGER UNIQUE, v TEXT)",
  "CREATE TABLE going (id TEXT PRIMARY KEY NOT NULL, parent INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE, v TEXT)",
  "CREATE TABLE follower (id INTEGER PRIMARY KEY, code TEXT REFERENCES parent (code) ON UPDATE CASCADE, v TEXT)",
  "CREATE TABLE pair (a INTEGER, b TEXT, u INTEGER UNIQUE, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID",
  "CREATE TABLE loose (a INTEGER, v TEXT)",
  "CREATE VIRTUAL TABLE words USING fts5 (t)",
];

export const NAMES = ["parent", "child", "going", "follower", "pair", "loose", "words"] as const;
export type TableName = (typeof NAMES)[number];

interface Column {
  name: string;
  /** The cell that a small number stands for. */
  cell(number: number): Value;
}

export interface Shape {
  /** With the rowid where it is the key. */
  columns: readonly Column[];
  key: readonly string[];
  unique: readonly string[];
  /** Columns that point to a column of another table. */
  references: readonly { column: string; parent: TableName; to: string; required?: boolean }[];
}

const text = (prefix: string) => (number: number) => (number === 0 ? null : `${prefix}${number}`);
const always = (prefix: string) => (number: number) => `${prefix}${number}`;
const integer = (number: number) => (number === 0 ? null : number);
const column = (name: string, cell: Column["cell"]): Column => ({ name, cell });
const id = column("id", (number) => number + 1);
const v = column("v", text("v"));

export const SHAPES: Readonly<Record<TableName, Shape>> = {
  parent: {
    columns: [id, column("name", text("n")), column("code", always("c")), v],
    key: ["id"],
    unique: ["name", "code"],
    references: [],
  },
  child: {
    columns: [id, column("parent", integer), column("next", integer), column("n", integer), v],
    key: ["id"],
    unique: ["n"],
    references: [
      { column: "parent", parent: "parent", to: "id" },
      { column: "next", parent: "child", to: "id" },
    ],
  },
  going: {
    columns: [column("id", always("g")), column("parent", (number) => number + 1), v],
    key: ["id"],
    unique: [],
    references: [{ column: "parent", parent: "parent", to: "id", required: true }],
  },
  follower: {
    columns: [id, column("code", text("c")), v],
    key: ["id"],
    unique: [],
    references: [{ column: "code", parent: "parent", to: "code" }],
  },
  pair: {
    columns: [
      column("a", (number) => number % 3),
      column("b", (number) => "xyz"[number % 3] as string),
      column("u", integer),
      v,
    ],
    key: ["a", "b"],
    unique: ["u"],
    references: [],
  },
  loose: {
    columns: [
      column("rowid", (number) => number + 1),
      column("a", (number) => number % 3),
      column("v", (number) => `v${number % 2}`),
    ],
    key: ["rowid"],
    unique: [],
    references: [],
  },
  words: {
    columns: [column("rowid", (number) => number + 1), column("t", always("word"))],
    key: ["rowid"],
    unique: [],
    references: [],
  },
};

export type Row = Readonly<Record<string, Value>>;

/** Rows by their key. */
export type State = Readonly<Record<TableName, Map<string, Row>>>;

export function keyOf(table: TableName, row: Row): string {
  return JSON.stringify(SHAPES[table].key.map((name) => row[name]));
}

export function emptyState(): State {
  return Object.fromEntries(NAMES.map((name) => [name, new Map()])) as unknown as State;
}

export function copyState(state: State): State {
  return Object.fromEntries(NAMES.map((name) => [name, new Map(state[name])])) as unknown as State;
}

/** All rows, and nothing of ours. */
export async function readState(database: Database): Promise<State> {
  const answers = await database.batch(
    NAMES.map((name) => ({
      sql: `SELECT ${SHAPES[name].columns.map((one) => `${one.name} AS ${quote(one.name)}`).join(", ")} FROM ${name}`,
    })),
  );
  const state = emptyState();
  for (const [i, { rows }] of answers.entries()) {
    const name = NAMES[i] as TableName;
    for (const cells of rows) {
      const row = Object.fromEntries(SHAPES[name].columns.map((one, at) => [one.name, cells[at] as Value]));
      state[name].set(keyOf(name, row), row);
    }
  }
  return state;
}

export interface Change {
  table: TableName;
  key: string;
  before: Row | null;
  after: Row | null;
}

/** What is another in the second state, by rows. */
export function changesBetween(from: State, to: State): Change[] {
  return NAMES.flatMap((table) => {
    const keys = new Set([...from[table].keys(), ...to[table].keys()]);
    return [...keys].flatMap((key) => {
      const [before, after] = [from[table].get(key) ?? null, to[table].get(key) ?? null];
      return isSame(before, after) ? [] : [{ table, key, before, after }];
    });
  });
}

export function isSame(one: Row | null, other: Row | null): boolean {
  if (one === null || other === null) return one === other;
  return Object.keys(one).every((name) => one[name] === other[name]);
}

/** SQL that makes the changes. */
export function sqlOf(changes: readonly Change[]): string[] {
  return changes.map(({ table, before, after }) => {
    const names = SHAPES[table].columns.map(({ name }) => name);
    if (after === null) return `DELETE FROM ${table} WHERE ${isRow(table, before as Row)}`;
    if (before === null)
      return `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map((name) => told(after[name])).join(", ")})`;
    const set = names
      .filter((name) => before[name] !== after[name])
      .map((name) => `${name} = ${told(after[name])}`);
    return `UPDATE ${table} SET ${set.join(", ")} WHERE ${isRow(table, before)}`;
  });
}

/** SQL that makes the rows of a state in empty tables. */
export function sqlOfRows(state: State): string[] {
  return sqlOf(changesBetween(emptyState(), state));
}

function isRow(table: TableName, row: Row): string {
  return SHAPES[table].key.map((name) => `${name} = ${told(row[name])}`).join(" AND ");
}

function told(cell: Value | undefined): string {
  if (cell === null || cell === undefined) return "NULL";
  return typeof cell === "string" ? literal(cell) : String(cell);
}

/** The same rows, but for those that cannot be in a database together. */
export function repaired(state: State): State {
  const good = emptyState();
  for (const table of NAMES) {
    const { unique, columns } = SHAPES[table];
    const taken = new Map(unique.map((name) => [name, new Set<Value>()]));
    for (const row of state[table].values()) {
      const cells: Record<string, Value> = { ...row };
      let fits = true;
      for (const name of unique) {
        const cell = cells[name] as Value;
        if (cell === null) continue;
        if (!taken.get(name)?.has(cell)) continue;
        if (columns.find((one) => one.name === name)?.cell(0) === null) cells[name] = null;
        else fits = false;
      }
      if (!fits) continue;
      for (const name of unique) taken.get(name)?.add(cells[name] as Value);
      good[table].set(keyOf(table, cells), cells);
    }
    for (const { column: name, parent, to, required } of SHAPES[table].references) {
      const there = new Set([...good[parent].values()].map((row) => row[to]));
      for (const [key, row] of good[table]) {
        if (row[name] === null || there.has(row[name])) continue;
        if (required) good[table].delete(key);
        else good[table].set(key, { ...row, [name]: null });
      }
    }
  }
  return good;
}
