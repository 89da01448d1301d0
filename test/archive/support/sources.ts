import { bytesSource } from "../../../src/archive/source.ts";
import type { ByteSource } from "../../../src/archive/types.ts";
import type { Bytes } from "../../../src/bytes.ts";

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

export const textSource = (text: string): ByteSource => bytesSource(utf8(text));

/** A source whose stream arrives in pieces of these lengths, over and over. */
export function piecesSource(bytes: Bytes, lengths: readonly number[]): ByteSource {
  return {
    ...bytesSource(bytes),
    async stream(offset) {
      let position = offset;
      let turn = 0;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (position >= bytes.length) return controller.close();
          const length = Math.max(1, lengths[turn++ % lengths.length] ?? 1);
          controller.enqueue(bytes.slice(position, position + length));
          position += length;
        },
      });
    },
  };
}

/** A source that counts what is asked of it. */
export function countingSource(bytes: Bytes) {
  const source = bytesSource(bytes);
  const reads: { offset: number; length: number }[] = [];
  return {
    reads,
    size: source.size,
    stream: source.stream,
    read(offset: number, length: number) {
      reads.push({ offset, length });
      return source.read(offset, length);
    },
  };
}
