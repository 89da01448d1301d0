import { base64ToBytes, bytesToBase64, isTagged } from "../archive/cells.ts";
import type { Cell } from "../archive/types.ts";
import type { Bytes } from "../bytes.ts";
import { collationOf } from "./collated-text.ts";

/** A text that two keys share if and only if SQLite calls them equal, by these collations. */
export function keyText(key: readonly Cell[], collations: readonly string[]): string {
  return JSON.stringify(key.map((cell, i) => comparable(cell, collations[i] ?? "BINARY")));
}

function comparable(cell: Cell, collation: string): unknown {
  if (typeof cell === "string") return collated(cell, collation);
  if (typeof cell === "number") return numeric(cell);
  if (cell === null || !isTagged(cell)) return cell;
  if ("$int" in cell) return numeric(cell.$int);
  if ("$real" in cell) return numeric(Number(cell.$real));
  return "$text" in cell ? collated(base64ToBytes(cell.$text), collation) : cell;
}

/** Integers and reals of one value are equal. */
function numeric(value: number | string): { n: string } {
  if (typeof value === "string") return { n: value };
  if (!Number.isFinite(value) || !Number.isInteger(value)) return { n: String(value) };
  return { n: BigInt(value).toString() };
}

function collated(text: string | Bytes, collation: string): unknown {
  const { head, length } = collationOf(collation)?.(text) ?? { head: text, length: 0 };
  const told = typeof head === "string" ? head : { $text: bytesToBase64(head) };
  return length === 0 ? told : [told, length];
}
