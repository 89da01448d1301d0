import { bytesSource } from "../../src/archive/source.ts";
import type { ByteSource } from "../../src/archive/types.ts";
import type { Bytes } from "../../src/bytes.ts";
import type { ImageStore } from "../../src/sync/undo/image-store.ts";

/** Archives of rows as they were, in memory. */
export interface MemoryImages extends ImageStore {
  /** Those that are finished, by their keys. */
  readonly finished: ReadonlyMap<string, ByteSource>;
  /** How often one was begun, and how often one was paused. */
  readonly counts: { begun: number; paused: number };
}

export function memoryImages(): MemoryImages {
  const finished = new Map<string, ByteSource>();
  const counts = { begun: 0, paused: 0 };
  return {
    finished,
    counts,
    async remove(key) {
      finished.delete(key);
    },
    open(key, state) {
      if (state === undefined) counts.begun++;
      const bytes: number[] = state === undefined ? [] : [...(state as number[])];
      return {
        async write(piece: Bytes) {
          for (const byte of piece) bytes.push(byte);
        },
        async pause() {
          counts.paused++;
          return [...bytes];
        },
        async finish() {
          finished.set(key, bytesSource(Uint8Array.from(bytes)));
          return bytes.length;
        },
      };
    },
  };
}
