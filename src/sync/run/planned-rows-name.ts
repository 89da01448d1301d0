import { ROWS_NAME } from "../../api/run-options.ts";
import { sha256Hex } from "../../archive/sha256.ts";
import type { Cell } from "../../archive/types.ts";
import { foldCase } from "../../names.ts";
import type { PlannedRow } from "./planned-row.ts";

export { namesRows } from "../../api/run-options.ts";

/*
 * A plan may be named by its rows, by somebody who knows what they are to be before any plan is made: from a comparison.
 * Such a name says of each row what becomes of it, and for rows that are written over or deleted what they held.
 */

/** The name of the plan that has these rows and no others, in any order. */
export async function nameByRows(rows: Iterable<PlannedRow>): Promise<string> {
  const texts = Array.from(rows, textOf).sort();
  return ROWS_NAME + (await sha256Hex(new TextEncoder().encode(texts.join("\n"))));
}

/** What comes in is the archive's; what is there is the target's, and has to be as it was seen. */
function textOf(row: PlannedRow): string {
  const { table, is, key } = row;
  const cells = is === "update" ? row.cells : is === "insert" ? {} : row.row;
  return JSON.stringify([foldCase(table), is, byName(key), byName(cells)]);
}

function byName(cells: Record<string, Cell | [old: Cell, now: Cell]>): [string, unknown][] {
  return Object.entries(cells)
    .map(([name, cell]): [string, unknown] => [foldCase(name), cell])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
