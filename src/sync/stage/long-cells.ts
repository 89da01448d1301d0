import { base64ToBytes } from "../../archive/base64.ts";
import type { Cell } from "../../archive/types.ts";
import type { Statement, Value } from "../../database/port.ts";
import { CELLS, type RunContext, STAGED_BY_US } from "../run/index.ts";
import type { StagedCell } from "./cell-codes.ts";

/**
 * A cell too long to wait inside its row's JSON, where it may take several times its bytes. It waits
 * by itself, in pieces no larger than D1 takes, and its row refers to it by `id`.
 */
export interface LongCell {
  /** Unique in the run; the same each time the row is staged. */
  id: string;
  position: number;
  pieces: Value[];
}

/** Characters from which a cell of a row that is too long waits by itself. A hundred shorter ones fit a row. */
const LONG = 8_000;

/** Characters or bytes of one piece; at most 1.2 MB of UTF-8. */
const PIECE = 400_000;

/** Replaces the long cells of a row in `staged` by references. `id` names the row. */
export function moveOutLongCells(cells: readonly Cell[], staged: StagedCell[], id: string): LongCell[] {
  const found: LongCell[] = [];
  for (const [position, cell] of cells.entries()) {
    const long = longContent(cell);
    if (long === null) continue;
    const cellId = `${id}.${position}`;
    staged[position] = [long.code, cellId];
    found.push({ id: cellId, position, pieces: long.pieces });
  }
  return found;
}

/** About the bytes that a row takes in the database. */
export function rowBytes(cells: readonly Cell[]): number {
  return cells.reduce<number>((sum, cell) => sum + cellBytes(cell), 0);
}

function cellBytes(cell: Cell): number {
  if (typeof cell === "string") return new TextEncoder().encode(cell).length;
  if (cell === null || typeof cell === "number") return 8;
  const base64 = "$blob" in cell ? cell.$blob : "$text" in cell ? cell.$text : null;
  return base64 === null ? 8 : Math.floor((base64.length * 3) / 4) - (/=*$/.exec(base64)?.[0].length ?? 0);
}

function longContent(cell: Cell): { code: "c" | "d"; pieces: Value[] } | null {
  if (typeof cell === "string") return cell.length < LONG ? null : { code: "c", pieces: cutText(cell) };
  if (cell === null || typeof cell === "number") return null;
  if ("$blob" in cell && cell.$blob.length >= LONG)
    return { code: "d", pieces: cutBytes(base64ToBytes(cell.$blob)) };
  if ("$text" in cell && cell.$text.length >= LONG)
    return { code: "c", pieces: cutBytes(base64ToBytes(cell.$text)) };
  return null;
}

function cutText(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + PIECE, text.length);
    // A character of two units stays whole.
    if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] as string)) end--;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

function cutBytes(bytes: Uint8Array<ArrayBuffer>): Value[] {
  const pieces: Value[] = [];
  for (let start = 0; start < bytes.length; start += PIECE) pieces.push(bytes.slice(start, start + PIECE));
  return pieces;
}

/** One statement a piece: each may be as large as a value gets. */
export function longCellStatements(
  { key, driver }: Pick<RunContext, "key" | "driver">,
  cells: readonly LongCell[],
): Statement[] {
  return cells.flatMap(({ id, pieces }) =>
    pieces.map((value, piece) => ({
      sql: `INSERT INTO ${CELLS} (run, id, piece, value) SELECT ${STAGED_BY_US.run}, ?3, ?4, ?5 WHERE ${STAGED_BY_US.where}
        ON CONFLICT DO NOTHING`,
      params: [key, driver, id, piece, value],
    })),
  );
}
