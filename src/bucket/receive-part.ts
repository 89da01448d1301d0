import type { Bytes } from "../bytes.ts";
import { objectName, parseUploadKey } from "./keys.ts";
import { type LedgerPart, readReceipt, readRecord, writePart } from "./ledger.ts";
import {
  alreadyCompleted,
  goneUpload,
  isOpen,
  notOpen,
  permitKnown,
  type UploadReference,
  type UploadStep,
} from "./open-upload.ts";
import { checkPartLength, checkPartNumber, emptyPart } from "./part-rules.ts";

export interface PartInput extends UploadReference {
  partNumber: number;
  body: ReadableStream<Uint8Array> | Bytes | null;
  /** Bytes in `body`; null when the sender did not say: `LENGTH_REQUIRED`. */
  length: number | null;
}

/** Passes a part on to the bucket, then writes it down. */
export async function receivePart(
  { bucket, now, permit }: UploadStep,
  input: PartInput,
): Promise<LedgerPart> {
  const { uploadId, partNumber, body, length } = input;
  const key = parseUploadKey(input.key);
  checkPartNumber(partNumber);
  const record = await readRecord(bucket, key);
  permitKnown(permit, key, record);
  if (!isOpen(record, uploadId, now)) {
    throw (await readReceipt(bucket, key))?.uploadId === uploadId ? alreadyCompleted(key) : notOpen(key);
  }
  const size = checkPartLength(partNumber, length ?? null, record.partSize);
  if (body === null) throw emptyPart(partNumber, 0);
  const sent = body instanceof Uint8Array ? body : { stream: body, length: size };
  const { etag } = await bucket
    .uploadPart(objectName(key), { uploadId, partNumber, body: sent })
    .catch((error: unknown) => Promise.reject(goneUpload(error, key)));
  const entry = { partNumber, etag, size };
  await writePart(bucket, key, entry);
  return entry;
}
