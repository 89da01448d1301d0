import { base64ToBytes } from "../archive/base64.ts";
import { isTagged } from "../archive/cells.ts";
import type { Cell, TaggedCell } from "../archive/types.ts";
import { asideContent } from "./aside.ts";

/**
 * The form in which rows wait in the target: an array by position, for SQLite's JSON functions to
 * open. What JSON cannot say is an array itself, [code, text], which `decodeCell` turns back:
 * "i" an integer, "r" a REAL, "x" a blob in hex, "t" a text's bytes in hex, "c" a text and "d" a blob
 * that wait by themselves.
 */
export type StagedCell = null | string | number | [code: "i" | "r" | "x" | "t" | "c" | "d", text: string];

export function stageCell(cell: Cell): StagedCell {
  return isTagged(cell) ? stageTagged(cell) : cell;
}

function stageTagged(cell: TaggedCell): StagedCell {
  if ("$int" in cell) return ["i", cell.$int];
  if ("$blob" in cell) return ["x", hex(base64ToBytes(cell.$blob))];
  if ("$text" in cell) return ["t", hex(base64ToBytes(cell.$text))];
  return ["r", cell.$real];
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The SQL of a staged cell. `row` is the SQL of the row's JSON. `encoded` says that some rows have [code, text] there. */
export function decodeCell(row: string, position: number, encoded: boolean): string {
  const plain = `(${row} ->> ${position})`;
  if (!encoded) return plain;
  const text = `(${row} ->> '$[${position}][1]')`;
  return `CASE json_type(${row}, '$[${position}]') WHEN 'array' THEN CASE ${row} ->> '$[${position}][0]'
    WHEN 'i' THEN CAST(${text} AS INTEGER)
    WHEN 'x' THEN unhex(${text})
    WHEN 'c' THEN ${asideContent(text, "TEXT")}
    WHEN 'd' THEN ${asideContent(text, "BLOB")}
    WHEN 't' THEN CAST(unhex(${text}) AS TEXT)
    ELSE CASE ${text} WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999 WHEN '-0' THEN '[-0.0]' ->> 0
      ELSE CAST(${text} AS REAL) END END
    ELSE ${plain} END`;
}
