import { type FerryKey, newKey, objectName, parseUploadKey } from "./keys.ts";
import { readLedger, type UploadRecord, writeRecord } from "./ledger.ts";
import { LIFETIME_MS, permitKnown, type UploadStep } from "./open-upload.ts";
import { ownedBy } from "./owner.ts";
import { checkPartSize, PART_SIZES } from "./part-rules.ts";
import type { Bucket } from "./port.ts";
import { refused } from "./refusals.ts";
import { type UploadedFile, uploadedFrom, uploadIn } from "./uploaded-file.ts";

export interface StartUploadOptions {
  /** A key of the caller's making. One that has an open upload answers that. @default a new sync key */
  key?: string;
  /** Bytes, 5 MiB to 95 MiB; no part may be larger. @default 10 MiB */
  partSize?: number;
  /** Who begins it; null where nobody says. @default null */
  owner?: string | null;
  /** What is uploaded, as the caller says. @default nothing is said */
  file?: Partial<UploadedFile>;
}

export interface StartedUpload {
  key: FerryKey;
  uploadId: string;
  /** Bytes. */
  partSize: number;
  /** Milliseconds since 1970; the bucket forgets the upload then. */
  expiresAt: number;
}

export async function startUpload(
  { bucket, now: createdAt, permit }: UploadStep,
  { key: wanted, partSize = PART_SIZES.default, owner = null, file = {} }: StartUploadOptions = {},
): Promise<StartedUpload> {
  checkPartSize(partSize);
  const key = wanted === undefined ? newKey("sync", createdAt) : parseUploadKey(wanted);
  const begun = wanted === undefined ? null : await begunBefore(bucket, key, createdAt);
  if (begun !== null) {
    permitKnown(permit, key, begun);
    return startedOf(key, begun);
  }
  const metadata = { ...ownedBy(owner), ...uploadedFrom(file) };
  const { uploadId } = await bucket.createUpload(objectName(key), { metadata });
  const expiresAt = createdAt + LIFETIME_MS;
  const record = { owner, file: uploadIn(metadata), uploadId, partSize, createdAt, expiresAt };
  try {
    await writeRecord(bucket, key, record);
  } catch (error) {
    // Nobody would ever know of it.
    await bucket.abortUpload(objectName(key), uploadId).catch(() => undefined);
    throw error;
  }
  return startedOf(key, record);
}

/** The open upload of a start whose answer was lost; null when the key is free. */
async function begunBefore(bucket: Bucket, key: FerryKey, now: number): Promise<UploadRecord | null> {
  const { record, receipt } = await readLedger(bucket, key);
  const object = await bucket.head(objectName(key));
  if (receipt === null && object === null) {
    if (record === null) return null;
    if (record.expiresAt > now) return record;
  }
  throw refused("key-in-use", `${key} already has an object or an upload`);
}

function startedOf(key: FerryKey, { uploadId, partSize, expiresAt }: UploadRecord): StartedUpload {
  return { key, uploadId, partSize, expiresAt };
}
