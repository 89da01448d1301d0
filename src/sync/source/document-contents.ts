import {
  addLines,
  contentOf,
  goOnWithContent,
  keepContent,
  NO_ROWS,
  type TableContentState,
} from "../../archive/content-hash.ts";
import type { Row } from "../../archive/types.ts";
import type { Bytes } from "../../bytes.ts";

/*
 * What the tables of a plain document hold, as far as it is read. Its rows are written as an archive's lines are, with the
 * columns in the document's order, so that rows which came out of an archive hash to what they did there.
 */

/** Plain JSON: it is part of a document's position. */
export interface DocumentContents {
  /** By table, those that are read to their end. */
  done: Record<string, string>;
  /** The one that is being read. */
  open: { table: string; content: TableContentState } | null;
}

export const NO_CONTENTS: DocumentContents = { done: {}, open: null };

/** The contents with some more rows of a table. */
export async function addRows(
  { done, open }: DocumentContents,
  table: string,
  rows: readonly Row[],
): Promise<DocumentContents> {
  const isSame = open?.table === table;
  const before = isSame ? goOnWithContent(open.content) : NO_ROWS;
  const content = await addLines(before, { rows: rows.length, pieces: linesOf(rows) });
  return {
    done: isSame ? done : await contentsSoFar({ done, open }),
    open: { table, content: keepContent(content) },
  };
}

/** By table, as if the document ended here. */
export async function contentsSoFar({ done, open }: DocumentContents): Promise<Record<string, string>> {
  if (open === null) return done;
  return { ...done, [open.table]: await contentOf(goOnWithContent(open.content)) };
}

const encoder = new TextEncoder();

function linesOf(rows: readonly Row[]): Iterable<Bytes> {
  const [first] = rows;
  if (rows.length === 1 && first !== undefined && isLong(first)) return piecesOfRow(first);
  return [encoder.encode(rows.map((row) => JSON.stringify(row)).join(",\n"))];
}

/** Characters. The JSON of a longer row may have six times as many, and is not made in one. */
const LONG_ROW = 1_000_000;

function isLong(row: Row): boolean {
  let length = 0;
  for (const cell of Object.values(row)) if (typeof cell === "string") length += cell.length;
  return length > LONG_ROW;
}

/** The line of a row, its long texts a piece at a time. */
function* piecesOfRow(row: Row): Iterable<Bytes> {
  let before = "{";
  for (const [name, cell] of Object.entries(row)) {
    yield encoder.encode(`${before}${JSON.stringify(name)}:`);
    if (typeof cell === "string") yield* piecesOfText(cell);
    else yield encoder.encode(JSON.stringify(cell));
    before = ",";
  }
  yield encoder.encode(before === "{" ? "{}" : "}");
}

/** Characters of a text that are written at once. */
const SLICE = 64 * 1024;

function* piecesOfText(text: string): Iterable<Bytes> {
  yield encoder.encode('"');
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + SLICE, text.length);
    // The two halves of a character stay together: JSON has escapes for one alone.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end++;
    yield encoder.encode(JSON.stringify(text.slice(at, end)).slice(1, -1));
    at = end;
  }
  yield encoder.encode('"');
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
