import { type BackoffOptions, createBackoff } from "./backoff.ts";
import type { Bucket, ObjectInfo, PutOptions } from "./port.ts";

/**
 * A bucket that tries again after transient errors. Reads and writes of whole objects may be
 * repeated without harm. A part sent as a stream is not: its bytes are gone, the sender has them.
 * Bodies are read after `get` has answered; `bucketSource` reopens those.
 */
export function withRetry(bucket: Bucket, options: BackoffOptions = {}): Bucket {
  async function retry<T>(operation: () => Promise<T>): Promise<T> {
    const backoff = createBackoff(options);
    for (;;) {
      try {
        return await operation();
      } catch (error) {
        await backoff.wait(error);
      }
    }
  }

  return {
    head: (name) => retry(() => bucket.head(name)),
    get: (name, range) => retry(() => bucket.get(name, range)),
    put: (name, body, put) => retry(() => bucket.put(name, body, put)),
    async replace(name, etag, body, put) {
      let tries = 0;
      const replaced = await retry(() => {
        tries++;
        return bucket.replace(name, etag, body, put);
      });
      // The answer to an earlier try may have been lost: then the object is the one that it wrote.
      return replaced !== null || tries === 1 ? replaced : findOwn(bucket, name, put);
    },
    delete: (names) => retry(() => bucket.delete(names)),
    list: (list) => retry(() => bucket.list(list)),
    createUpload: (name, put) => retry(() => bucket.createUpload(name, put)),
    uploadPart(name, part) {
      const send = () => bucket.uploadPart(name, part);
      return part.body instanceof Uint8Array ? retry(send) : send();
    },
    completeUpload: (name, uploadId, parts) => retry(() => bucket.completeUpload(name, uploadId, parts)),
    abortUpload: (name, uploadId) => retry(() => bucket.abortUpload(name, uploadId)),
  };
}

/** The object where its metadata is what was to be written; those who replace give theirs a name of its own. */
async function findOwn(bucket: Bucket, name: string, put: PutOptions = {}): Promise<ObjectInfo | null> {
  const found = await bucket.head(name);
  const { metadata = {} } = put;
  const names = Object.keys(metadata);
  const same = names.length > 0 && names.every((one) => found?.metadata[one] === metadata[one]);
  return same ? found : null;
}
