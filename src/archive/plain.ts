import type { Bytes } from "../bytes.ts";
import { openParts } from "./parts.ts";
import { toStream } from "./source.ts";
import type { ByteSource } from "./types.ts";

/**
 * The plain JSON document in an archive, streamed in one frame's memory: the bytes that `gunzip -c`
 * prints, but each checked. The stream fails as `openArchive` and `readFrame` do.
 */
export function archiveToJson(source: ByteSource): ReadableStream<Uint8Array> {
  return toStream(archivePieces(source));
}

export async function* archivePieces(source: ByteSource): AsyncGenerator<Bytes, void, void> {
  const { headerText, tailText, index, last, readFrameBytes } = await openParts(source);
  yield headerText;
  for await (const { frame, bytes } of readFrameBytes(index.frames())) {
    if (frame.separator !== "") yield encode(frame.separator);
    if (bytes.byteLength > 0) yield bytes;
  }
  if (last !== "") yield encode(last);
  yield* index.texts();
  yield tailText;
}

const encoder = new TextEncoder();
const encode = (text: string): Bytes => encoder.encode(text);
