import { toStream } from "../archive/source.ts";
import type { ByteSource } from "../archive/types.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { type Backoff, type BackoffOptions, createBackoff } from "./backoff.ts";
import type { Bucket, ObjectBody, ObjectInfo } from "./port.ts";

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

  const object: ReadObject = { bucket, info };

  return {
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) throw pastTheEnd(info, { offset, length });
      if (length === 0) return new Uint8Array(0);
      const backoff = createBackoff(options);
      try {
        return await readWhole(object, { offset, length });
      } catch (error) {
        await backoff.wait(error);
      }
      const bytes = new Uint8Array(length);
      let filled = 0;
      for await (const chunk of readSpan(object, { offset, length }, backoff)) {
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      return bytes;
    },
    async stream(offset) {
      if (offset < 0 || offset > size) throw pastTheEnd(info, { offset, length: 0 });
      return toStream(readSpan(object, { offset, length: size - offset }, createBackoff(options)));
    },
  };
}

interface ReadObject {
  bucket: Bucket;
  /** As it was when reading began. */
  info: ObjectInfo;
}

/** Bytes. */
interface Span {
  offset: number;
  length: number;
}

/** The span in one piece, collected by the platform: much sooner than piece by piece. */
async function readWhole(object: ReadObject, span: Span): Promise<Bytes> {
  const { info } = object;
  const { offset, length } = span;
  const { body } = await openSpan(object, span);
  const bytes = await new Response(body).arrayBuffer().catch((error: unknown) => {
    throw brokenBody(info.name, offset, error);
  });
  if (bytes.byteLength < length) throw endedEarly(info, offset + bytes.byteLength, offset + length);
  return new Uint8Array(bytes, 0, length);
}

/** Exactly the bytes of the span, in chunks as they arrive. */
async function* readSpan(
  object: ReadObject,
  { offset, length }: Span,
  backoff: Backoff,
): AsyncGenerator<Bytes, void, void> {
  const end = offset + length;
  let position = offset;
  while (position < end) {
    try {
      for await (const chunk of readOnce(object, { offset: position, length: end - position })) {
        if (chunk.length === 0) continue;
        const wanted = chunk.subarray(0, end - position);
        position += wanted.length;
        backoff.reset();
        yield wanted;
        if (position === end) return;
      }
      throw endedEarly(object.info, position, end);
    } catch (error) {
      await backoff.wait(error);
    }
  }
}

/** The chunks of one answer of the bucket, which may end early. */
async function* readOnce(object: ReadObject, span: Span): AsyncGenerator<Bytes, void, void> {
  const reader = (await openSpan(object, span)).body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw brokenBody(object.info.name, span.offset, error);
      });
      if (done) return;
      yield value as Bytes;
    }
  } finally {
    // Nothing more is wanted of this body; that it may be broken already is not news.
    await reader.cancel().catch(() => undefined);
  }
}

async function openSpan({ bucket, info }: ReadObject, span: Span): Promise<ObjectBody> {
  const object = await bucket.get(info.name, span);
  if (object !== null && object.info.etag === info.etag) return object;
  await object?.body.cancel();
  const what = object === null ? "removed" : "replaced";
  throw new FerryError("BUCKET_ERROR", `${info.name} was ${what} while it was being read`, {
    hint: "Start again with the object as it is now.",
  });
}

function endedEarly({ name }: ObjectInfo, position: number, end: number): FerryError {
  return new FerryError(
    "BUCKET_ERROR",
    `Reading ${name} ended at byte ${position}, ${end - position} bytes early`,
    { transient: true, details: { name, position, end } },
  );
}

function brokenBody(name: string, offset: number, cause: unknown): FerryError {
  if (cause instanceof FerryError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FerryError("BUCKET_ERROR", `Reading ${name} from byte ${offset} broke off: ${reason}`, {
    cause,
    transient: true,
  });
}

function pastTheEnd({ name, size }: ObjectInfo, { offset, length }: Span): FerryError {
  return new FerryError(
    "ARCHIVE_TRUNCATED",
    `${name} has ${size} bytes, but bytes ${offset} to ${offset + length} were expected in it`,
    { hint: "The file is shorter than it says; upload it again.", details: { offset, length, size } },
  );
}
