import type { FerryError } from "../errors.ts";
import type { LedgerPart } from "./ledger.ts";
import { MULTIPART_LIMITS, type UploadedPart } from "./port.ts";
import { refused } from "./refusals.ts";

/** What an upload may declare as its part size, bytes. A request body must stay under 100 MB. */
export const PART_SIZES = {
  min: MULTIPART_LIMITS.minPartBytes,
  max: 95 * 1024 * 1024,
  default: 10 * 1024 * 1024,
} as const;

export function checkPartSize(partSize: number): number {
  if (Number.isInteger(partSize) && partSize >= PART_SIZES.min && partSize <= PART_SIZES.max) return partSize;
  throw refused(
    "part-size-out-of-range",
    `A part size of ${partSize} bytes is outside ${PART_SIZES.min} to ${PART_SIZES.max}`,
  );
}

export function checkPartNumber(partNumber: number): void {
  const { maxParts } = MULTIPART_LIMITS;
  if (Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= maxParts) return;
  throw refused("part-number-out-of-range", `Part number ${partNumber} is outside 1 to ${maxParts}`);
}

/** A part on arrival. Whether it may be short is known only when the upload completes. */
export function checkPartLength(partNumber: number, length: number | null, partSize: number): number {
  if (length === null) {
    throw refused("part-length-unknown", `Part ${partNumber} was sent without its length`);
  }
  if (!Number.isInteger(length) || length < 1) {
    throw emptyPart(partNumber, length);
  }
  if (length > partSize) {
    throw refused(
      "part-above-part-size",
      `Part ${partNumber} has ${length} bytes, more than the ${partSize} this upload was started with`,
      { details: { partNumber, size: length, partSize } },
    );
  }
  return length;
}

export function emptyPart(partNumber: number, size: number): FerryError {
  return refused("part-empty", `Part ${partNumber} is empty`, { details: { partNumber, size } });
}

/**
 * The parts to join, in order, once the caller's list and the ledger agree and R2's rules hold
 * (developers.cloudflare.com/r2/objects/multipart-objects). R2 itself would join an incomplete
 * list without a word.
 */
export function checkParts(listed: readonly UploadedPart[], ledger: readonly LedgerPart[]): LedgerPart[] {
  const held = new Map(ledger.map((part) => [part.partNumber, part]));
  const numbers = new Set<number>();
  for (const { partNumber, etag } of listed) {
    checkPartNumber(partNumber);
    if (numbers.has(partNumber)) {
      throw refused("part-listed-twice", `Part ${partNumber} is listed twice`, { details: { partNumber } });
    }
    numbers.add(partNumber);
    const part = held.get(partNumber);
    if (part !== undefined && plainEtag(etag) !== plainEtag(part.etag)) {
      throw refused("part-etag-differs", `Part ${partNumber} was received with another etag`, {
        details: { partNumber, listed: plainEtag(etag), received: part.etag },
      });
    }
  }
  checkWhole(numbers, held);
  const parts = [...held.values()].sort((a, b) => a.partNumber - b.partNumber);
  checkSizes(parts);
  return parts;
}

function checkWhole(listed: ReadonlySet<number>, held: ReadonlyMap<number, LedgerPart>): void {
  const last = Math.max(0, ...listed, ...held.keys());
  const notReceived: number[] = [];
  const notListed: number[] = [];
  for (let partNumber = 1; partNumber <= last; partNumber++) {
    if (!held.has(partNumber)) notReceived.push(partNumber);
    else if (!listed.has(partNumber)) notListed.push(partNumber);
  }
  if (last === 0) throw refused("no-parts", "The upload has no parts");
  if (notReceived.length > 0) {
    throw refused("parts-not-received", `${naming(notReceived)} of ${last} never arrived`, {
      details: { notReceived, notListed, arrived: last - notReceived.length, highest: last },
    });
  }
  if (notListed.length > 0) {
    throw refused("parts-not-listed", `${naming(notListed)} arrived but the list leaves them out`, {
      details: { notReceived, notListed },
    });
  }
}

function checkSizes(parts: readonly LedgerPart[]): void {
  const common = Math.max(...parts.slice(0, -1).map((part) => part.size));
  for (const [index, { partNumber, size }] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (!isLast && size < MULTIPART_LIMITS.minPartBytes) {
      throw refused("part-below-minimum", `Part ${partNumber} of ${parts.length} has only ${size} bytes`, {
        details: { partNumber, size, minimum: MULTIPART_LIMITS.minPartBytes },
      });
    }
    if (parts.length > 1 && (isLast ? size > common : size !== common)) {
      throw refused(
        "part-size-differs",
        `Part ${partNumber} of ${parts.length} has ${size} bytes where the others have ${common}`,
        { details: { partNumber, size, expected: common } },
      );
    }
  }
}

/** People copy etags with the quotes of an HTTP header. */
function plainEtag(etag: string): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, "$1").toLowerCase();
}

function naming(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 10).join(", ");
  const more = numbers.length > 10 ? ` and ${numbers.length - 10} more` : "";
  return `${numbers.length === 1 ? "Part" : "Parts"} ${shown}${more}`;
}
