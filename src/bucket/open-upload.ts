import { FerryError } from "../errors.ts";
import type { FerryKey } from "./keys.ts";
import type { UploadRecord } from "./ledger.ts";
import type { Bucket } from "./port.ts";
import { refused } from "./refusals.ts";

export interface UploadReference {
  key: string;
  uploadId: string;
}

/** Throws where an upload of this owner is not the caller's; `owner` is null where nobody said. */
export type PermitUpload = (key: FerryKey, owner: string | null) => void;

/** What each step of an upload goes by. */
export interface UploadStep {
  bucket: Bucket;
  /** Milliseconds since 1970. */
  now: number;
  permit: PermitUpload;
}

/** Asks for permission where there is an upload. */
export function permitKnown(permit: PermitUpload, key: FerryKey, upload: UploadRecord | null): void {
  if (upload !== null) permit(key, upload.owner);
}

/** R2 forgets an unfinished upload then (developers.cloudflare.com/r2/objects/multipart-objects). */
export const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** `now` in milliseconds since 1970. */
export function isOpen(record: UploadRecord | null, uploadId: string, now: number): record is UploadRecord {
  return record !== null && record.uploadId === uploadId && record.expiresAt > now;
}

/** What the bucket threw, in our words where it no longer knows the upload. */
export function goneUpload(error: unknown, key: FerryKey): unknown {
  return error instanceof FerryError && error.code === "UPLOAD_NOT_FOUND" ? notOpen(key, error) : error;
}

export function notOpen(key: FerryKey, cause?: unknown): FerryError {
  return refused("upload-not-open", `${key} has no open upload with this upload id`, { cause });
}

export function alreadyCompleted(key: FerryKey): FerryError {
  return refused("upload-completed", `The upload of ${key} is already completed`, { details: { key } });
}
