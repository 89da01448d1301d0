import type { Bucket, PartBody } from "./port.ts";
import type { R2BucketLike } from "./r2-binding.ts";
import { ask, infoOf, writeOptions } from "./r2-calls.ts";
import { R2_CODES, r2Code, r2Failure } from "./r2-failure.ts";

type Multipart = Pick<Bucket, "createUpload" | "uploadPart" | "completeUpload" | "abortUpload">;

/** Multipart uploads through an R2 binding. */
export function r2Uploads(binding: R2BucketLike): Multipart {
  return {
    async createUpload(name, options) {
      const upload = await ask("open an upload of", name, () =>
        binding.createMultipartUpload(name, writeOptions(options)),
      );
      return { uploadId: upload.uploadId };
    },

    async uploadPart(name, { uploadId, partNumber, body }) {
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
