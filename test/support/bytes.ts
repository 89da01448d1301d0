import { bytesSource } from "../../src/archive/source.ts";
import type { ByteSource } from "../../src/archive/types.ts";
import type { Bytes } from "../../src/bytes.ts";

/** A plain JSON document, as a source to read; text is taken as it is. */
export function documentSource(document: unknown): ByteSource {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return bytesSource(new TextEncoder().encode(text));
}

export interface ByteSink {
  write(bytes: Bytes): Promise<void>;
  bytes(): Bytes;
  source(): ByteSource;
}

/** Collects what an export writes. */
export function byteSink(): ByteSink {
  const chunks: Bytes[] = [];
  const bytes = (): Bytes => {
    const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
    let at = 0;
    for (const chunk of chunks) {
      joined.set(chunk, at);
      at += chunk.byteLength;
    }
    return joined;
  };
  return {
    async write(chunk) {
      chunks.push(chunk.slice());
    },
    bytes,
    source: () => bytesSource(bytes()),
  };
}
