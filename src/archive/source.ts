import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import type { ByteSource } from "./types.ts";

/** Bytes; a stream hands the bytes out in pieces of this size. */
const PIECE_BYTES = 256 * 1024;

/** Bytes in memory, read like those at rest. Nothing is copied. */
export function bytesSource(bytes: Bytes): ByteSource {
  const size = bytes.byteLength;
  return {
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) throw endsEarly(offset, length, size);
      return bytes.subarray(offset, offset + length);
    },
    async stream(offset) {
      if (offset < 0 || offset > size) throw endsEarly(offset, 0, size);
      let position = offset;
      return new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (position >= size) return controller.close();
            controller.enqueue(bytes.subarray(position, position + PIECE_BYTES));
            position += PIECE_BYTES;
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
}

/** The same source, of which each read takes `bytes` at least and keeps them: for many small ones that follow each other. */
export function aheadSource(source: ByteSource, bytes: number): ByteSource {
  let start = 0;
  let kept: Bytes = new Uint8Array(0);
  return {
    size: source.size,
    stream: (offset) => source.stream(offset),
    async read(offset, length) {
      const isKept = offset >= start && offset + length <= start + kept.byteLength;
      if (!isKept) {
        if (length >= bytes || offset < 0 || offset + length > source.size)
          return source.read(offset, length);
        kept = await source.read(offset, Math.min(bytes, source.size - offset));
        start = offset;
      }
      return kept.subarray(offset - start, offset - start + length);
    },
  };
}

/**
 * The bytes of `source` from `offset`, in pieces as they come. A stream that ends before the
 * source's size is `ARCHIVE_TRUNCATED`, never a shorter file.
 */
export async function* readPieces(source: ByteSource, offset: number): AsyncGenerator<Bytes, void, void> {
  const reader = (await source.stream(offset)).getReader();
  let position = offset;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      position += value.byteLength;
      yield value as Bytes;
    }
    if (position !== source.size) throw endsEarly(position, source.size - position, source.size);
  } finally {
    // Nothing more is wanted of the stream; that it may have failed already is not news.
    await reader.cancel().catch(() => undefined);
  }
}

/** An iteration as a stream that pulls: nothing is read ahead. */
export function toStream(pieces: AsyncGenerator<Bytes, void, void>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

function endsEarly(offset: number, length: number, size: number): FerryError {
  return new FerryError(
    "ARCHIVE_TRUNCATED",
    `The file should hold ${length} bytes from byte ${offset} on, and ends before that`,
    { hint: "Copy or upload the file again.", details: { offset, length, size } },
  );
}
