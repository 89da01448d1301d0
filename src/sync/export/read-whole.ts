import type { Range } from "../../archive/types.ts";
import type { Budget } from "../../budget.ts";
import { OBJECTS, objectsMarker } from "../../database/change-marker.ts";
import type { Database } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";
import { type FrameTable, frameTable } from "../../frames/frame-table.ts";
import { type RangeRows, readRanges, textLength } from "../../frames/read-range.ts";
import { scanRanges } from "../../frames/scan-ranges.ts";
import { type ExportState, FRAME_BYTES } from "./export-state.ts";

/** A table's rows, all read at one moment. */
export interface WholeTable {
  table: FrameTable;
  reads: (RangeRows & { range: Range })[];
}

/** Bytes of a database that is read in one transaction: a result of D1 may have 50 MB, a Worker 128 MB of memory. */
const WHOLE_BYTES = 8_000_000;

/** Whether a database is read in one transaction, whoever writes meanwhile. */
export function fitsWhole(
  databaseBytes: number,
  { tables, budget }: { tables: readonly LiveTable[]; budget: Budget },
): boolean {
  // Rows that are made from an index need helpers beside each statement.
  if (tables.some((table) => frameTable(table).terms !== undefined)) return false;
  return databaseBytes <= Math.min(WHOLE_BYTES, budget.bytes);
}

export interface WholeSource {
  tables: readonly LiveTable[];
  state: ExportState;
  budget: Budget;
}

/**
 * Reads all tables in one transaction. Null where that is more than the budget has left, or the schema has
 * changed since it was read.
 */
export async function readWhole(
  database: Database,
  { tables, state, budget }: WholeSource,
): Promise<WholeTable[] | null> {
  // Where frames end may be asked before: together they are all keys that there can be.
  if (!budget.allows(tables.length)) return null;
  const { frameBytes = FRAME_BYTES } = state;
  const places: { table: FrameTable; range: Range }[] = [];
  for (const live of tables) {
    const table = frameTable(live);
    const { ranges, more } = await scanRanges(database, table, { after: null, frameBytes });
    if (more) return null;
    places.push(...ranges.map((range) => ({ table, range })));
  }
  // All of it again where a text may be invalid, and the slices of wide tables.
  if (!budget.allows(STATEMENTS_A_RANGE * places.length)) return null;
  const read = await readRanges(database, { ranges: places, beside: { sql: OBJECTS } });
  if ((await objectsMarker(read.beside)) !== state.reading.marker.schema) return null;
  const whole = new Map<FrameTable, WholeTable["reads"]>();
  for (const [i, { table, range }] of places.entries()) {
    const rows = read.ranges[i] as RangeRows;
    budget.spend(0, textLength(rows.lines));
    whole.set(table, [...(whole.get(table) ?? []), { range, ...rows }]);
  }
  return [...whole].map(([table, reads]) => ({ table, reads }));
}

const STATEMENTS_A_RANGE = 3;
