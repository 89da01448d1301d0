import type { Bytes } from "../database/port.ts";
import type { FerryKey } from "./keys.ts";
import type { Bucket, UploadedPart } from "./port.ts";

export interface UploadsOptions {
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

export interface StartUploadOptions {
  /** A fresh key. @default a new sync key */
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

export interface LedgerPart extends UploadedPart {
  /** Bytes. */
  size: number;
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

export interface Uploads {
  start(options?: StartUploadOptions): Promise<StartedUpload>;
  part(input: PartInput): Promise<LedgerPart>;
  complete(input: UploadReference & { parts: readonly UploadedPart[] }): Promise<CompletedUpload>;
  /** Idempotent: `aborted` is false when there was nothing left to abort. */
  abort(input: UploadReference): Promise<{ aborted: boolean }>;
  /** Rejects with `UPLOAD_NOT_FOUND` when the key has no upload. */
  status(key: string): Promise<UploadStatus>;
  /** Removes the key's upload and its ledger, but not the object. For dropping a key. */
  forget(key: string): Promise<void>;
}

/** The multipart ledger on top of a bucket. */
export declare function createUploads(bucket: Bucket, options?: UploadsOptions): Uploads;
