import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { type FerryKey, newKey, objectName, parseKey } from "./keys.ts";
import {
  type LedgerPart,
  readLedger,
  readReceipt,
  readRecord,
  removeLedger,
  type UploadReceipt,
  type UploadRecord,
  writePart,
  writeReceipt,
  writeRecord,
} from "./ledger.ts";
import { checkPartLength, checkPartNumber, checkPartSize, checkParts, PART_SIZES } from "./part-rules.ts";
import type { Bucket, ObjectInfo, UploadedPart } from "./port.ts";

export type { LedgerPart } from "./ledger.ts";

export interface UploadsOptions {
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

export interface StartUploadOptions {
  /** A key of the caller's making. One that has an open upload answers that. @default a new sync key */
  key?: string;
  /** Bytes, 5 MiB to 95 MiB; no part may be larger. @default 10 MiB */
  partSize?: number;
}

export interface StartedUpload {
  key: FerryKey;
  uploadId: string;
  /** Bytes. */
  partSize: number;
  /** Milliseconds since 1970; the bucket forgets the upload then. */
  expiresAt: number;
}

export interface UploadReference {
  key: string;
  uploadId: string;
}

export interface PartInput extends UploadReference {
  partNumber: number;
  body: ReadableStream<Uint8Array> | Bytes | null;
  /** Bytes in `body`; null when the sender did not say: `LENGTH_REQUIRED`. */
  length: number | null;
}

export interface CompletedUpload {
  key: FerryKey;
  /** Bytes of the whole object. */
  size: number;
  etag: string;
}

export interface UploadStatus extends StartedUpload {
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
  complete(input: UploadReference & { parts: readonly UploadedPart[] }): Promise<CompletedUpload>;
  /** Idempotent: `aborted` is false when there was nothing to abort. */
  abort(input: UploadReference): Promise<{ aborted: boolean }>;
  status(key: string): Promise<UploadStatus>;
  /** Removes the key's unfinished upload and its ledger, but not the object: for dropping a key. */
  forget(key: string): Promise<void>;
}

/** R2 forgets an unfinished upload then (developers.cloudflare.com/r2/objects/multipart-objects). */
const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

export function createUploads(bucket: Bucket, options: UploadsOptions = {}): Uploads {
  const now = options.now ?? Date.now;

  return {
    async start({ key: wanted, partSize = PART_SIZES.default } = {}) {
      checkPartSize(partSize);
      const createdAt = now();
      const key = wanted === undefined ? newKey("sync", createdAt) : parseKey(wanted);
      const begun = wanted === undefined ? null : await begunBefore(bucket, key, createdAt);
      if (begun !== null) return begun;
      const { uploadId } = await bucket.createUpload(objectName(key));
      const record = { uploadId, partSize, createdAt, expiresAt: createdAt + LIFETIME_MS };
      try {
        await writeRecord(bucket, key, record);
      } catch (error) {
        // Nobody would ever know of it.
        await bucket.abortUpload(objectName(key), uploadId).catch(() => undefined);
        throw error;
      }
      return startedOf(key, record);
    },

    async part({ key: text, uploadId, partNumber, body, length }) {
      const key = parseKey(text);
      checkPartNumber(partNumber);
      const record = await readRecord(bucket, key);
      if (!isOpen(record, uploadId, now())) {
        throw (await readReceipt(bucket, key))?.uploadId === uploadId ? alreadyCompleted(key) : notFound(key);
      }
      const size = checkPartLength(partNumber, length ?? null, record.partSize);
      if (body === null) throw emptyBody(partNumber);
      const part = body instanceof Uint8Array ? body : { stream: body, length: size };
      const { etag } = await bucket
        .uploadPart(objectName(key), { uploadId, partNumber, body: part })
        .catch((error: unknown) => Promise.reject(goneUpload(error, key)));
      const entry = { partNumber, etag, size };
      await writePart(bucket, key, entry);
      return entry;
    },

    async complete({ key: text, uploadId, parts: listed }) {
      const key = parseKey(text);
      const { record, receipt, parts: held } = await readLedger(bucket, key);
      if (receipt?.uploadId === uploadId) {
        if (record !== null) await removeLedger(bucket, key, { keepReceipt: true });
        return completedBefore(bucket, key);
      }
      if (!isOpen(record, uploadId, now())) throw notFound(key);
      const parts = checkParts(listed, held);
      const { size, etag } = await join(bucket, key, uploadId, parts);
      await writeReceipt(bucket, key, { ...record, size, etag });
      await removeLedger(bucket, key, { keepReceipt: true });
      return { key, size, etag };
    },

    async abort({ key: text, uploadId }) {
      const key = parseKey(text);
      const { record, receipt } = await readLedger(bucket, key);
      if (receipt !== null) {
        throw receipt.uploadId === uploadId ? alreadyCompleted(key) : notFound(key);
      }
      if (record === null) return { aborted: false };
      if (record.uploadId !== uploadId) throw notFound(key);
      await bucket.abortUpload(objectName(key), uploadId);
      await removeLedger(bucket, key);
      return { aborted: true };
    },

    async status(text) {
      const key = parseKey(text);
      const { record, receipt, parts } = await readLedger(bucket, key);
      if (receipt !== null) return statusOf(key, receipt, []);
      if (record === null || record.expiresAt <= now()) throw notFound(key);
      return statusOf(key, record, parts);
    },

    async forget(text) {
      const key = parseKey(text);
      const { record, receipt } = await readLedger(bucket, key);
      if (record !== null && receipt === null) await bucket.abortUpload(objectName(key), record.uploadId);
      await removeLedger(bucket, key);
    },
  };
}

/**
 * Joins the parts and checks the object's size. An error may hide a success (the bucket joined
 * them and its answer was lost), so the object is looked for before the error is believed.
 */
async function join(
  bucket: Bucket,
  key: FerryKey,
  uploadId: string,
  parts: readonly LedgerPart[],
): Promise<ObjectInfo> {
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
  throw new FerryError("BUCKET_ERROR", `${key} has ${info.size} bytes, its parts have ${expected}`, {
    hint: "Drop the key and upload again.",
    details: { size: info.size, expected },
  });
}

async function completedBefore(bucket: Bucket, key: FerryKey): Promise<CompletedUpload> {
  const info = await bucket.head(objectName(key));
  if (info === null) throw notFound(key);
  return { key, size: info.size, etag: info.etag };
}

/** The open upload of a start whose answer was lost; null when the key is free. */
async function begunBefore(bucket: Bucket, key: FerryKey, now: number): Promise<StartedUpload | null> {
  const { record, receipt } = await readLedger(bucket, key);
  const object = await bucket.head(objectName(key));
  if (receipt === null && object === null) {
    if (record === null) return null;
    if (record.expiresAt > now) return startedOf(key, record);
  }
  throw new FerryError("INVALID_REQUEST", `${key} already has an object or an upload`, {
    hint: "Start without a key to be given a new one.",
  });
}

function startedOf(key: FerryKey, { uploadId, partSize, expiresAt }: UploadRecord): StartedUpload {
  return { key, uploadId, partSize, expiresAt };
}

function statusOf(key: FerryKey, record: UploadRecord | UploadReceipt, parts: LedgerPart[]): UploadStatus {
  const { uploadId, partSize, createdAt, expiresAt } = record;
  const completed = "etag" in record ? { size: record.size, etag: record.etag } : null;
  return { key, uploadId, partSize, createdAt, expiresAt, parts, completed };
}

function isOpen(record: UploadRecord | null, uploadId: string, now: number): record is UploadRecord {
  return record !== null && record.uploadId === uploadId && record.expiresAt > now;
}

function goneUpload(error: unknown, key: FerryKey): unknown {
  return error instanceof FerryError && error.code === "UPLOAD_NOT_FOUND" ? notFound(key, error) : error;
}

function notFound(key: FerryKey, cause?: unknown): FerryError {
  return new FerryError("UPLOAD_NOT_FOUND", `${key} has no open upload with this upload id`, {
    hint: 'Start a new upload with {"action":"start"}: an unfinished one is forgotten after 7 days.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function alreadyCompleted(key: FerryKey): FerryError {
  return new FerryError("UPLOAD_NOT_FOUND", `The upload of ${key} is already completed`, {
    hint: `Sync it with {"operation":"sync","syncKey":"${key}"}, or drop it.`,
  });
}

function emptyBody(partNumber: number): FerryError {
  return new FerryError("PART_TOO_SMALL", `Part ${partNumber} is empty`, {
    hint: "Send the part's bytes as the request body.",
  });
}
