import { MULTIPART_LIMITS } from "../bucket/port.ts";

/*
 * R2's documented figures (developers.cloudflare.com/r2/platform/limits, …/objects/multipart-objects)
 * in the words of developers.cloudflare.com/r2/api/error-codes. The sizes of parts are looked at when
 * the parts are joined, as R2 does it.
 */

const KEY_BYTES = 1024;
const METADATA_BYTES = 8192;
const DELETED_KEYS = 1000;
const LISTED_KEYS = 1000;

export function checkKey(operation: string, key: string): void {
  if (new TextEncoder().encode(key).byteLength <= KEY_BYTES) return;
  throw new Error(`${operation}: The specified object name is not valid. (10020)`);
}

export function checkMetadata(operation: string, metadata: Record<string, string> = {}): void {
  const bytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + new TextEncoder().encode(name + value).byteLength,
    0,
  );
  if (bytes <= METADATA_BYTES) return;
  throw new Error(`${operation}: Your metadata headers exceed the maximum allowed metadata size. (10012)`);
}

/** R2 documents the figure and not the words. */
export function checkDelete(keys: readonly string[]): void {
  for (const key of keys) checkKey("delete", key);
  if (keys.length > DELETED_KEYS) {
    throw new Error(`delete: ${keys.length} keys were specified, and at most ${DELETED_KEYS} may be.`);
  }
}

export function checkListLimit(limit: number | undefined): void {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= LISTED_KEYS)) return;
  throw new Error(`list: MaxKeys params must be positive integer <= ${LISTED_KEYS}. (10022)`);
}

export function checkPartNumber(partNumber: number): void {
  const { maxParts } = MULTIPART_LIMITS;
  if (Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= maxParts) return;
  throw new TypeError(
    `Part number must be between 1 and ${maxParts} (inclusive). Actual value was: ${partNumber}`,
  );
}

/** `sizes` of the parts in the order of their numbers; null where a part's size is not known. */
export function checkPartSizes(sizes: readonly (number | null)[]): void {
  const [first, last] = [sizes[0] ?? null, sizes.at(-1) ?? null];
  for (const size of sizes.slice(0, -1)) {
    if (size === null) continue;
    if (size < MULTIPART_LIMITS.minPartBytes) throw problem(TOO_SMALL);
    if (first !== null && size !== first) throw problem(UNEQUAL);
  }
  if (first !== null && last !== null && last > first) throw problem(UNEQUAL);
}

const TOO_SMALL = "Your proposed upload is smaller than the minimum allowed object size. (10011)";
const UNEQUAL = "There was a problem with the multipart upload. (10048)";

function problem(words: string): Error {
  return new Error(`completeMultipartUpload: ${words}`);
}
