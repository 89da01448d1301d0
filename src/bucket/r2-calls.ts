import type { ObjectInfo, PutOptions } from "./port.ts";
import type { R2ObjectLike, R2WriteOptions } from "./r2-binding.ts";
import { r2Failure } from "./r2-failure.ts";

/** Calls the binding; what it throws in our words. */
export async function ask<T>(verb: string, name: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw r2Failure(verb, name, error);
  }
}

export function infoOf(object: R2ObjectLike): ObjectInfo {
  return {
    name: object.key,
    size: object.size,
    etag: object.etag,
    uploaded: object.uploaded,
    metadata: { ...object.customMetadata },
  };
}

export function writeOptions({ metadata, contentType }: PutOptions = {}): R2WriteOptions {
  return {
    ...(metadata === undefined ? {} : { customMetadata: metadata }),
    ...(contentType === undefined ? {} : { httpMetadata: { contentType } }),
  };
}
