import { FerryError } from "../errors.ts";
import { END_BYTES, type EndMark, hasGzipMagic, isStamped, readEndMember, STAMP_BYTES } from "./member.ts";
import type { ByteSource } from "./types.ts";

/**
 * True for a d1-ferry archive, also a damaged or cut one, which `openArchive` refuses with the
 * reason. False for everything that `readDocument` reads, gzip files by other tools among it.
 */
export async function isArchive(source: ByteSource): Promise<boolean> {
  return isStamped(await readStart(source)) || (await readEnd(source)) !== null;
}

/** Where the parts are. Rejects with `ARCHIVE_TRUNCATED` when the end is gone, `DOCUMENT_INVALID` when this is no archive. */
export async function findEnd(source: ByteSource): Promise<EndMark> {
  const end = await readEnd(source);
  if (end !== null) return end;
  const start = await readStart(source);
  const trailing = isStamped(start) ? await trailingBytes(source) : null;
  if (trailing !== null) {
    const size = source.size - trailing;
    throw new FerryError("ARCHIVE_CORRUPT", `Behind the archive's end follow ${trailing} bytes more`, {
      hint: `Copy or upload the file again, or keep its first ${size} bytes: head -c ${size} FILE`,
      details: { size: source.size, byte: size },
    });
  }
  if (isStamped(start) || start.byteLength === 0) {
    throw new FerryError("ARCHIVE_TRUNCATED", "The archive has no end: the file was cut, or damaged there", {
      hint: "Copy or upload the file again.",
      details: { size: source.size },
    });
  }
  const what = hasGzipMagic(start) ? "is a gzip file, but no archive" : "is no archive";
  throw new FerryError("DOCUMENT_INVALID", `The file ${what} of d1-ferry`, {
    hint: "It can be read as a plain document, if it is one.",
    details: { byte: 0 },
  });
}

async function readEnd(source: ByteSource): Promise<EndMark | null> {
  if (source.size < END_BYTES) return null;
  return readEndMember(await source.read(source.size - END_BYTES, END_BYTES));
}

/** How much follows the end member; null when there is none among the last bytes. */
async function trailingBytes(source: ByteSource): Promise<number | null> {
  const length = Math.min(source.size, ENDING_BYTES);
  const bytes = await source.read(source.size - length, length);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (!hasGzipMagic(bytes.subarray(at, at + 2))) continue;
    const mark = readEndMember(bytes.subarray(at, at + END_BYTES));
    if (mark !== null && mark.tailOffset < source.size - length + at) return length - at - END_BYTES;
  }
  return null;
}

async function readStart(source: ByteSource) {
  return source.read(0, Math.min(source.size, STAMP_BYTES));
}

/** Bytes. End, index and last separator of most archives fit in, so opening one takes two reads. */
const ENDING_BYTES = 64 * 1024;

/** The source with its last bytes kept in memory once they were read. */
export function keepEnding(source: ByteSource): ByteSource {
  const start = Math.max(0, source.size - ENDING_BYTES);
  let ending: ReturnType<ByteSource["read"]> | undefined;
  return {
    size: source.size,
    stream: (offset) => source.stream(offset),
    async read(offset, length) {
      if (offset < start || offset + length > source.size) return source.read(offset, length);
      ending ??= source.read(start, source.size - start);
      return (await ending).subarray(offset - start, offset - start + length);
    },
  };
}
