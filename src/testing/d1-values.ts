import { D1_LIMITS } from "../database/limits.ts";
import { refusal, utf8Bytes } from "./d1-sql.ts";
import type { Meter } from "./meter.ts";

/** Throws for a value that D1 does not take. */
export function weighValues(values: readonly unknown[], meter: Meter): void {
  for (const value of values) weigh(sizeOf(value), meter);
}

/** Throws for rows that D1 could not have held: too many columns, or too large as a whole. */
export function weighRows(rows: readonly unknown[], meter: Meter): void {
  for (const row of rows) {
    const cells = Array.isArray(row) ? row : Object.values(row as object);
    if (cells.length > D1_LIMITS.columns) throw refusal("too many columns in result set");
    let bytes = 0;
    for (const cell of cells) bytes += sizeOf(cell);
    weigh(bytes, meter);
  }
}

function weigh(bytes: number, meter: Meter): void {
  meter.see("valueBytes", bytes);
  if (bytes > D1_LIMITS.valueBytes) throw refusal("string or blob too big", "SQLITE_TOOBIG");
}

/** Bytes of a value: text in UTF-8, blobs as they are (D1 hands one over as an array), 8 for a number. */
function sizeOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === "string") {
    // Counted exactly where it could matter.
    return value.length * 3 <= D1_LIMITS.valueBytes / 4 ? value.length : utf8Bytes(value);
  }
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  return Array.isArray(value) ? value.length : 8;
}
