import { base64ToBytes, isTagged } from "../archive/cells.ts";
import type { Cell } from "../archive/types.ts";
import type { Bytes } from "../bytes.ts";
import { type Collate, type CollatedText, collationOf } from "./collated-text.ts";

/*
 * The order in which SQLite has keys (sqlite.org/datatype3.html, 4.1 and 7.1), for rows that no SQLite is at hand to
 * compare: those of two archives. Whoever goes by it checks that the rows do stand in it, and believes nothing else.
 */

/** Less than 0 where the first comes first, 0 where SQLite calls them equal. Of keys of the same columns. */
export type CompareKeys = (left: readonly Cell[], right: readonly Cell[]) => number;

/** How keys under these collations are ordered; null for one that SQLite itself does not have. */
export function keyOrder(collations: readonly string[]): CompareKeys | null {
  const own = collations.map(collationOf);
  if (own.includes(null)) return null;
  return (left, right) => {
    for (const [i, collate] of own.entries()) {
      const order = compareCells(left[i] ?? null, right[i] ?? null, collate as Collate);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** A cell by its storage class, in their order. */
type Stored =
  | { class: 0 }
  | { class: 1; value: number | bigint }
  | { class: 2; text: string | Bytes }
  | { class: 3; bytes: Bytes };

function compareCells(left: Cell, right: Cell, collate: Collate): number {
  // Most keys are one integer each.
  if (typeof left === "number" && typeof right === "number") return left - right || 0;
  const [one, two] = [stored(left), stored(right)];
  if (one.class !== two.class) return one.class - two.class;
  if ("value" in one && "value" in two) return one.value < two.value ? -1 : one.value > two.value ? 1 : 0;
  if ("text" in one && "text" in two) return compareCollated(collate(one.text), collate(two.text));
  return "bytes" in one && "bytes" in two ? compareBytes(one.bytes, two.bytes) : 0;
}

function stored(cell: Cell): Stored {
  if (cell === null) return { class: 0 };
  if (typeof cell === "number") return { class: 1, value: cell };
  if (typeof cell === "string") return { class: 2, text: cell };
  if (!isTagged(cell)) return { class: 0 };
  if ("$int" in cell) return { class: 1, value: BigInt(cell.$int) };
  if ("$real" in cell) return { class: 1, value: Number(cell.$real) };
  return "$blob" in cell
    ? { class: 3, bytes: base64ToBytes(cell.$blob) }
    : { class: 2, text: base64ToBytes(cell.$text) };
}

const encoder = new TextEncoder();

function compareCollated(left: CollatedText, right: CollatedText): number {
  const { head: one } = left;
  const { head: two } = right;
  const order =
    typeof one === "string" && typeof two === "string"
      ? compareTexts(one, two)
      : compareBytes(bytesOf(one), bytesOf(two));
  return order === 0 ? left.length - right.length : order;
}

const bytesOf = (text: string | Bytes): Bytes => (typeof text === "string" ? encoder.encode(text) : text);

/** As memcmp compares their UTF-8: by code points, where JavaScript goes by halves of them. */
function compareTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const [one, two] = [left.charCodeAt(i), right.charCodeAt(i)];
    if (one !== two) return rank(one) - rank(two);
  }
  return left.length - right.length;
}

/** Halves of a pair stand for code points beyond all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.byteLength, right.byteLength);
  for (let i = 0; i < length; i++) {
    const order = (left[i] as number) - (right[i] as number);
    if (order !== 0) return order;
  }
  return left.byteLength - right.byteLength;
}
