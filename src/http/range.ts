import { FerryError } from "../errors.ts";

export interface ResolvedRange {
  /** Bytes from the start. */
  offset: number;
  /** Bytes. */
  length: number;
}

/**
 * What a `Range` header asks for of `size` bytes (RFC 9110, section 14). Null means all of it: no
 * header, several ranges, another unit, or one that is not well formed, which servers may ignore.
 * Rejects with `RANGE_NOT_SATISFIABLE` when the range lies behind the end.
 */
export function resolveRange(header: string | null, size: number): ResolvedRange | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (match === null) return null;
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? null : suffix(Number(last), size);
  const offset = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < offset) return null;
  if (offset >= size) throw unsatisfiable(size);
  return { offset, length: end - offset + 1 };
}

function suffix(length: number, size: number): ResolvedRange {
  if (length === 0 || size === 0) throw unsatisfiable(size);
  return { offset: Math.max(0, size - length), length: Math.min(length, size) };
}

function unsatisfiable(size: number): FerryError {
  return new FerryError("RANGE_NOT_SATISFIABLE", `The object has only ${size} bytes`, { details: { size } });
}
