import { type FerryKey, objectName, parseUploadKey } from "./keys.ts";
import { type LedgerPart, readLedger, removeLedger, writeReceipt } from "./ledger.ts";
import {
  goneUpload,
  isOpen,
  notOpen,
  permitKnown,
  type UploadReference,
  type UploadStep,
} from "./open-upload.ts";
import { checkParts } from "./part-rules.ts";
import type { Bucket, ObjectInfo, UploadedPart } from "./port.ts";
import { refused } from "./refusals.ts";

export interface CompleteInput extends UploadReference {
  parts: readonly UploadedPart[];
}

export interface CompletedUpload {
  key: FerryKey;
  /** Bytes of the whole object. */
  size: number;
  etag: string;
}

export async function completeUpload(
  { bucket, now, permit }: UploadStep,
  input: CompleteInput,
): Promise<CompletedUpload> {
  const { uploadId } = input;
  const key = parseUploadKey(input.key);
  const { record, receipt, parts: held } = await readLedger(bucket, key);
  permitKnown(permit, key, record ?? receipt);
  if (receipt?.uploadId === uploadId) {
    if (record !== null) await removeLedger(bucket, key, { keepReceipt: true });
    return completedBefore(bucket, key);
  }
  if (!isOpen(record, uploadId, now)) throw notOpen(key);
  const parts = checkParts(input.parts, held);
  const { size, etag } = await joinParts(bucket, { key, uploadId, parts });
  await writeReceipt(bucket, key, { ...record, size, etag });
  await removeLedger(bucket, key, { keepReceipt: true });
  return { key, size, etag };
}

interface WholeUpload {
  key: FerryKey;
  uploadId: string;
  parts: readonly LedgerPart[];
}

/**
 * Joins the parts and checks the object's size. An error may hide a success (the bucket joined
 * them and its answer was lost), so the object is looked for before the error is believed.
 */
async function joinParts(bucket: Bucket, { key, uploadId, parts }: WholeUpload): Promise<ObjectInfo> {
  const expected = parts.reduce((sum, part) => sum + part.size, 0);
  let info: ObjectInfo;
  try {
    const plain = parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
    info = await bucket.completeUpload(objectName(key), uploadId, plain);
  } catch (error) {
    const found = await bucket.head(objectName(key));
    if (found?.size !== expected) throw goneUpload(error, key);
    info = found;
  }
  if (info.size === expected) return info;
  throw refused("joined-size-differs", `${key} has ${info.size} bytes, its parts have ${expected}`, {
    details: { size: info.size, expected },
  });
}

async function completedBefore(bucket: Bucket, key: FerryKey): Promise<CompletedUpload> {
  const info = await bucket.head(objectName(key));
  if (info === null) throw notOpen(key);
  return { key, size: info.size, etag: info.etag };
}
