import { type CompletedUpload, type CompleteInput, completeUpload } from "./complete-upload.ts";
import { type FerryKey, objectName, parseKey } from "./keys.ts";
import {
  type LedgerPart,
  readLedger,
  removeLedger,
  type UploadReceipt,
  type UploadRecord,
} from "./ledger.ts";
import {
  alreadyCompleted,
  notOpen,
  type PermitUpload,
  permitKnown,
  type UploadReference,
  type UploadStep,
} from "./open-upload.ts";
import type { Bucket } from "./port.ts";
import { type PartInput, receivePart } from "./receive-part.ts";
import { type StartedUpload, type StartUploadOptions, startUpload } from "./start-upload.ts";
import type { UploadedFile } from "./uploaded-file.ts";

export type { LedgerPart } from "./ledger.ts";

export interface UploadsOptions {
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** Who begins what is begun. @default nobody says */
  owner?: string;
  /** Throws where the upload of this owner is not theirs. @default all are */
  permit?: PermitUpload;
}

export interface UploadStatus extends StartedUpload {
  file: UploadedFile;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** The parts the bucket holds, in order; empty once completed. */
  parts: LedgerPart[];
  completed: { size: number; etag: string } | null;
}

/** Multipart uploads whose parts are written down and checked; `UPLOAD_NOT_FOUND` for those of others. */
export interface Uploads {
  start(options?: StartUploadOptions): Promise<StartedUpload>;
  /** Sends or replaces one part. The body is passed on as a stream. */
  part(input: PartInput): Promise<LedgerPart>;
  /** Joins the parts once list, ledger and R2's rules agree. A second time answers the same. */
  complete(input: CompleteInput): Promise<CompletedUpload>;
  /** Idempotent: `aborted` is false when there was nothing to abort. */
  abort(input: UploadReference): Promise<{ aborted: boolean }>;
  status(key: string): Promise<UploadStatus>;
  /** Removes the key's unfinished upload and its ledger, but not the object: for dropping a key. */
  forget(key: string): Promise<void>;
}

export function createUploads(bucket: Bucket, options: UploadsOptions = {}): Uploads {
  const { now = Date.now, owner = null, permit = () => undefined } = options;
  const step = (): UploadStep => ({ bucket, now: now(), permit });
  return {
    start: async (start) => startUpload(step(), { ...start, owner }),
    part: async (input) => receivePart(step(), input),
    complete: async (input) => completeUpload(step(), input),
    abort: async (reference) => abortUpload(step(), reference),
    status: async (key) => readStatus(step(), key),
    forget: (key) => forgetUpload(bucket, key),
  };
}

async function abortUpload(
  { bucket, permit }: UploadStep,
  { key: text, uploadId }: UploadReference,
): Promise<{ aborted: boolean }> {
  const key = parseKey(text);
  const { record, receipt } = await readLedger(bucket, key);
  permitKnown(permit, key, record ?? receipt);
  if (receipt !== null) throw receipt.uploadId === uploadId ? alreadyCompleted(key) : notOpen(key);
  if (record === null) return { aborted: false };
  if (record.uploadId !== uploadId) throw notOpen(key);
  await bucket.abortUpload(objectName(key), uploadId);
  await removeLedger(bucket, key);
  return { aborted: true };
}

async function readStatus({ bucket, now, permit }: UploadStep, text: string): Promise<UploadStatus> {
  const key = parseKey(text);
  const { record, receipt, parts } = await readLedger(bucket, key);
  permitKnown(permit, key, record ?? receipt);
  if (receipt !== null) return statusOf(key, receipt, []);
  if (record === null || record.expiresAt <= now) throw notOpen(key);
  return statusOf(key, record, parts);
}

function statusOf(key: FerryKey, record: UploadRecord | UploadReceipt, parts: LedgerPart[]): UploadStatus {
  const { file, uploadId, partSize, createdAt, expiresAt } = record;
  const completed = "etag" in record ? { size: record.size, etag: record.etag } : null;
  return { key, file, uploadId, partSize, createdAt, expiresAt, parts, completed };
}

async function forgetUpload(bucket: Bucket, text: string): Promise<void> {
  const key = parseKey(text);
  const { record, receipt } = await readLedger(bucket, key);
  if (record !== null && receipt === null) await bucket.abortUpload(objectName(key), record.uploadId);
  await removeLedger(bucket, key);
}
