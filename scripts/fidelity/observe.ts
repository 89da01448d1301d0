import { DatabaseSync } from "node:sqlite";
import type { Case } from "./case.ts";

/** One value as SQLite stores it. Text and blobs are their bytes. */
export type StoredCell =
  | { type: "null"; value: null }
  | { type: "integer"; value: bigint }
  | { type: "real"; value: number }
  | { type: "text" | "blob"; value: Uint8Array };

export interface StoredRows {
  columns: readonly string[];
  rows: readonly (readonly StoredCell[])[];
}

/** All of a case that a copy has to have. */
export interface Observation {
  /** "index posts_by_author" to its SQL. */
  objects: ReadonlyMap<string, string>;
  /** By table or view. */
  tables: ReadonlyMap<string, StoredRows>;
  /** AUTOINCREMENT's next numbers, by table. */
  sequences: ReadonlyMap<string, bigint>;
  /** Rows by question. */
  answers: ReadonlyMap<string, StoredRows>;
}

/** Opens a database for making and reading cases: no foreign key stands in the way. */
export function open(path: string): DatabaseSync {
  return new DatabaseSync(path, { enableForeignKeyConstraints: false });
}

export function makeCases(database: DatabaseSync, cases: readonly Case[]): void {
  for (const one of cases) {
    database.exec(one.sql);
    database.exec("BEGIN");
    one.fill?.(database);
    database.exec("COMMIT");
  }
}

/** What the case is, from a database of nothing else. */
export function expected(one: Case): Observation {
  const database = open(":memory:");
  try {
    makeCases(database, [one]);
    return observe(database, one, () => true);
  } finally {
    database.close();
  }
}

/** What became of a case at a target; throws where that cannot be read. */
export function found(database: DatabaseSync, one: Case, original: Observation): Observation {
  const names = new Set([...original.objects.keys()].map((key) => key.slice(key.indexOf(" ") + 1)));
  return observe(database, one, (name, table) => names.has(name) || names.has(table));
}

function observe(
  database: DatabaseSync,
  one: Case,
  isOurs: (name: string, table: string) => boolean,
): Observation {
  const objects = new Map<string, string>();
  const tables = new Map<string, StoredRows>();
  const schema = database.prepare(
    `SELECT s.type, s.name, s.tbl_name AS tbl, s.sql FROM sqlite_schema s
      LEFT JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name
      WHERE s.sql IS NOT NULL AND ifnull(l.type, '') <> 'shadow'
        AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.rowid`,
  );
  for (const { type, name, tbl, sql } of schema.all() as Record<string, string>[]) {
    if (type === undefined || name === undefined || tbl === undefined || !isOurs(name, tbl)) continue;
    objects.set(`${type} ${name}`, sql ?? "");
    if (type === "table") tables.set(name, readTable(database, name));
  }
  const answers = Object.entries(one.questions ?? {}).map(
    ([what, sql]) => [what, readRows(database, sql)] as const,
  );
  return { objects, tables, sequences: readSequences(database, isOurs), answers: new Map(answers) };
}

function readSequences(
  database: DatabaseSync,
  isOurs: (name: string, table: string) => boolean,
): Map<string, bigint> {
  const sequences = new Map<string, bigint>();
  const kept = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get();
  if (kept === undefined) return sequences;
  const statement = database.prepare("SELECT name, seq FROM sqlite_sequence");
  statement.setReadBigInts(true);
  for (const { name, seq } of statement.all() as { name: string; seq: bigint }[])
    if (isOurs(name, name)) sequences.set(name, seq);
  return sequences;
}

function readTable(database: DatabaseSync, table: string): StoredRows {
  const names = database.prepare("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1").all(table);
  const columns = names.map(({ name }) => name as string);
  return readRows(database, `SELECT ${columns.map(quote).join(", ")} FROM ${quote(table)}`);
}

/** Each cell with its storage class; text as bytes, so that no decoder comes between. */
function readRows(database: DatabaseSync, sql: string): StoredRows {
  const statement = database.prepare(sql);
  const columns = statement.columns().map(({ name }) => name);
  const renamed = columns.map((_, i) => `c${i}`);
  const cells = renamed.map(
    (name) => `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
  );
  const exact = database.prepare(
    `WITH answer (${renamed.join(", ")}) AS (${sql}) SELECT ${cells.join(", ")} FROM answer`,
  );
  exact.setReadBigInts(true);
  exact.setReturnArrays(true);
  const rows = (exact.all() as unknown as unknown[][]).map((row) =>
    columns.map((_, i) => ({ type: row[2 * i], value: row[2 * i + 1] }) as StoredCell),
  );
  return { columns, rows };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
