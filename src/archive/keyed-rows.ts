import { type KeyedRow, readKeyedText } from "./keyed-text.ts";
import { corrupt } from "./text.ts";
import type { Cell, Row, TableSchema } from "./types.ts";

/**
 * The keys that a keyed frame of a table speaks of, and their rows, one after the other. Each must be a key of the
 * table, and none may be there twice in the same words: whether two others are equal is for the database to say.
 * Rejects with `ARCHIVE_CORRUPT`, and with `DOCUMENT_INVALID` for a row that is none.
 */
export function* keyedRowsOf(
  { name, key: { columns } }: Pick<TableSchema, "name" | "key">,
  text: string,
): Generator<KeyedRow, void, void> {
  const met = new KeySet();
  for (const keyed of readKeyedText(text)) {
    const key = "gone" in keyed ? keyed.gone : keyOf(keyed.row, columns);
    // No key holds a NULL: where a declared one does, the table's key is the rowid.
    if (key.length !== columns.length || key.includes(null)) throw noKey(name, columns);
    if (!met.add(key)) throw corrupt(`A keyed frame of ${name} speaks of one key twice`);
    yield keyed;
  }
}

/**
 * The rows of a keyless frame of a table, one after the other, each without its key. Equal ones are there as often as they
 * were added. Rejects as `keyedRowsOf` does.
 */
export function* keylessRowsOf(
  { name, key: { columns } }: Pick<TableSchema, "name" | "key">,
  text: string,
): Generator<{ row: Row }, void, void> {
  for (const keyed of readKeyedText(text)) {
    if (!("row" in keyed) || "was" in keyed || keyOf(keyed.row, columns).length > 0)
      throw corrupt(`A keyless frame of ${name} holds more than rows without keys`);
    yield keyed;
  }
}

/** Shorter than the columns where the row lacks some. */
function keyOf(row: Row, columns: readonly string[]): Cell[] {
  return columns.flatMap((column) => (Object.hasOwn(row, column) ? [row[column] as Cell] : []));
}

function noKey(table: string, columns: readonly string[]) {
  return corrupt(`A keyed frame of ${table} holds what is no key of it (${columns.join(", ")})`);
}

/** Keys of one table. One of a single text or number is kept as it is, for it may be long. */
class KeySet {
  readonly #plain = new Set<Cell>();
  readonly #others = new Set<string>();

  /** False where it is in already. */
  add(key: readonly Cell[]): boolean {
    const [first = null] = key;
    return key.length > 1 || typeof first === "object"
      ? addTo(this.#others, JSON.stringify(key))
      : addTo(this.#plain, first);
  }
}

function addTo<T>(set: Set<T>, value: T): boolean {
  const { size } = set;
  return set.add(value).size > size;
}
