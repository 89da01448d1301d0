import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { PIECE_BYTES, plainBytes, platformZlib, reasonOf, type Zlib } from "./zlib.ts";

/**
 * Unpacks a gzip file of any length, also one of several members where zlib is at hand. Rejects
 * with `ARCHIVE_TRUNCATED` when the file ends early, else with `ARCHIVE_CORRUPT`.
 */
export async function* gunzip(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, void> {
  const zlib = platformZlib();
  yield* zlib === null ? gunzipByWeb(chunks) : gunzipByZlib(zlib, chunks);
}

async function* gunzipByZlib(zlib: Zlib, chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, void> {
  const unpack = zlib.createGunzip({ chunkSize: PIECE_BYTES });
  let failed: { error: unknown } | undefined;
  let wake = () => {};
  unpack.on("drain", () => wake()).on("close", () => wake());
  const feed = async () => {
    try {
      for await (const chunk of chunks) {
        if (unpack.destroyed) return;
        const full = !unpack.write(chunk);
        if (full && !unpack.destroyed) await new Promise<void>((resolve) => (wake = resolve));
      }
      unpack.end();
    } catch (error) {
      failed = { error };
      unpack.destroy();
    }
  };
  const fed = feed();
  try {
    for await (const piece of unpack) yield plainBytes(piece);
  } catch (error) {
    throw failed === undefined ? damagedFile(error) : failed.error;
  } finally {
    unpack.destroy();
    await fed;
  }
}

async function* gunzipByWeb(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  let failed: { error: unknown } | undefined;
  const packed = new ReadableStream<Bytes>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        failed = { error };
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw failed === undefined ? damagedFile(error) : failed.error;
  } finally {
    // Nothing more is wanted of the stream; that it may have failed already is not news.
    await reader.cancel().catch(() => undefined);
  }
}

function damagedFile(cause: unknown): FerryError {
  if (cause instanceof FerryError) return cause;
  const reason = reasonOf(cause);
  const cut = /Z_BUF_ERROR|unexpected end|incomplete/i.test(reason);
  return new FerryError(
    cut ? "ARCHIVE_TRUNCATED" : "ARCHIVE_CORRUPT",
    cut ? "The gzip file ends early" : `The gzip file cannot be unpacked: ${reason}`,
    { hint: "Copy the file again; `gzip -t` tests a file.", cause },
  );
}
