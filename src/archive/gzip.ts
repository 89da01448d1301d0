import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { concatBytes } from "./concat.ts";
import { gunzip } from "./gunzip.ts";
import { PIECE_BYTES, plainBytes, platformZlib, reasonOf, type Zlib } from "./zlib.ts";

export { gunzip };

/** Compresses and decompresses single gzip members. */
export interface Gzip {
  compress(bytes: Bytes): Promise<Bytes>;
  /** Rejects with `ARCHIVE_CORRUPT`, also when there is more in it than its trailer or `most` bytes allow. */
  decompress(member: Bytes, most: number): Promise<Bytes>;
}

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
    async decompress(member, most) {
      const size = unpackedSize(member, most);
      try {
        const bytes = await collect(streamOf(member).pipeThrough(new DecompressionStream("gzip")), size);
        return checkSize(bytes, size);
      } catch (error) {
        throw damagedMember(error);
      }
    },
  };
}

function zlibGzip(zlib: Zlib): Gzip {
  return {
    compress: (bytes) =>
      new Promise((resolve, reject) => {
        // Most texts come to half their length or less: one piece, which nobody has to put together.
        const chunkSize = Math.max(PIECE_BYTES, bytes.byteLength >> 1);
        zlib.gzip(bytes, { level: 1, chunkSize }, (error, packed) =>
          error ? reject(error) : resolve(packed),
        );
      }),
    async decompress(member, most) {
      const size = unpackedSize(member, most);
      if (size > LARGE_BYTES) return unpackInto(member, size);
      return new Promise((resolve, reject) => {
        // workerd holds its growing buffer, up to twice the output, against the limit.
        const maxOutputLength = 2 * size + 1024;
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

/** Bytes from which a member is unpacked into its place: zlib's own buffers take twice as many, and a copy. */
const LARGE_BYTES = 2 * 1024 * 1024;

async function unpackInto(member: Bytes, size: number): Promise<Bytes> {
  const bytes = new Uint8Array(size);
  let length = 0;
  try {
    for await (const piece of gunzip(piecesOf(member))) {
      if (length + piece.byteLength > size) throw new Error(`it unpacks to more than ${size} bytes`);
      bytes.set(piece, length);
      length += piece.byteLength;
    }
  } catch (error) {
    throw damagedMember(reasonOf(error));
  }
  return checkSize(bytes.subarray(0, length), size);
}

async function* piecesOf(bytes: Bytes): AsyncGenerator<Bytes, void, void> {
  yield bytes;
}

/** What the trailer says: bytes of text, modulo 2^32 (RFC 1952, ISIZE). */
function unpackedSize(member: Bytes, most: number): number {
  if (member.byteLength < 18) throw damagedMember(`it has only ${member.byteLength} bytes`);
  const { buffer, byteOffset, byteLength } = member;
  const size = new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true);
  if (size > most) throw damagedMember(`it would unpack to ${size} bytes`);
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
