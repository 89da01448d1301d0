import type { Bytes } from "../bytes.ts";

/**
 * What d1-ferry asks of an object store. Names are plain object names ("d1-ferry/export-…").
 * Errors reject with `BUCKET_ERROR`, `transient` set where another try may succeed; an upload that is
 * not open, or whose parts break the rules, with `UPLOAD_NOT_FOUND`, `PART_MISSING`, `PART_TOO_SMALL` or
 * `PART_SIZE_MISMATCH`. Nothing here retries by itself. Writes are atomic: an object is there whole or not at all.
 */
export interface Bucket {
  /** Null when there is no such object. */
  head(name: string): Promise<ObjectInfo | null>;

  /** The object or a range of it; null when there is none. A range past the end is cut to the end. */
  get(name: string, range?: ByteRange): Promise<ObjectBody | null>;

  /** Overwrites. */
  put(name: string, body: Bytes, options?: PutOptions): Promise<ObjectInfo>;

  /**
   * Writes the object only while it is the one with this etag; null stands for none. Answers null, and
   * writes nothing, where it is another.
   */
  replace(name: string, etag: string | null, body: Bytes, options?: PutOptions): Promise<ObjectInfo | null>;

  /** At most 1,000 names. Names without an object are ignored. */
  delete(names: readonly string[]): Promise<void>;

  /** One page, in name order, with metadata. Goes on from `cursor`; no cursor in the answer is the end. */
  list(options: { prefix: string; cursor?: string; limit?: number }): Promise<ObjectPage>;

  /**
   * Begins a multipart upload. R2's rules hold for every implementation: parts numbered from 1 to
   * 10,000, at least 5 MiB each, all of one size but the last
   * (developers.cloudflare.com/r2/objects/multipart-objects). Unfinished uploads expire.
   */
  createUpload(name: string, options?: PutOptions): Promise<{ uploadId: string }>;

  /** Uploads or replaces one part. The etag may be the MD5 of the bytes or any other text. */
  uploadPart(name: string, part: PartUpload): Promise<{ etag: string }>;

  /** Joins exactly these parts, in this order, into the object. */
  completeUpload(name: string, uploadId: string, parts: readonly UploadedPart[]): Promise<ObjectInfo>;

  /** Forgets the upload and its parts. Forgetting twice is fine. */
  abortUpload(name: string, uploadId: string): Promise<void>;
}

export interface PutOptions {
  metadata?: Record<string, string>;
  contentType?: string;
}

export type ByteRange = { offset: number; length?: number } | { suffix: number };

export interface ObjectInfo {
  name: string;
  /** Bytes of the whole object, also when a range was asked for. */
  size: number;
  etag: string;
  uploaded: Date;
  metadata: Record<string, string>;
}

export interface ObjectBody {
  info: ObjectInfo;
  body: ReadableStream<Uint8Array>;
}

export interface ObjectPage {
  objects: ObjectInfo[];
  cursor?: string;
}

export interface PartUpload {
  uploadId: string;
  partNumber: number;
  body: PartBody;
}

/** A stream needs its exact `length` in bytes. */
export type PartBody = Bytes | { stream: ReadableStream<Uint8Array>; length: number };

export interface UploadedPart {
  partNumber: number;
  etag: string;
}

/** R2's multipart rules (developers.cloudflare.com/r2/objects/multipart-objects). */
export const MULTIPART_LIMITS = {
  minPartBytes: 5 * 1024 * 1024,
  maxParts: 10_000,
} as const;
