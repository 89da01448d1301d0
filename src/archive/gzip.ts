import type { Bytes } from "../database/port.ts";
import { FerryError } from "../errors.ts";
import { concatBytes } from "./concat.ts";

/** Compresses and decompresses single gzip members. */
export interface Gzip {
  compress(bytes: Bytes): Promise<Bytes>;
  /** Rejects with `ARCHIVE_CORRUPT`, also when there is more in it than its trailer or `MAX_MEMBER_BYTES` allows. */
  decompress(member: Bytes): Promise<Bytes>;
}

/** What one member may unpack to, bytes. A frame is about 1 MB; far more is damage or an attack. */
export const MAX_MEMBER_BYTES = 64 * 1024 * 1024;

/**
 * zlib at level 1 where the runtime has it (Node, Workers with nodejs_compat), five times as fast
 * there as the web's CompressionStream, which is the other choice.
 */
export function platformGzip(): Gzip {
  const zlib = platformZlib();
  return zlib === null ? webGzip() : zlibGzip(zlib);
}

/** Gzip on web standards alone. */
export function webGzip(): Gzip {
  return {
    compress: (bytes) => collect(streamOf(bytes).pipeThrough(new CompressionStream("gzip")), Infinity),
    async decompress(member) {
      const size = unpackedSize(member);
      try {
        const bytes = await collect(streamOf(member).pipeThrough(new DecompressionStream("gzip")), size);
        return checkSize(bytes, size);
      } catch (error) {
        throw damagedMember(error);
      }
    },
  };
}

/**
 * Unpacks a gzip file of any length, also one of several members where zlib is at hand. Rejects
 * with `ARCHIVE_TRUNCATED` when the file ends early, else with `ARCHIVE_CORRUPT`.
 */
export async function* gunzip(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, void> {
  const zlib = platformZlib();
  yield* zlib === null ? gunzipByWeb(chunks) : gunzipByZlib(zlib, chunks);
}

type Zlib = NonNullable<ReturnType<typeof platformZlib>>;

function platformZlib() {
  return globalThis.process?.getBuiltinModule?.("node:zlib") ?? null;
}

function zlibGzip(zlib: Zlib): Gzip {
  return {
    compress: (bytes) =>
      new Promise((resolve, reject) => {
        zlib.gzip(bytes, { level: 1, chunkSize: PIECE_BYTES }, (error, packed) =>
          error ? reject(error) : resolve(packed),
        );
      }),
    decompress(member) {
      return new Promise((resolve, reject) => {
        const size = unpackedSize(member);
        // workerd holds its growing buffer, up to twice the output, against the limit.
        const maxOutputLength = Math.min(2 * size + 1024, 2 * MAX_MEMBER_BYTES);
        zlib.gunzip(member, { maxOutputLength }, (error, bytes) => {
          if (error) return reject(damagedMember(error));
          try {
            resolve(checkSize(plainBytes(bytes), size));
          } catch (mismatch) {
            reject(mismatch);
          }
        });
      });
    },
  };
}

/** Node's own kind of bytes as plain ones: some of their methods differ. */
function plainBytes({ buffer, byteOffset, byteLength }: Bytes): Bytes {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What the trailer says: bytes of text, modulo 2^32 (RFC 1952, ISIZE). */
function unpackedSize(member: Bytes): number {
  if (member.byteLength < 18) throw damagedMember(`it has only ${member.byteLength} bytes`);
  const { buffer, byteOffset, byteLength } = member;
  const size = new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true);
  if (size > MAX_MEMBER_BYTES) throw damagedMember(`it would unpack to ${size} bytes`);
  return size;
}

function checkSize(bytes: Bytes, size: number): Bytes {
  if (bytes.byteLength !== size)
    throw damagedMember(`it unpacks to ${bytes.byteLength} bytes instead of ${size}`);
  return bytes;
}

function damagedMember(cause: unknown): FerryError {
  if (cause instanceof FerryError) return cause;
  return new FerryError("ARCHIVE_CORRUPT", `A piece of the archive cannot be unpacked: ${reasonOf(cause)}`, {
    hint: "The file was damaged after it was written. Copy it again, or export again.",
    cause,
  });
}

/** Bytes. Zlib hands out pieces of this size, so that a file of much text needs few of them. */
const PIECE_BYTES = 256 * 1024;

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

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? String(cause.code) : "";
  return cause.message || code || cause.name;
}

function streamOf(bytes: Bytes): ReadableStream<Bytes> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

async function collect(stream: ReadableStream<Bytes>, limit: number): Promise<Bytes> {
  const pieces: Bytes[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.byteLength;
    if (length > limit) {
      await reader.cancel();
      throw damagedMember(`it unpacks to more than ${limit} bytes`);
    }
  }
  return pieces.length === 1 ? (pieces[0] as Bytes) : concatBytes(pieces);
}
