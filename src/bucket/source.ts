import { toStream } from "../archive/source.ts";
import type { ByteSource } from "../archive/types.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { type Backoff, type BackoffOptions, createBackoff } from "./backoff.ts";
import type { Bucket, ObjectInfo } from "./port.ts";

/**
 * An object as bytes to read; null when there is none. A body that ends early or breaks is
 * reopened where it stopped, a limited number of times without progress. An object that was
 * replaced meanwhile is an error, never a mixture of both.
 */
export async function bucketSource(
  bucket: Bucket,
  name: string,
  options: BackoffOptions = {},
): Promise<ByteSource | null> {
  const info = await bucket.head(name);
  if (info === null) return null;
  const { size } = info;

  return {
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) throw pastTheEnd(name, offset, length, size);
      const bytes = new Uint8Array(length);
      let filled = 0;
      for await (const chunk of readRange(bucket, info, offset, length, createBackoff(options))) {
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      return bytes;
    },
    async stream(offset) {
      if (offset < 0 || offset > size) throw pastTheEnd(name, offset, 0, size);
      return toStream(readRange(bucket, info, offset, size - offset, createBackoff(options)));
    },
  };
}

/** Exactly `length` bytes from `offset`, in chunks as they arrive. */
async function* readRange(
  bucket: Bucket,
  info: ObjectInfo,
  offset: number,
  length: number,
  backoff: Backoff,
): AsyncGenerator<Bytes, void, void> {
  const end = offset + length;
  let position = offset;
  while (position < end) {
    try {
      for await (const chunk of open(bucket, info, position, end - position)) {
        if (chunk.length === 0) continue;
        const wanted = chunk.subarray(0, end - position);
        position += wanted.length;
        backoff.reset();
        yield wanted;
        if (position === end) return;
      }
      throw new FerryError(
        "BUCKET_ERROR",
        `Reading ${info.name} ended at byte ${position}, ${end - position} bytes early`,
        { transient: true, details: { name: info.name, position, end } },
      );
    } catch (error) {
      await backoff.wait(error);
    }
  }
}

async function* open(
  bucket: Bucket,
  info: ObjectInfo,
  offset: number,
  length: number,
): AsyncGenerator<Bytes, void, void> {
  const object = await bucket.get(info.name, { offset, length });
  if (object === null || object.info.etag !== info.etag) {
    await object?.body.cancel();
    const what = object === null ? "removed" : "replaced";
    throw new FerryError("BUCKET_ERROR", `${info.name} was ${what} while it was being read`, {
      hint: "Start again with the object as it is now.",
    });
  }
  const reader = object.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw brokenBody(info.name, offset, error);
      });
      if (done) return;
      yield value as Bytes;
    }
  } finally {
    // Nothing more is wanted of this body; that it may be broken already is not news.
    await reader.cancel().catch(() => undefined);
  }
}

function brokenBody(name: string, offset: number, cause: unknown): FerryError {
  if (cause instanceof FerryError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FerryError("BUCKET_ERROR", `Reading ${name} from byte ${offset} broke off: ${reason}`, {
    cause,
    transient: true,
  });
}

function pastTheEnd(name: string, offset: number, length: number, size: number): FerryError {
  return new FerryError(
    "ARCHIVE_TRUNCATED",
    `${name} has ${size} bytes, but bytes ${offset} to ${offset + length} were expected in it`,
    { hint: "The file is shorter than it says; upload it again.", details: { offset, length, size } },
  );
}
