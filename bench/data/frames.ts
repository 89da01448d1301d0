import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { quote } from "../../src/database/sql/syntax.ts";
import { tablesOf } from "./contents.ts";

/** Bytes of rows that one statement carries. */
export const FRAME_BYTES = 1_000_000;

/** Rows that are ready for a database: what an import has to hand over, whoever does it. */
export interface ReadyFrame {
  table: string;
  columns: number;
  /** JSON arrays by position. */
  rows: string;
}

/** Writes a SQLite file's rows as frames, one a line. A file that is there already is taken. */
export async function writeFrames(seed: string, path: string): Promise<void> {
  if (existsSync(path)) return;
  const database = new DatabaseSync(seed, { readOnly: true });
  const file = await open(path, "w");
  try {
    for (const table of tablesOf(seed))
      for (const frame of framesOf(database, table)) await file.write(`${JSON.stringify(frame)}\n`);
  } finally {
    await file.close();
    database.close();
  }
}

/** The frames of such a file. */
export async function* readFrames(path: string): AsyncGenerator<ReadyFrame, void, void> {
  const file = await open(path);
  for await (const line of file.readLines()) yield JSON.parse(line) as ReadyFrame;
}

function* framesOf(database: DatabaseSync, table: string): Generator<ReadyFrame, void, void> {
  const statement = database.prepare(`SELECT * FROM ${quote(table)} ORDER BY rowid`);
  statement.setReturnArrays(true);
  const columns = statement.columns().length;
  let rows: string[] = [];
  let bytes = 0;
  const frame = (): ReadyFrame => ({ table, columns, rows: `[${rows.join(",")}]` });
  for (const row of statement.iterate()) {
    const text = JSON.stringify(row);
    rows.push(text);
    bytes += text.length;
    if (bytes < FRAME_BYTES) continue;
    yield frame();
    [rows, bytes] = [[], 0];
  }
  if (rows.length > 0) yield frame();
}
