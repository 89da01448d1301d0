import { type BackoffOptions, createBackoff } from "./backoff.ts";
import type { Bucket } from "./port.ts";

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
