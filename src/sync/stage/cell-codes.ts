import { base64ToBytes } from "../../archive/base64.ts";
import { isTagged } from "../../archive/cells.ts";
import type { Cell, TaggedCell } from "../../archive/types.ts";

/**
 * How a cell that JSON cannot say is staged: as an array, [code, text].
 *
 * - `i` an integer beyond ±2^53
 * - `r` a REAL, `p` +Infinity, `m` −Infinity, `z` −0.0
 * - `x` a blob in hex, `t` a text's bytes in hex
 * - `c` a text and `d` a blob that wait by themselves (see long-cells.ts)
 * - `a` none: the document's row does not have the column
 */
export type CellCode = "i" | "r" | "p" | "m" | "z" | "x" | "t" | "c" | "d" | "a";

/**
 * The form in which rows wait in the target: an array by position, for SQLite's JSON functions to
 * open.
 */
export type StagedCell = null | string | number | [code: CellCode, text: string];

export const ABSENT: StagedCell = ["a", ""];

export function stageCell(cell: Cell): StagedCell {
  return isTagged(cell) ? stageTagged(cell) : cell;
}

function stageTagged(cell: TaggedCell): StagedCell {
  if ("$int" in cell) return ["i", cell.$int];
  if ("$blob" in cell) return ["x", hex(base64ToBytes(cell.$blob))];
  if ("$text" in cell) return ["t", hex(base64ToBytes(cell.$text))];
  switch (cell.$real) {
    case "Infinity":
      return ["p", ""];
    case "-Infinity":
      return ["m", ""];
    case "-0":
      return ["z", ""];
    default:
      return ["r", cell.$real];
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}
