import type { R2BucketLike, R2MultipartUploadLike, R2ObjectLike } from "../../src/bucket/r2.ts";

/**
 * An R2 binding held to production's documented figures (developers.cloudflare.com/r2/platform/limits and
 * …/r2/objects/multipart-objects). Parts of a known size are checked at `complete`, where R2 does.
 */
export interface LimitedR2Options {
  /** Operations of one invocation. @default 50 */
  operations?: number;
}

export interface LimitedR2 extends R2BucketLike {
  /** Begins another invocation. */
  newInvocation(): void;
  /** Operations of this invocation. */
  readonly operations: number;
  /** Bytes of the largest object or part that was handed over in one piece. */
  readonly peakBytes: number;
}

const KEY_BYTES = 1024;
const METADATA_BYTES = 8192;
const DELETE_KEYS = 1000;
const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

export function limitedR2(
  binding: R2BucketLike,
  { operations: limit = 50 }: LimitedR2Options = {},
): LimitedR2 {
  let operations = 0;
  let peakBytes = 0;
  const sizes = new Map<string, Map<number, number | null>>();

  const count = () => {
    operations++;
    if (operations > limit) throw new Error("Too many API requests by single worker invocation.");
  };
  const checkKey = (key: string) => {
    if (new TextEncoder().encode(key).byteLength > KEY_BYTES) {
      throw new Error("put: The specified object name is not valid. (10020)");
    }
  };
  const checkMetadata = (metadata: Record<string, string> = {}) => {
    if (new TextEncoder().encode(JSON.stringify(metadata)).byteLength > METADATA_BYTES) {
      throw new Error("put: Your metadata headers exceed the maximum allowed metadata size. (10012)");
    }
  };

  function limitedUpload(upload: R2MultipartUploadLike): R2MultipartUploadLike {
    const { uploadId } = upload;
    const parts = sizes.get(uploadId) ?? new Map<number, number | null>();
    sizes.set(uploadId, parts);
    return {
      uploadId,
      async uploadPart(partNumber, value) {
        count();
        if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) {
          throw new TypeError(`Part number must be between 1 and ${MAX_PARTS} (inclusive).`);
        }
        const size = value instanceof Uint8Array ? value.byteLength : null;
        peakBytes = Math.max(peakBytes, size ?? 0);
        const answer = await upload.uploadPart(partNumber, value);
        parts.set(partNumber, size);
        return answer;
      },
      async abort() {
        count();
        return upload.abort();
      },
      async complete(listed) {
        count();
        const known = listed.map(({ partNumber }) => parts.get(partNumber) ?? null);
        for (const [i, size] of known.entries()) {
          if (i === known.length - 1 || size === null) continue;
          if (size < MIN_PART_BYTES) {
            throw new Error(
              "completeMultipartUpload: Your proposed upload is smaller than the minimum allowed object size. (10011)",
            );
          }
          if (known[0] !== null && size !== known[0]) {
            throw new Error(
              "completeMultipartUpload: There was a problem with the multipart upload. (10048)",
            );
          }
        }
        const [first, last] = [known[0] ?? null, known.at(-1) ?? null];
        if (first !== null && last !== null && last > first) {
          throw new Error("completeMultipartUpload: There was a problem with the multipart upload. (10048)");
        }
        return upload.complete(listed);
      },
    };
  }

  return {
    async head(key) {
      count();
      return binding.head(key);
    },
    async get(key, options) {
      count();
      return binding.get(key, options);
    },
    async put(key, value, options): Promise<R2ObjectLike> {
      count();
      checkKey(key);
      checkMetadata(options?.customMetadata);
      peakBytes = Math.max(peakBytes, value.byteLength);
      return binding.put(key, value, options);
    },
    async delete(keys) {
      count();
      if (keys.length > DELETE_KEYS) throw new Error("delete: Too many keys were specified. (10023)");
      return binding.delete(keys);
    },
    async list(options) {
      count();
      return binding.list(options);
    },
    async createMultipartUpload(key, options) {
      count();
      checkKey(key);
      checkMetadata(options?.customMetadata);
      return limitedUpload(await binding.createMultipartUpload(key, options));
    },
    resumeMultipartUpload: (key, uploadId) => limitedUpload(binding.resumeMultipartUpload(key, uploadId)),
    newInvocation() {
      operations = 0;
    },
    get operations() {
      return operations;
    },
    get peakBytes() {
      return peakBytes;
    },
  };
}
