import type { Bytes } from "../bytes.ts";
import { sha256Hex } from "./sha256.ts";
import {
  addText,
  endText,
  goOnWithText,
  keepText,
  NO_TEXT,
  type TextHash,
  type TextHashState,
} from "./text-hash.ts";
import type { TableSummary } from "./types.ts";

/*
 * What a table holds, as one word: how many rows, and the hash of their lines in key order. Equal rows in equal columns
 * have the same, whether they came in an archive, whatever its frames, or in a document.
 */

/** The rows of a table so far. Never changed: more rows make another one. */
export interface TableContent {
  readonly rows: number;
  readonly text: TextHash;
}

/** As it is kept between two invocations: plain JSON. */
export interface TableContentState extends TextHashState {
  rows: number;
}

export const NO_ROWS: TableContent = { rows: 0, text: NO_TEXT };

const encoder = new TextEncoder();

/** Stands between two lines. */
const SEPARATOR = encoder.encode(",\n");

/** The content with more rows behind it: `pieces` are their lines, joined by ",\n". */
export async function addLines(
  { rows, text }: TableContent,
  lines: { rows: number; pieces: Iterable<Bytes> },
): Promise<TableContent> {
  if (lines.rows === 0) return { rows, text };
  const before = rows === 0 ? [] : [SEPARATOR];
  return { rows: rows + lines.rows, text: await addText(text, chained(before, lines.pieces)) };
}

function* chained(...all: Iterable<Bytes>[]): Iterable<Bytes> {
  for (const pieces of all) yield* pieces;
}

/** The content of a table that holds these rows and no others. */
export async function contentOf({ rows, text }: TableContent): Promise<string> {
  return `${rows} ${await endText(text)}`;
}

export function keepContent({ rows, text }: TableContent): TableContentState {
  return { rows, ...keepText(text) };
}

export function goOnWithContent({ rows, ...text }: TableContentState): TableContent {
  return { rows, text: goOnWithText(text) };
}

/** A hash for each table of an archive: equal ones hold the same rows. */
export function contentsOf(
  tables: readonly Pick<TableSummary, "table" | "rows" | "sha256">[],
): Record<string, string> {
  const contents: Record<string, string> = Object.create(null);
  for (const { table, rows, sha256 } of tables) contents[table] = `${rows} ${sha256}`;
  return contents;
}

/** One SHA-256, in hex, of what tables hold, in whichever order they stand. */
export function contentHash(contents: Readonly<Record<string, string>>): Promise<string> {
  const sorted = Object.entries(contents).sort(([left], [right]) => (left < right ? -1 : 1));
  return sha256Hex(new TextEncoder().encode(JSON.stringify(sorted)));
}
