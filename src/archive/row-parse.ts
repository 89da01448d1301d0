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

/** The rows that a scan found in `bytes`. Rejects with `DOCUMENT_INVALID`. */
export function readRows(bytes: Bytes, scan: RowScan, place: RowsPlace): Row[] {
  const parse: Parse = scan.digits ? parseKeepingDigits : JSON.parse;
  const rows = parseBetween(bytes, scan, parse);
  if (rows === null) throw findProblem(bytes, scan, { parse, place });
  if (!scan.special && !scan.digits) return rows as Row[];
  return settleRows(rows, {
    strictTags: place.strictTags,
    refuse(row, reason) {
      const [from = scan.start] = [...rowBounds(bytes, scan.start, scan.end)][row] ?? [];
      return refused(place, { row, offset: from - scan.start, reason });
    },
  });
}

type Parse = (text: string) => unknown;

function parseBetween(bytes: Bytes, { start, end, rows: count }: RowScan, parse: Parse): unknown[] | null {
  try {
    const text = decoder.decode(bytes.subarray(start, end));
    // One row may be long: it is not copied for a pair of brackets.
    if (count === 1) return [parse(text)];
    const rows = parse(`[${text}]`) as unknown[];
    return rows.length === count ? rows : null;
  } catch {
    // Which row it is, and why, is found out row by row.
    return null;
  }
}

/** The error for the first row that is no JSON. */
function findProblem(
  bytes: Bytes,
  { start, end }: RowScan,
  { parse, place }: { parse: Parse; place: RowsPlace },
): FerryError {
  let row = 0;
  for (const [from, to] of rowBounds(bytes, start, end)) {
    const problem = rowProblem(bytes.subarray(from, to), parse);
    if (problem !== null) {
      return refused(place, { row, offset: from - start, reason: problem.message, cause: problem });
    }
    row++;
  }
  return refused(place, { row: 0, offset: 0, reason: "these rows are not valid JSON" });
}

function rowProblem(row: Bytes, parse: Parse): Error | null {
  try {
    parse(decoder.decode(row));
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

interface RowRefusal {
  /** Its place among the rows. */
  row: number;
  /** Bytes from the first row. */
  offset: number;
  reason: string;
  cause?: Error;
}

function refused({ table, index, byte }: RowsPlace, { row, offset, reason, cause }: RowRefusal): FerryError {
  const at = byte + offset;
  return new FerryError(
    "DOCUMENT_INVALID",
    `Row ${index + row + 1} of ${JSON.stringify(table)} (byte ${at}): ${reason}`,
    { details: { byte: at, table, row: index + row + 1 }, cause },
  );
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
