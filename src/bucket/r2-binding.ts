import type { Bytes } from "../bytes.ts";

/** What is used of an R2 binding (developers.cloudflare.com/r2/api/workers/workers-api-reference). */
export interface R2BucketLike {
  head(key: string): Promise<R2ObjectLike | null>;
  get(key: string, options?: { range?: R2RangeLike }): Promise<R2ObjectBodyLike | null>;
  /** Null where a condition does not hold. */
  put(key: string, value: Bytes, options?: R2PutOptions): Promise<R2ObjectLike | null>;
  delete(keys: string[]): Promise<void>;
  list(options: R2ListOptionsLike): Promise<R2ObjectsLike>;
  createMultipartUpload(key: string, options?: R2WriteOptions): Promise<R2MultipartUploadLike>;
  resumeMultipartUpload(key: string, uploadId: string): R2MultipartUploadLike;
}

export interface R2ObjectLike {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly uploaded: Date;
  readonly customMetadata?: Record<string, string>;
}

/** `body` is a stream of bytes; each runtime's types call it something else. */
export interface R2ObjectBodyLike extends R2ObjectLike {
  readonly body: object;
}

export interface R2MultipartUploadLike {
  readonly uploadId: string;
  // biome-ignore lint/suspicious/noExplicitAny: each runtime's types have a ReadableStream of their own
  uploadPart(partNumber: number, value: any): Promise<{ partNumber: number; etag: string }>;
  abort(): Promise<void>;
  complete(parts: { partNumber: number; etag: string }[]): Promise<R2ObjectLike>;
}

export type R2RangeLike = { offset: number; length?: number } | { suffix: number };

export interface R2ListOptionsLike {
  prefix: string;
  cursor?: string;
  limit?: number;
  include?: "customMetadata"[];
}

export interface R2ObjectsLike {
  objects: R2ObjectLike[];
  truncated: boolean;
  cursor?: string;
}

export interface R2WriteOptions {
  customMetadata?: Record<string, string>;
  httpMetadata?: { contentType?: string };
}

export interface R2PutOptions extends R2WriteOptions {
  onlyIf?: { etagMatches?: string; etagDoesNotMatch?: string };
}
