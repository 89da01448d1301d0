import { isKeyed } from "../../archive/frame-order.ts";
import { keyedRowsOf, keylessRowsOf } from "../../archive/keyed-rows.ts";
import { type KeyedRow, rowLinesIn } from "../../archive/keyed-text.ts";
import type { FrameText } from "../../archive/reader.ts";
import { findSchemaTable } from "../../archive/schema-tables.ts";
import { corrupt } from "../../archive/text.ts";
import type { ArchiveKind, Cell, Row, SchemaObject, TableSchema } from "../../archive/types.ts";
import { refused } from "../../refusals.ts";

/** Of these keys, the table holds exactly these rows. */
export interface KeyedFrame {
  /** The key's columns, as the archive calls them. */
  columns: readonly string[];
  /**
   * Each key with its row, or without one: that key is gone. `was` is the SHA-256 of the line that this was made
   * against, null for no row, absent where nobody said. Parsed at each call, one after the other.
   */
  keys(): Iterable<KeyedRow>;
  /** The rows as they are written. */
  lines(): string[];
  /** Set where the rows are what a run made, as far as it wrote them, or those that it deleted. */
  are?: "made" | "deleted";
  /** Set where the rows that it made got their keys as they were written: rowids above this one, null for any. */
  keyless?: { above: string | null };
}

/** What a keyed frame of a source with this schema says. Rejects one of a table that no list of keys can speak of. */
export function keyedContent(
  { entry, text }: Pick<FrameText, "entry" | "text">,
  { schema, kind }: { schema: readonly SchemaObject[]; kind: ArchiveKind },
): { rows(): Iterable<Row[]>; keyed: KeyedFrame } {
  const { table: name } = entry;
  const table = findSchemaTable(schema, name);
  if (table === undefined) throw corrupt(`The archive has keys of ${name}, and does not say what they are`);
  if (!isKeyed(entry)) throw wholeTable(name);
  if (kind === "delta" && !isKnownByKeys(table)) throw withoutKey(name);
  const keys = () => (entry.keyless ? keylessRowsOf(table, text) : keyedRowsOf(table, text));
  const keyless = entry.keyless ? { keyless: { above: rowidAbove(entry, table) } } : {};
  return {
    rows: () => rowsAmong(keys()),
    keyed: { columns: table.key.columns, keys, lines: () => rowLinesIn(text), ...ofRun(entry), ...keyless },
  };
}

/** The rowid behind which a keyless frame's rows are, in digits. Rejects one of a table that has other keys. */
function rowidAbove({ after, table: name }: FrameText["entry"], { key }: TableSchema): string | null {
  const digits = after === null ? null : integerDigits(after[0]);
  if (key.kind === "rowid" && digits !== undefined) return digits;
  throw corrupt(`A keyless frame of ${name} is not bounded by a rowid`);
}

/** Undefined for a cell that is no integer. */
function integerDigits(cell: Cell | undefined): string | undefined {
  if (Number.isSafeInteger(cell)) return String(cell);
  return typeof cell === "object" && cell !== null && "$int" in cell ? cell.$int : undefined;
}

function ofRun({ made, deleted }: FrameText["entry"]): Pick<KeyedFrame, "are"> {
  if (made) return { are: "made" };
  return deleted ? { are: "deleted" } : {};
}

function* rowsAmong(keys: Iterable<KeyedRow>): Generator<Row[], void, void> {
  for (const keyed of keys) if ("row" in keyed) yield [keyed.row];
}

/** The rowids of two databases mean nothing to each other, but in a full-text table, whose app gives them. */
function isKnownByKeys({ key, fts5 }: TableSchema): boolean {
  return fts5 === undefined ? key.kind === "primary" : fts5 === true;
}

function withoutKey(table: string) {
  return refused(
    "keyed-without-key",
    `This archive holds single rows of "${table}", which has no key that tells them apart. No table was changed.`,
    { details: { table } },
  );
}

function wholeTable(table: string) {
  return refused(
    "archive-of-parts",
    `This archive holds "${table}" by ranges of keys beside others by single keys, and a sync takes one or the other. No table was changed.`,
    { details: { table } },
  );
}
