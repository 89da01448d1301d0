import fc from "fast-check";
import type { Bytes } from "../../src/bytes.ts";
import { join } from "../archive/support/archives.ts";

/** One change of a file's bytes, by shares of its length. */
export interface ByteChange {
  kind: "flip" | "overwrite" | "cut" | "insert" | "delete" | "repeat" | "move";
  at: number;
  to: number;
  bytes: Uint8Array;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

export const byteChanges: fc.Arbitrary<ByteChange[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<ByteChange["kind"]>(
      "flip",
      "overwrite",
      "cut",
      "insert",
      "delete",
      "repeat",
      "move",
    ),
    at: share,
    to: share,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 3 },
);

export function changeBytes(file: Bytes, changes: readonly ByteChange[]): Bytes {
  return changes.reduce(changeOnce, file);
}

function changeOnce(file: Bytes, { kind, at, to, bytes }: ByteChange): Bytes {
  const place = (of: number) => Math.min(Math.floor(of * file.length), Math.max(0, file.length - 1));
  const [from, until] = [place(Math.min(at, to)), place(Math.max(at, to))];
  const edited = file.slice();
  switch (kind) {
    case "flip":
      if (edited.length > 0) edited[place(at)]! ^= 1 << (bytes[0]! % 8);
      return edited;
    case "overwrite":
      edited.set(bytes.subarray(0, edited.length - place(at)), place(at));
      return edited;
    case "cut":
      return edited.slice(0, place(at));
    case "insert":
      return join([file.slice(0, place(at)), bytes, file.slice(place(at))]);
    case "delete":
      return join([file.slice(0, from), file.slice(until)]);
    case "repeat":
      return join([file.slice(0, until), file.slice(from)]);
    case "move":
      return join([file.slice(0, from), file.slice(until), file.slice(from, until)]);
  }
}

/** One change of a list: which of its members, and what becomes of them. */
export interface ListChange {
  kind: "swap" | "drop" | "repeat";
  one: number;
  other: number;
}

export const listChanges: fc.Arbitrary<ListChange[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<ListChange["kind"]>("swap", "drop", "repeat"),
    one: fc.nat(100),
    other: fc.nat(100),
  }),
  { minLength: 1, maxLength: 3 },
);

export function changeList<T>(list: readonly T[], changes: readonly ListChange[]): T[] {
  const edited = [...list];
  for (const { kind, one, other } of changes) {
    if (edited.length === 0) break;
    const [i, j] = [one % edited.length, other % edited.length];
    if (kind === "drop") edited.splice(i, 1);
    else if (kind === "repeat") edited.splice(j, 0, edited[i]!);
    else [edited[i], edited[j]] = [edited[j]!, edited[i]!];
  }
  return edited;
}

/** One change of a JSON value, at a place somewhere in it. */
export interface JsonChange {
  kind: "replace" | "delete" | "rename" | "repeat" | "exchange";
  at: number;
  other: number;
  value: unknown;
  name: string;
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    "",
    "x",
    "authors",
    [],
    {},
    [[]],
    { $int: "1" },
    { $int: "9223372036854775808" },
    { $blob: "????" },
    { $blob: "AAEC" },
    { $real: "Infinity" },
    { $real: "NaN" },
    { $real: "1" },
    { $text: "/w==" },
    { $int: "1", more: 1 },
    "9223372036854775807",
    "DROP TABLE mine",
    "CREATE TABLE other (x)",
    [null],
    [1, 2],
    { a: { b: [1, true, null] } },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

export const jsonChanges: fc.Arbitrary<JsonChange[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<JsonChange["kind"]>("replace", "replace", "delete", "rename", "repeat", "exchange"),
    at: fc.nat(100_000),
    other: fc.nat(100_000),
    value: odd,
    name: fc.constantFrom(
      "id",
      "name",
      "authors",
      "AUTHORS",
      "posts",
      "nobody",
      "__proto__",
      "constructor",
      "rowid",
      "extra",
      "",
      "a",
      "data",
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

interface Place {
  holder: Record<string, unknown> | unknown[];
  key: string | number;
}

/** Changes a copy of the value. */
export function changeJson(value: unknown, changes: readonly JsonChange[]): unknown {
  const root = { root: structuredClone(value) };
  for (const { kind, at, other, value: put, name } of changes) {
    const places = placesIn(root).slice(1);
    if (places.length === 0) continue;
    const { holder, key } = places[at % places.length]!;
    const target = holder as Record<string | number, unknown>;
    if (kind === "replace") set(target, key, structuredClone(put));
    else if (kind === "delete" && Array.isArray(holder)) holder.splice(key as number, 1);
    else if (kind === "delete") delete target[key];
    else if (kind === "repeat" && Array.isArray(holder))
      holder.splice(key as number, 0, structuredClone(target[key]));
    else if (kind === "rename" && !Array.isArray(holder)) {
      const moved = target[key];
      delete target[key];
      set(target, name, moved);
    } else {
      const there = places[other % places.length]!;
      set(target, key, structuredClone((there.holder as Record<string | number, unknown>)[there.key]));
    }
  }
  return root.root;
}

/** `__proto__` as a name like any other. */
function set(holder: object, key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Place["holder"];
  const keys: (string | number)[] = Array.isArray(holder) ? [...holder.keys()] : Object.keys(holder);
  return keys.flatMap((key) => [
    { holder, key },
    ...placesIn((holder as Record<string | number, unknown>)[key]),
  ]);
}
