import type { Meter } from "./meter.ts";
import type { InnerBucket, InnerUpload, R2BindingLike } from "./r2-binding.ts";
import {
  checkDelete,
  checkKey,
  checkListLimit,
  checkMetadata,
  checkPartNumber,
  checkPartSizes,
} from "./r2-rules.ts";

/**
 * An R2 binding held to production's documented figures. Each operation counts as one call. As in
 * production, a list of parts that leaves some out is joined without them.
 */
export function limitR2<Binding extends R2BindingLike>(binding: Binding, meter: Meter): Binding {
  return limitBucket(binding as unknown as InnerBucket, meter) as unknown as Binding;
}

function limitBucket(inner: InnerBucket, meter: Meter): InnerBucket {
  const sizes = new Map<string, PartSizes>();
  const partsOf = (uploadId: string): PartSizes => {
    const known = sizes.get(uploadId) ?? new Map<number, number | null>();
    sizes.set(uploadId, known);
    return known;
  };
  return {
    async head(key) {
      meter.countBucketOperation();
      checkKey("head", key);
      return inner.head(key);
    },
    async get(key, options) {
      meter.countBucketOperation();
      checkKey("get", key);
      return inner.get(key, options);
    },
    async put(key, value, options) {
      meter.countBucketOperation();
      checkKey("put", key);
      checkMetadata("put", options?.customMetadata);
      meter.see("objectBytes", sizeOf(value) ?? 0);
      return inner.put(key, value, options);
    },
    async delete(keys) {
      meter.countBucketOperation();
      checkDelete(typeof keys === "string" ? [keys] : keys);
      return inner.delete(keys);
    },
    async list(options) {
      meter.countBucketOperation();
      checkListLimit(options?.limit);
      return inner.list(options);
    },
    async createMultipartUpload(key, options) {
      meter.countBucketOperation();
      checkKey("createMultipartUpload", key);
      checkMetadata("createMultipartUpload", options?.customMetadata);
      const upload = await inner.createMultipartUpload(key, options);
      return limitUpload(upload, partsOf(upload.uploadId), meter);
    },
    resumeMultipartUpload: (key, uploadId) =>
      limitUpload(inner.resumeMultipartUpload(key, uploadId), partsOf(uploadId), meter),
  };
}

/** Bytes by part number; null for a part that came as a stream. */
type PartSizes = Map<number, number | null>;

function limitUpload(inner: InnerUpload, sizes: PartSizes, meter: Meter): InnerUpload {
  const { key, uploadId } = inner;
  return {
    ...(key === undefined ? {} : { key }),
    uploadId,
    async uploadPart(partNumber, value, options) {
      meter.countBucketOperation();
      checkPartNumber(partNumber);
      const size = sizeOf(value);
      meter.see("objectBytes", size ?? 0);
      const part = await inner.uploadPart(partNumber, value, options);
      sizes.set(partNumber, size);
      return part;
    },
    async abort() {
      meter.countBucketOperation();
      return inner.abort();
    },
    async complete(parts) {
      meter.countBucketOperation();
      const numbers = parts.map(({ partNumber }) => partNumber).sort((a, b) => a - b);
      checkPartSizes(numbers.map((number) => sizes.get(number) ?? null));
      return inner.complete(parts);
    },
  };
}

/** Bytes of what is handed over in one piece; null for a stream. */
function sizeOf(value: unknown): number | null {
  if (typeof value === "string") return new TextEncoder().encode(value).byteLength;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  return value instanceof Blob ? value.size : null;
}
