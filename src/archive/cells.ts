import { FerryError } from "../errors.ts";
import { isBase64 } from "./base64.ts";
import type { Cell, Row, TaggedCell } from "./types.ts";

export { base64ToBytes, bytesToBase64 } from "./base64.ts";

/**
 * One row as a line of JSON, its properties in the order of `columns`. The same cells always give
 * the same text. Rejects NaN, which no SQLite holds, with `UNSUPPORTED`.
 */
export function encodeRow(columns: readonly string[], cells: readonly Cell[]): string {
  const names = encodedNames(columns);
  let text = "{";
  for (let i = 0; i < names.length; i++) text += (names[i] as string) + encodeCell(cells[i] as Cell);
  return `${text}}`;
}

/**
 * The line that `encodeRow` wrote for a row, from the row as it was read. A row that was given
 * other columns since then, or lost some, gives another line.
 */
export function canonicalRowText(row: Row, columns: readonly string[]): string {
  const known = columns.filter((column) => Object.hasOwn(row, column));
  const names = Object.keys(row);
  if (known.length === names.length && known.length === columns.length) {
    return encodeRow(
      columns,
      columns.map((column) => row[column] as Cell),
    );
  }
  const others = names.filter((name) => !known.includes(name));
  const all = [...known, ...others];
  return encodeRow(
    all,
    all.map((name) => row[name] as Cell),
  );
}

/** True for what may stand in a row of an archive. */
export function isCell(value: unknown): value is Cell {
  return value === null || typeof value === "string" || Number.isFinite(value) || isTagged(value);
}

/** True for exactly one of the tags, with a value of its form. */
export function isTagged(cell: unknown): cell is TaggedCell {
  if (typeof cell !== "object" || cell === null) return false;
  const [name, ...others] = Object.keys(cell);
  if (name === undefined || others.length > 0) return false;
  const value: unknown = (cell as Record<string, unknown>)[name];
  return typeof value === "string" && isTagValue(name, value);
}

/** True for an object that uses the name of a tag. If it is not a tagged cell, it is a malformed one. */
export function usesTagName(value: object): boolean {
  return Object.keys(value).some((name) => TAG_NAMES.has(name));
}

/** A decimal integer that SQLite can store, in its shortest form. */
export function isInt64(text: string): boolean {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return false;
  if (text.length < 19) return true;
  const value = BigInt(text);
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}

const TAG_NAMES = new Set(["$int", "$blob", "$real", "$text"]);

function isTagValue(name: string, value: string): boolean {
  switch (name) {
    case "$int":
      return isInt64(value);
    case "$blob":
    case "$text":
      return isBase64(value);
    case "$real":
      if (value === "Infinity" || value === "-Infinity") return true;
      return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(value) && Number.isFinite(Number(value));
    default:
      return false;
  }
}

/** A cell as `encodeRow` writes it. */
export function encodeCell(cell: Cell): string {
  if (typeof cell === "string") return JSON.stringify(cell);
  if (typeof cell === "number") return encodeNumber(cell);
  return cell === null ? "null" : JSON.stringify(cell);
}

function encodeNumber(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '{"$real":"-0"}' : String(value);
  if (Number.isNaN(value)) {
    throw new FerryError("UNSUPPORTED", "A number in a row is NaN, which SQLite cannot hold");
  }
  // Digits alone would be read as an INTEGER. Beyond 64 bits they cannot be one.
  const likeInteger = Number.isInteger(value) && Math.abs(value) <= 2 ** 63;
  return likeInteger || !Number.isFinite(value) ? `{"$real":"${value}"}` : String(value);
}

/** True for a number as `encodeRow` writes it. */
export function isCanonicalNumber(text: string): boolean {
  const value = Number(text);
  return !Number.isNaN(value) && encodeNumber(value) === text;
}

const namesOf = new WeakMap<readonly string[], string[]>();

/** `"a":`, `,"b":`, … A list of columns is asked for once a row, so its names are kept. */
export function encodedNames(columns: readonly string[]): string[] {
  const known = namesOf.get(columns);
  if (known !== undefined) return known;
  const names = columns.map((name, i) => `${i === 0 ? "" : ","}${JSON.stringify(name)}:`);
  namesOf.set(columns, names);
  return names;
}
