import type { FerryError } from "../errors.ts";
import { isInt64, isTagged, usesTagName } from "./cells.ts";
import { isDigits } from "./digits.ts";
import type { Cell, Row } from "./types.ts";

export interface SettleOptions {
  /** A malformed tag is an error, as in a document of our own, and not an object like any other. */
  strictTags: boolean;
  /** The error for the row at this place in the list. */
  refuse(row: number, reason: string): FerryError;
}

/**
 * Turns parsed JSON into rows of cells, in place: a boolean becomes 0 or 1, an object or array that
 * is no tag becomes its JSON text.
 */
export function settleRows(rows: unknown[], { strictTags, refuse }: SettleOptions): Row[] {
  for (const [place, row] of rows.entries()) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) throw refuse(place, "it is no object");
    const cells = row as Record<string, unknown>;
    for (const name of Object.keys(cells)) {
      const cell = cells[name];
      if (typeof cell === "boolean") cells[name] = cell ? 1 : 0;
      if (typeof cell === "number") cells[name] = realCell(cell);
      if (typeof cell !== "object" || cell === null || isTagged(cell)) continue;
      if (strictTags && usesTagName(cell)) throw refuse(place, `"${name}" holds a malformed tag`);
      try {
        cells[name] = isDigits(cell) ? integerCell(cell.rawJSON) : JSON.stringify(cell);
      } catch {
        throw refuse(place, `"${name}" is nested too deeply`);
      }
    }
  }
  return rows as Row[];
}

/** SQLite too takes an integer beyond 64 bits for a REAL. */
function integerCell(digits: string): Cell {
  return isInt64(digits) ? { $int: digits } : realCell(Number(digits));
}

/** JSON.parse takes 1e400 for Infinity, as SQLite does, and JSON cannot say that again. */
function realCell(value: number): Cell {
  return Number.isFinite(value) ? value : { $real: String(value) };
}
