import { type Archive, parseRowsInParts } from "../archive/reader.ts";
import type { Cell, Key, Row } from "../archive/types.ts";
import type { Budget } from "../budget.ts";
import type { Database } from "../database/port.ts";
import type { FrameTable } from "../frames/frame-table.ts";
import { readParts } from "../frames/read-range.ts";
import { scanRanges } from "../frames/scan-ranges.ts";
import type { CompareKeys } from "./key-order.ts";
import type { KeyedRow, RowSource } from "./merge-sources.ts";

export interface SourceOptions {
  /** The key's columns, as this side calls them. */
  key: readonly string[];
  /** Behind which key its rows begin; null for all. */
  after: Key;
  /** Told of the bytes of rows that are read. */
  budget: Pick<Budget, "spend">;
}

/** The rows of an archive's table. Frames that end before `after` are not read. */
export async function* archiveSource(
  archive: Archive,
  table: string,
  { key, after, budget, order }: SourceOptions & { order: CompareKeys },
): RowSource & AsyncGenerator<KeyedRow[], void> {
  const isBehind = (row: KeyedRow) => after === null || order(row.key, after) > 0;
  const span = await framesBehind(archive, table, { after, order });
  for await (const { text } of archive.readFrames({ wanted: (name) => name === table, ...span })) {
    budget.spend(0, text.length);
    for (const rows of parseRowsInParts(text))
      yield rows.map((row) => ({ row, key: keyOf(row, key) })).filter(isBehind);
  }
}

/** Where in the file the frames are that may hold rows behind a key. */
async function framesBehind(
  { tables, frames }: Archive,
  table: string,
  { after, order }: { after: Key; order: CompareKeys },
): Promise<{ from: number; to: number }> {
  const place = tables.findIndex((one) => one.table === table);
  const from = tables.slice(0, place).reduce((sum, one) => sum + one.frames, 0);
  const to = from + (tables[place]?.frames ?? 0);
  if (after === null) return { from, to };
  for await (const { seq, entry } of frames({ from, to }))
    if (entry.through === null || order(entry.through, after) > 0) return { from: seq, to };
  return { from: to, to };
}

/** The rows of a live table, in ranges of about `readBytes`. */
export async function* databaseSource(
  database: Database,
  { rowid: _, ...table }: FrameTable,
  { key, after, budget, readBytes }: SourceOptions & { readBytes: number },
): RowSource & AsyncGenerator<KeyedRow[], void> {
  const names = table.columns.map(({ name }) => name);
  for (let behind = after, more = true; more; ) {
    const scanned = await scanRanges(database, table, { after: behind, frameBytes: readBytes });
    for (const range of scanned.ranges) {
      const [rows = []] = await readParts(database, table, { range, marks: [] });
      budget.spend(0, readBytes);
      yield rows.map((cells) => {
        const row = rowOf(names, cells);
        return { row, key: keyOf(row, key) };
      });
      behind = range.through;
    }
    ({ more } = scanned);
  }
}

/** Without a prototype: a column may be called "__proto__". */
function rowOf(names: readonly string[], cells: readonly Cell[]): Row {
  const row: Row = Object.create(null);
  for (const [i, name] of names.entries()) row[name] = cells[i] as Cell;
  return row;
}

function keyOf(row: Row, columns: readonly string[]): Cell[] {
  return columns.map((column) => row[column] ?? null);
}
