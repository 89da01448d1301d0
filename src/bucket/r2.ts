import type { Bytes } from "../bytes.ts";
import type { Bucket, ObjectInfo, PartBody, PutOptions } from "./port.ts";
import { R2_CODES, r2Code, r2Failure } from "./r2-failure.ts";

/** What is used of an R2 binding (developers.cloudflare.com/r2/api/workers/workers-api-reference). */
export interface R2BucketLike {
  head(key: string): Promise<R2ObjectLike | null>;
  get(key: string, options?: { range?: R2RangeLike }): Promise<R2ObjectBodyLike | null>;
  put(key: string, value: Bytes, options?: R2WriteOptions): Promise<R2ObjectLike>;
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

/** An R2 binding as a bucket. */
export function r2Bucket(binding: R2BucketLike): Bucket {
  return {
    async head(name) {
      const object = await ask("look up", name, () => binding.head(name));
      return object === null ? null : infoOf(object);
    },

    async get(name, range) {
      if (range === undefined || !isEmptyRange(range)) {
        try {
          const object = await binding.get(name, range === undefined ? {} : { range });
          return object === null ? null : { info: infoOf(object), body: streamOf(object) };
        } catch (error) {
          // R2 refuses a range that begins past the end; the port answers no bytes.
          if (r2Code(error) !== R2_CODES.invalidRange) throw r2Failure("read", name, error);
        }
      }
      const info = await this.head(name);
      return info === null ? null : { info, body: emptyStream() };
    },

    async put(name, body, options) {
      return infoOf(await ask("write", name, () => binding.put(name, body, writeOptions(options))));
    },

    async delete(names) {
      if (names.length > 0) await ask("delete", names.join(", "), () => binding.delete([...names]));
    },

    async list({ prefix, cursor, limit }) {
      const page = await ask("list", prefix, () =>
        binding.list({
          prefix,
          include: ["customMetadata"],
          ...(cursor === undefined ? {} : { cursor }),
          ...(limit === undefined ? {} : { limit }),
        }),
      );
      const objects = page.objects.map(infoOf);
      if (!page.truncated) return { objects };
      if (page.cursor) return { objects, cursor: page.cursor };
      throw r2Failure("list", prefix, new Error("the list is truncated but has no cursor"));
    },

    async createUpload(name, options) {
      const upload = await ask("open an upload of", name, () =>
        binding.createMultipartUpload(name, writeOptions(options)),
      );
      return { uploadId: upload.uploadId };
    },

    async uploadPart(name, uploadId, partNumber, body) {
      const { etag } = await ask(`store part ${partNumber} of`, name, () =>
        binding.resumeMultipartUpload(name, uploadId).uploadPart(partNumber, partValue(body)),
      );
      return { etag };
    },

    async completeUpload(name, uploadId, parts) {
      const plain = parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
      return infoOf(
        await ask("complete", name, () => binding.resumeMultipartUpload(name, uploadId).complete(plain)),
      );
    },

    async abortUpload(name, uploadId) {
      try {
        await binding.resumeMultipartUpload(name, uploadId).abort();
      } catch (error) {
        if (r2Code(error) !== R2_CODES.noSuchUpload) throw r2Failure("abort", name, error);
      }
    },
  };
}

async function ask<T>(verb: string, name: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw r2Failure(verb, name, error);
  }
}

function infoOf(object: R2ObjectLike): ObjectInfo {
  return {
    name: object.key,
    size: object.size,
    etag: object.etag,
    uploaded: object.uploaded,
    metadata: { ...object.customMetadata },
  };
}

function streamOf(object: R2ObjectBodyLike): ReadableStream<Uint8Array> {
  return object.body as ReadableStream<Uint8Array>;
}

function writeOptions({ metadata, contentType }: PutOptions = {}): R2WriteOptions {
  return {
    ...(metadata === undefined ? {} : { customMetadata: metadata }),
    ...(contentType === undefined ? {} : { httpMetadata: { contentType } }),
  };
}

/**
 * R2 takes a stream only if the runtime knows its length. A request's body has one, a stream that
 * went through anything else has lost it; FixedLengthStream gives it back, in native code, and
 * fails on a body that is shorter or longer than it said.
 */
function partValue(body: PartBody): unknown {
  if (body instanceof Uint8Array) return body;
  const { FixedLengthStream } = globalThis as { FixedLengthStream?: FixedLengthStreamConstructor };
  if (FixedLengthStream === undefined) return body.stream;
  return body.stream.pipeThrough(new FixedLengthStream(body.length));
}

type FixedLengthStreamConstructor = new (length: number) => ReadableWritablePair<Uint8Array, Uint8Array>;

function isEmptyRange(range: R2RangeLike): boolean {
  return "suffix" in range ? range.suffix === 0 : range.length === 0;
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
