import { createRefusal, type ErrorCode } from "../errors.ts";

/**
 * What a caller of the bucket's uploads can get wrong, as `details.reason` has it, and the code it
 * is refused with. What to do about each is worded by whoever knows how the caller called: `http/hints.ts`.
 */
export const REFUSALS = {
  "key-malformed": "INVALID_KEY",
  "key-of-undo": "INVALID_KEY",
  "key-in-use": "INVALID_REQUEST",
  "part-size-out-of-range": "INVALID_REQUEST",
  "part-number-out-of-range": "INVALID_REQUEST",
  "part-listed-twice": "INVALID_REQUEST",
  "part-length-unknown": "LENGTH_REQUIRED",
  "part-empty": "PART_TOO_SMALL",
  "part-below-minimum": "PART_TOO_SMALL",
  "part-above-part-size": "CONTENT_TOO_LARGE",
  "part-size-differs": "PART_SIZE_MISMATCH",
  "part-etag-differs": "ETAG_MISMATCH",
  "no-parts": "PART_MISSING",
  "parts-not-received": "PART_MISSING",
  "parts-not-listed": "PART_MISSING",
  "upload-not-open": "UPLOAD_NOT_FOUND",
  "upload-completed": "UPLOAD_NOT_FOUND",
  "joined-size-differs": "BUCKET_ERROR",
} as const satisfies Record<string, ErrorCode>;

export type Refusal = keyof typeof REFUSALS;

export const refused = createRefusal(REFUSALS);
