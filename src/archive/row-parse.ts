import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { parseKeepingDigits } from "./digits.ts";
import { type RowScan, rowBounds } from "./row-scan.ts";
import { settleRows } from "./settle.ts";
import type { Row } from "./types.ts";

/** Where rows stand, for the error that one of them may be. */
export interface RowsPlace {
  table: string;
  /** Index of the first row in its table. */
  index: number;
  /** Where it begins in the text, bytes. */
  byte: number;
  strictTags: boolean;
}

/** The rows that a scan found in `bytes` from `start`. Rejects with `DOCUMENT_INVALID`. */
export function readRows(bytes: Bytes, start: number, scan: RowScan, place: RowsPlace): Row[] {
  const { table, index, byte, strictTags } = place;
  const refuse = (row: number, from: number, reason: string, cause?: unknown) => {
    const at = byte + from - start;
    return new FerryError(
      "DOCUMENT_INVALID",
      `Row ${index + row + 1} of ${JSON.stringify(table)} (byte ${at}): ${reason}`,
      { details: { byte: at, table, row: index + row + 1 }, cause },
    );
  };
  const rows = parseBetween(bytes, start, scan);
  if (rows === null) {
    let row = 0;
    for (const [from, to] of rowBounds(bytes, start, scan.end)) {
      const problem = rowProblem(bytes.subarray(from, to), scan.digits);
      if (problem !== null) throw refuse(row, from, problem.message, problem);
      row++;
    }
    throw refuse(0, start, "these rows are not valid JSON");
  }
  if (!scan.special && !scan.digits) return rows as Row[];
  return settleRows(rows, {
    strictTags,
    refuse(row, reason) {
      const [from = start] = [...rowBounds(bytes, start, scan.end)][row] ?? [];
      return refuse(row, from, reason);
    },
  });
}

function parseBetween(bytes: Bytes, start: number, scan: RowScan): unknown[] | null {
  try {
    const rows = parse(`[${decoder.decode(bytes.subarray(start, scan.end))}]`, scan.digits);
    return (rows as unknown[]).length === scan.rows ? (rows as unknown[]) : null;
  } catch {
    // Which row it is, and why, is found out row by row.
    return null;
  }
}

function rowProblem(row: Bytes, digits: boolean): Error | null {
  try {
    parse(decoder.decode(row), digits);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function parse(text: string, digits: boolean): unknown {
  return digits ? parseKeepingDigits(text) : JSON.parse(text);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
