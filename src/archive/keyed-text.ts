import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { encodeCell, encodeRow, isCell } from "./cells.ts";
import { settleRows } from "./settle.ts";
import { BETWEEN_LINES, corrupt, decodeUtf8 } from "./text.ts";
import type { Cell, FrameEntry, Row } from "./types.ts";

/*
 * The text of a keyed frame: the rows of its keys in key order, and between them marks. A mark is a line that no
 * row can be taken for, since a cell is never a list.
 *
 *   {"$gone":[7]}                    a key that has no row
 *   {"$was":["3f…"]}                 what the next row was before, by the SHA-256 of its line
 *   {"id":8,"name":"Ada"}
 *   {"$was":[null]}                  the next row was not there before
 *   {"id":9,"name":"Bo"}
 *   {"$gone":[10],"$was":["81…"]}    a key that has no row, and had one
 */

/** A key of a keyed frame's domain: its row, or the key where there is no row. */
export type KeyedRow = ({ row: Row } | { gone: Cell[] }) & {
  /** The hash of the line that this was made against, null where there was none; absent where nobody asked. */
  was?: string | null;
};

/** The lines of a keyed frame, in the order of `rows`, which is that of their keys. */
export function keyedLines(rows: readonly KeyedRow[]): string[] {
  return rows.flatMap((keyed) => {
    if ("gone" in keyed) return [goneLine(keyed.gone, keyed.was)];
    return rowLines(encodeRow(Object.keys(keyed.row), Object.values(keyed.row)), keyed.was);
  });
}

/** The line of a key without a row. `was` as a `KeyedRow` has it. */
export function goneLine(key: readonly Cell[], was?: string | null): string {
  return `{${[`"$gone":[${key.map(encodeCell).join(",")}]`, ...wasMember(was)].join(",")}}`;
}

/** A row's line, behind the mark of what it was made against where that is said. */
export function rowLines(line: string, was?: string | null): string[] {
  return [...wasMember(was).map((member) => `{${member}}`), line];
}

function wasMember(was: string | null | undefined): string[] {
  return was === undefined ? [] : [`"$was":[${JSON.stringify(was)}]`];
}

/**
 * Reads a keyed frame's text, a key after the other. Rejects with `ARCHIVE_CORRUPT`, and with
 * `DOCUMENT_INVALID` for a row that is none.
 */
export function* readKeyedText(text: string): Generator<KeyedRow, void, void> {
  let was: string | null | undefined;
  let rows = 0;
  for (const line of linesOf(text)) {
    const value = parseLine(line);
    const kind = markOf(line);
    if (kind !== null && was !== undefined) throw misshapen();
    if (kind === "was") {
      was = readWas(value, 1);
      continue;
    }
    const known = kind === "gone" && "$was" in value ? readWas(value, 2) : was;
    const keyed = kind === "gone" ? { gone: readGone(value) } : { row: settleRow(value, ++rows) };
    was = undefined;
    yield { ...keyed, ...(known === undefined ? {} : { was: known }) };
  }
  if (was !== undefined) throw misshapen();
}

/** All of it. Rejects as `readKeyedText` does. */
export function parseKeyedText(text: string): KeyedRow[] {
  return [...readKeyedText(text)];
}

/** The lines of a keyed frame's rows, as they stand there. */
export function rowLinesIn(text: string): string[] {
  return [...linesOf(text)].filter((line) => markOf(line) === null);
}

/** Whether a keyed frame has as many rows and keys as its entry says. */
export function countsAgree(text: Bytes, { rows, keys }: Pick<FrameEntry, "rows" | "keys">): boolean {
  const found = { row: 0, gone: 0, was: 0 };
  for (const line of linesOf(decodeUtf8(text))) found[markOf(line) ?? "row"]++;
  return found.row === rows && found.row + found.gone === keys;
}

/** One after the other: a frame of nothing but short lines has very many. */
function* linesOf(text: string): Generator<string, void, void> {
  for (let start = 0; text !== "" && start <= text.length; ) {
    const found = text.indexOf(BETWEEN_LINES, start);
    const end = found < 0 ? text.length : found;
    yield text.slice(start, end);
    start = end + BETWEEN_LINES.length;
  }
}

function markOf(line: string): "gone" | "was" | null {
  if (line.startsWith('{"$gone":[')) return "gone";
  return line.startsWith('{"$was":[') ? "was" : null;
}

function parseLine(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw corrupt("A line of a keyed frame is not JSON", cause);
  }
  throw corrupt("A line of a keyed frame is no row");
}

const HASH = /^[0-9a-f]{64}$/;

/** Of a mark with so many members. */
function readWas(mark: object, members: number): string | null {
  const { $was: was } = mark as { $was: unknown };
  const [hash] = Array.isArray(was) && was.length === 1 ? was : [undefined];
  const hashed = hash === null || (typeof hash === "string" && HASH.test(hash));
  if (!hashed || Object.keys(mark).length !== members) throw misshapen();
  return hash;
}

function readGone(mark: object): Cell[] {
  const { $gone: key } = mark as { $gone: unknown };
  if (Object.keys(mark).some((name) => name !== "$gone" && name !== "$was")) throw misshapen();
  if (!Array.isArray(key) || !key.every(isCell)) throw misshapen();
  return key;
}

/** `number`: the row's place among the frame's rows, from 1. */
function settleRow(row: object, number: number): Row {
  const refuse = (_: number, reason: string) =>
    new FerryError("DOCUMENT_INVALID", `Row ${number} of a frame: ${reason}`, { details: { row: number } });
  return settleRows([row], { strictTags: true, refuse })[0] as Row;
}

const misshapen = () => corrupt("A mark of a keyed frame is not of its shape");
