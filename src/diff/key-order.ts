import { base64ToBytes, isTagged } from "../archive/cells.ts";
import type { Cell } from "../archive/types.ts";
import type { Bytes } from "../bytes.ts";

/*
 * The order in which SQLite has keys (sqlite.org/datatype3.html, 4.1 and 7.1), for rows that no SQLite is at hand to
 * compare: those of two archives. Whoever goes by it checks that the rows do stand in it, and believes nothing else.
 */

/** Less than 0 where the first comes first, 0 where SQLite calls them equal. Of keys of the same columns. */
export type CompareKeys = (left: readonly Cell[], right: readonly Cell[]) => number;

/** How keys under these collations are ordered; null for one that SQLite itself does not have. */
export function keyOrder(collations: readonly string[]): CompareKeys | null {
  const texts = collations.map((name) => TEXTS[name.toUpperCase()]);
  if (texts.includes(undefined)) return null;
  return (left, right) => {
    for (const [i, prepare] of texts.entries()) {
      const order = compareCells(left[i] ?? null, right[i] ?? null, prepare as PrepareText);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** What stands for a text where it is compared. */
type PrepareText = (text: string) => string;

const TEXTS: Readonly<Record<string, PrepareText>> = {
  BINARY: (text) => text,
  NOCASE: (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  RTRIM: (text) => text.replace(/ +$/, ""),
};

/** A cell by its storage class, in their order. */
type Stored =
  | { class: 0 }
  | { class: 1; value: number | bigint }
  | { class: 2; text: string }
  | { class: 2; bytes: Bytes }
  | { class: 3; bytes: Bytes };

function compareCells(left: Cell, right: Cell, prepare: PrepareText): number {
  // Most keys are one integer each.
  if (typeof left === "number" && typeof right === "number") return left - right || 0;
  const [one, two] = [stored(left), stored(right)];
  if (one.class !== two.class) return one.class - two.class;
  if ("value" in one && "value" in two) return one.value < two.value ? -1 : one.value > two.value ? 1 : 0;
  if ("text" in one && "text" in two) return compareTexts(prepare(one.text), prepare(two.text));
  return one.class === 0 ? 0 : compareBytes(bytesOf(one, prepare), bytesOf(two, prepare));
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
    : { class: 2, bytes: base64ToBytes(cell.$text) };
}

const encoder = new TextEncoder();

/** Of a text that is no UTF-8 the bytes are compared as they are. */
function bytesOf(cell: Stored, prepare: PrepareText): Uint8Array {
  if ("bytes" in cell) return cell.bytes;
  return "text" in cell ? encoder.encode(prepare(cell.text)) : new Uint8Array();
}

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
