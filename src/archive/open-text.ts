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
  const text = (await isArchive(source)) ? archivePieces(source) : gunzip(readPieces(source, 0));
  yield* dropBefore(text, offset);
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
