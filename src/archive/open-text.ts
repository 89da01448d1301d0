import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { isArchive } from "./ending.ts";
import { gunzip } from "./gunzip.ts";
import { hasGzipMagic } from "./member.ts";
import { archivePieces } from "./plain.ts";
import { readPieces } from "./source.ts";
import type { ByteSource } from "./types.ts";

/**
 * A document's text as UTF-8 in pieces, from a byte of the text on: the file itself, or what is in
 * it when it is gzip, by others or our own. Compressed text cannot be entered in the middle, so
 * there the pieces before `offset` are unpacked and dropped.
 */
export async function* openText(source: ByteSource, offset: number): AsyncGenerator<Bytes, void, void> {
  const start = await source.read(0, Math.min(source.size, 2));
  if (isUtf16(start)) {
    throw new FerryError("DOCUMENT_INVALID", "The document is in UTF-16", {
      hint: "Save it as UTF-8. PowerShell's > writes UTF-16.",
      details: { byte: 0 },
    });
  }
  if (!hasGzipMagic(start)) {
    yield* readPieces(source, offset);
    return;
  }
  const isOurs = await isArchive(source);
  const text = isOurs ? archivePieces(source) : bounded(gunzip(readPieces(source, 0)), source.size);
  yield* dropBefore(text, offset);
}

/** Times its length that a gzip file unpacks to at the most, beyond what any may. Rows come to a tenth of this. */
const MOST_TIMES = 200;

const ANY_MAY_BYTES = 64 * 1024 * 1024;

/** Ends where a file that says next to nothing would keep its reader busy: deflate makes a thousand times of it. */
async function* bounded(pieces: AsyncIterable<Bytes>, size: number): AsyncGenerator<Bytes, void, void> {
  const most = ANY_MAY_BYTES + MOST_TIMES * size;
  let unpacked = 0;
  for await (const piece of pieces) {
    unpacked += piece.byteLength;
    if (unpacked > most) {
      throw new FerryError(
        "DOCUMENT_INVALID",
        `The gzip file of ${size} bytes unpacks to more than ${most} bytes`,
        {
          hint: "If they are all meant, unpack it, and send the document as it is.",
          details: { byte: most },
        },
      );
    }
    yield piece;
  }
}

async function* dropBefore(pieces: AsyncIterable<Bytes>, offset: number): AsyncGenerator<Bytes, void, void> {
  let missing = offset;
  for await (const piece of pieces) {
    if (piece.byteLength > missing) yield missing === 0 ? piece : piece.subarray(missing);
    missing = Math.max(0, missing - piece.byteLength);
  }
}

function isUtf16([first, second]: Bytes): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
