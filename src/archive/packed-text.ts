import type { Bytes } from "../bytes.ts";
import { concatBytes } from "./concat.ts";
import { gunzip } from "./gunzip.ts";

/**
 * A text as a gzip member. These texts are short, and are to become shorter than zlib's level 1 makes them. Where there is Node's
 * zlib it is asked: the streams of the web take five times as long to begin.
 */
export async function packText(text: string): Promise<Bytes> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib !== undefined) return new Uint8Array(zlib.gzipSync(new TextEncoder().encode(text)));
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** What is packed in the chunks; null where that is more than `most` bytes, and no more of it is unpacked. Rejects as `gunzip`. */
export async function unpackBytes(chunks: AsyncIterable<Bytes>, most: number): Promise<Bytes | null> {
  const pieces: Bytes[] = [];
  let length = 0;
  for await (const piece of gunzip(chunks)) {
    length += piece.byteLength;
    if (length > most) return null;
    pieces.push(piece);
  }
  return concatBytes(pieces);
}
