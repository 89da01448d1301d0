import { CELLS } from "../run/index.ts";
import type { CellCode } from "./cell-codes.ts";

/** The content of a long cell, in SQL: `reference` is its id, `row` its row. */
export function longCellContent(row: string, reference: string, type: "TEXT" | "BLOB"): string {
  return `(SELECT CAST(group_concat(CAST(c.value AS TEXT), '' ORDER BY c.piece) AS ${type})
    FROM ${CELLS} AS c WHERE c.run = ${row}.run AND c.id = ${reference})`;
}

export interface CellToDecode {
  /** What the statement calls the row; its JSON is in `v`. */
  row: string;
  position: number;
  /** The codes that some rows have there; "" for none. */
  codes: string;
  /** The SQL for a row that does not have the column. */
  absent: string;
}

/**
 * The SQL of a staged cell, as short as can be: a statement has 100,000 bytes, and a table a hundred
 * columns.
 */
export function decodeCell({ row, position, codes, absent }: CellToDecode): string {
  const json = `${row}.v`;
  const plain = `(${json} ->> ${position})`;
  if (codes === "") return plain;
  const text = `(${json} ->> '$[${position}][1]')`;
  const decoded = [...codes].map(
    (code) => [code, decodeText(code as CellCode, { row, text, absent })] as const,
  );
  const [only] = decoded;
  const value =
    decoded.length === 1 && only !== undefined
      ? only[1]
      : `CASE ${json} ->> '$[${position}][0]' ${decoded.map(([code, sql]) => `WHEN '${code}' THEN ${sql}`).join(" ")} END`;
  return `CASE json_type(${json}, '$[${position}]') WHEN 'array' THEN ${value} ELSE ${plain} END`;
}

function decodeText(
  code: CellCode,
  { row, text, absent }: Pick<CellToDecode, "row" | "absent"> & { text: string },
): string {
  switch (code) {
    case "i":
      return `CAST(${text} AS INTEGER)`;
    case "r":
      return `CAST(${text} AS REAL)`;
    case "p":
      return "9e999";
    case "m":
      return "-9e999";
    case "z":
      return "('[-0.0]' ->> 0)";
    case "x":
      return `unhex(${text})`;
    case "t":
      return `CAST(unhex(${text}) AS TEXT)`;
    case "c":
      return longCellContent(row, text, "TEXT");
    case "d":
      return longCellContent(row, text, "BLOB");
    case "a":
      return absent;
  }
}
