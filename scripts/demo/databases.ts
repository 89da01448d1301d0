import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Milliseconds to wait while the app that has the file open checkpoints or recovers it. */
const BUSY_MS = 10_000;

/** One table of two databases, as SQLite itself reads them. */
export interface Comparison {
  table: string;
  local: number;
  production: number;
  /** The first row that is not the same on both sides; null when all are. */
  difference: { local: string | null; production: string | null } | null;
}

/**
 * Compares tables row for row and cell for cell, storage classes included, by reading the files that the two
 * apps keep their databases in: no code of d1-ferry's is involved. The apps may be running.
 */
export function compareDatabases(local: string, production: string, tables: readonly string[]): Comparison[] {
  const one = openD1(local);
  const other = openD1(production);
  try {
    return tables.map((table) => compareTable(one, other, table));
  } finally {
    one.close();
    other.close();
  }
}

/** The SQLite file behind the D1 binding of an app that keeps its state in the folder, for reading. */
export function openD1(state: string): DatabaseSync {
  return openStateFile(D1_FILES(state));
}

/** Changes the database behind an app's binding by SQL, as another writer of the app would. The app may be running. */
/** Runs statements in a local D1's file. Answers how many rows they changed. */
export function editD1(state: string, sql: string): number {
  const database = openStateFile(D1_FILES(state), { readOnly: false });
  try {
    const changes = () => Number(database.prepare("SELECT total_changes() AS n").get()?.n);
    const before = changes();
    database.exec(sql);
    return changes() - before;
  } finally {
    database.close();
  }
}

/** The SQLite file in which the simulated R2 keeps what it knows of objects and uploads. */
export function openR2Index(state: string): DatabaseSync {
  return openStateFile(join(state, "v3/r2/miniflare-R2BucketObject"));
}

const D1_FILES = (state: string) => join(state, "v3/d1/miniflare-D1DatabaseObject");

function openStateFile(folder: string, { readOnly = true } = {}): DatabaseSync {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new Error(`${folder} has ${names.length} databases where one was expected`);
  }
  return new DatabaseSync(join(folder, name), { readOnly, timeout: BUSY_MS });
}

function compareTable(local: DatabaseSync, production: DatabaseSync, table: string): Comparison {
  const here = readRows(local, table);
  const there = readRows(production, table);
  const length = Math.max(here.length, there.length);
  let difference: Comparison["difference"] = null;
  for (let i = 0; i < length && difference === null; i += 1) {
    if (here[i] !== there[i]) difference = { local: here[i] ?? null, production: there[i] ?? null };
  }
  return { table, local: here.length, production: there.length, difference };
}

/** Each row as text that is different when any of its cells is, in the order of the rowids. */
function readRows(database: DatabaseSync, table: string): string[] {
  return [...rowsByKey(database, table).values()];
}

/** The same by rowid. */
export function rowsByKey(database: DatabaseSync, table: string): Map<number, string> {
  const columns = database
    .prepare("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map(({ name }) => `"${name}"`);
  if (columns.length === 0) return new Map();
  const cells = columns.map(
    (column) => `typeof(${column}) || iif(typeof(${column}) = 'text', hex(${column}), quote(${column}))`,
  );
  const rows = database.prepare(
    `SELECT ${cells.join(` || ' ' || `)} AS row, rowid AS id FROM "${table}" ORDER BY rowid`,
  );
  return new Map(rows.all().map(({ id, row }) => [Number(id), String(row)]));
}
