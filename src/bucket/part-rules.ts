import { FerryError } from "../errors.ts";
import type { LedgerPart } from "./ledger.ts";
import { MULTIPART_LIMITS, type UploadedPart } from "./port.ts";

/** What an upload may declare as its part size, bytes. A request body must stay under 100 MB. */
export const PART_SIZES = {
  min: MULTIPART_LIMITS.minPartBytes,
  max: 95 * 1024 * 1024,
  default: 10 * 1024 * 1024,
} as const;

const RULE = "Parts are at least 5 MiB each and all of one size; only the last may be smaller.";

export function checkPartSize(partSize: number): number {
  if (Number.isInteger(partSize) && partSize >= PART_SIZES.min && partSize <= PART_SIZES.max) return partSize;
  throw new FerryError(
    "INVALID_REQUEST",
    `A part size of ${partSize} bytes is outside ${PART_SIZES.min} to ${PART_SIZES.max}`,
    { hint: "Choose a part size between 5 MiB and 95 MiB, or leave it out for 10 MiB." },
  );
}

export function checkPartNumber(partNumber: number): void {
  const { maxParts } = MULTIPART_LIMITS;
  if (Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= maxParts) return;
  throw new FerryError("INVALID_REQUEST", `Part number ${partNumber} is outside 1 to ${maxParts}`, {
    hint: "Number the parts from 1; for a larger file, start an upload with larger parts.",
  });
}

/** A part on arrival. Whether it may be short is known only when the upload completes. */
export function checkPartLength(partNumber: number, length: number | null, partSize: number): number {
  if (length === null) {
    throw new FerryError("LENGTH_REQUIRED", `Part ${partNumber} was sent without its length`, {
      hint: "Send a Content-Length header (curl: -T part or --data-binary @part, not a pipe).",
    });
  }
  if (!Number.isInteger(length) || length < 1) {
    throw new FerryError("PART_TOO_SMALL", `Part ${partNumber} is empty`, {
      hint: "Send the part's bytes as the request body.",
      details: { partNumber, size: length },
    });
  }
  if (length > partSize) {
    throw new FerryError(
      "CONTENT_TOO_LARGE",
      `Part ${partNumber} has ${length} bytes, more than the ${partSize} this upload was started with`,
      {
        hint: `Send parts of at most ${partSize} bytes, or start again with a larger partSize.`,
        details: { partNumber, size: length, partSize },
      },
    );
  }
  return length;
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
      throw new FerryError("INVALID_REQUEST", `Part ${partNumber} is listed twice`, {
        hint: "List each part once.",
        details: { partNumber },
      });
    }
    numbers.add(partNumber);
    const part = held.get(partNumber);
    if (part !== undefined && plainEtag(etag) !== plainEtag(part.etag)) {
      throw new FerryError("ETAG_MISMATCH", `Part ${partNumber} was received with another etag`, {
        hint: "Send the part again and list the etag of that answer.",
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
  if (last === 0) {
    throw new FerryError("PART_MISSING", "The upload has no parts", {
      hint: "Send the parts first, each with PUT and its partNumber.",
    });
  }
  if (notReceived.length > 0) {
    throw new FerryError("PART_MISSING", `${naming(notReceived)} of ${last} never arrived`, {
      hint: `${last - notReceived.length} of ${last} parts are safe: send the missing ones, then complete again.`,
      details: { notReceived, notListed },
    });
  }
  if (notListed.length > 0) {
    throw new FerryError("PART_MISSING", `${naming(notListed)} arrived but the list leaves them out`, {
      hint: "List every part that was sent; to leave one out, abort and start a new upload.",
      details: { notReceived, notListed },
    });
  }
}

function checkSizes(parts: readonly LedgerPart[]): void {
  const common = Math.max(...parts.slice(0, -1).map((part) => part.size));
  for (const [index, { partNumber, size }] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (!isLast && size < MULTIPART_LIMITS.minPartBytes) {
      throw new FerryError("PART_TOO_SMALL", `Part ${partNumber} of ${parts.length} has only ${size} bytes`, {
        hint: RULE,
        details: { partNumber, size, minimum: MULTIPART_LIMITS.minPartBytes },
      });
    }
    if (parts.length > 1 && (isLast ? size > common : size !== common)) {
      throw new FerryError(
        "PART_SIZE_MISMATCH",
        `Part ${partNumber} of ${parts.length} has ${size} bytes where the others have ${common}`,
        { hint: RULE, details: { partNumber, size, expected: common } },
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
