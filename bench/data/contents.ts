import { createHash, type Hash } from "node:crypto";
import { rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { quote } from "../../src/database/sql/syntax.ts";

/** What a database holds, in short: equal databases have equal contents. */
export interface Contents {
  tables: number;
  rows: number;
  /** Of all cells as text, bytes: what MB/s are of. */
  bytes: number;
  /** Indexes, by which a row that is written counts once more. */
  indexes: number;
  /** Over every cell of every row, in the order of the rowids. */
  sha256: string;
}

/** Reads a SQLite file through, in one row's memory. d1-ferry's own tables and history are not content. */
export function readContents(path: string): Contents {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = userTables(database);
  const hash = createHash("sha256");
  const contents = { tables: tables.length, rows: 0, bytes: 0, indexes: 0 };
  for (const table of tables) {
    hash.update(`table ${table}\n`);
    const rows = database.prepare(`SELECT * FROM ${quote(table)} ORDER BY rowid`);
    rows.setReadBigInts(true);
    rows.setReturnArrays(true);
    for (const row of rows.iterate() as Iterable<unknown> as Iterable<Cell[]>) {
      contents.rows++;
      for (const cell of row) contents.bytes += hashCell(hash, cell);
    }
    const [indexes] = database.prepare("SELECT count(*) AS n FROM pragma_index_list(?)").all(table);
    contents.indexes += Number(indexes?.n);
  }
  database.close();
  return { ...contents, sha256: hash.digest("hex") };
}

type Cell = null | string | number | bigint | Uint8Array;

/** Type, length and bytes, so that no two rows look alike. Answers the bytes. */
function hashCell(hash: Hash, cell: Cell): number {
  if (cell === null) {
    hash.update("n");
    return 0;
  }
  const bytes = cell instanceof Uint8Array ? cell : Buffer.from(String(cell));
  hash.update(`${typeof cell} ${bytes.length} `).update(bytes);
  return bytes.length;
}

/** The names of a SQLite file's tables that are content, in the order in which they were made. */
export function tablesOf(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = userTables(database, "rowid");
  database.close();
  return tables;
}

function userTables(database: DatabaseSync, order: "name" | "rowid" = "name"): string[] {
  const rows = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        AND name NOT LIKE '\\_%' ESCAPE '\\' AND name <> 'seed_history' ORDER BY ${order}`,
    )
    .all() as { name: string }[];
  return rows.map(({ name }) => name);
}

/** Throws unless a file holds the same as another. */
export function assertSame(path: string, expected: Contents, made: string): void {
  const { rows, sha256 } = readContents(path);
  if (sha256 === expected.sha256) return;
  throw new Error(`${made} made another database: ${rows} rows of ${expected.rows}, or other cells`);
}

/** A new database at `path` with the tables of another, and no rows. */
export async function copySchema(from: string, path: string): Promise<void> {
  await rm(path, { force: true });
  const source = new DatabaseSync(from, { readOnly: true });
  const target = new DatabaseSync(path);
  const objects = source
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid")
    .all() as { sql: string }[];
  for (const { sql } of objects) target.exec(sql);
  source.close();
  target.close();
}
