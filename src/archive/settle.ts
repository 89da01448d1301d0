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
export function settleRows(rows: unknown[], options: SettleOptions): Row[] {
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place];
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw options.refuse(place, "it is no object");
    }
    settleRow(row as Record<string, unknown>, place, options);
  }
  return rows as Row[];
}

function settleRow(row: Record<string, unknown>, place: number, options: SettleOptions): void {
  for (const name of Object.keys(row)) {
    const cell = row[name];
    if (typeof cell === "string" || cell === null || Number.isFinite(cell) || isTagged(cell)) continue;
    row[name] = settleCell(cell, options, (reason) => {
      return options.refuse(place, `${JSON.stringify(name)} ${reason}`);
    });
  }
}

function settleCell(
  cell: unknown,
  { strictTags }: SettleOptions,
  refuse: (reason: string) => FerryError,
): Cell {
  if (typeof cell === "boolean") return cell ? 1 : 0;
  if (typeof cell === "number") return realCell(cell);
  if (isDigits(cell)) return integerCell(cell.rawJSON);
  if (strictTags && usesTagName(cell as object)) throw refuse("holds a malformed tag");
  try {
    return JSON.stringify(cell);
  } catch {
    throw refuse("is nested too deeply");
  }
}

/** SQLite too takes an integer beyond 64 bits for a REAL. */
function integerCell(digits: string): Cell {
  return isInt64(digits) ? { $int: digits } : realCell(Number(digits));
}

/** JSON.parse takes 1e400 for Infinity, as SQLite does, and JSON cannot say that again. */
function realCell(value: number): Cell {
  return Number.isFinite(value) ? value : { $real: String(value) };
}
