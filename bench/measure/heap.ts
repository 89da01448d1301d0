import { type Inspector, openInspector } from "./inspector.ts";

/** The most that an isolate held, bytes. */
export interface HeapPeak {
  /** JavaScript objects and strings, and array buffers, which V8 holds outside its heap, at one time. */
  total: number;
  /** The heap alone, to which V8's own limit applies. */
  heap: number;
}

export interface HeapWatch {
  readonly peak: HeapPeak;
  close(): Promise<void>;
}

/** Milliseconds from an answer to the next question. */
const INTERVAL_MS = 5;

/**
 * Asks V8's inspector again and again how large an isolate is. It answers between two
 * pieces of JavaScript work, so a peak within one piece is missed; what outlives one is seen.
 */
export async function watchHeap(at: URL, isolate: string): Promise<HeapWatch> {
  const inspector = await openInspector(at, isolate);
  const peak = { total: 0, heap: 0 };
  let closed = false;
  const watching = (async () => {
    while (!closed) {
      const { heap, buffers } = await usageOf(inspector);
      peak.heap = Math.max(peak.heap, heap);
      peak.total = Math.max(peak.total, heap + buffers);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  })();
  // A worker that dies closes the inspector; the work itself says why.
  const ended = watching.catch(() => {});
  return {
    peak,
    async close() {
      closed = true;
      inspector.close();
      await ended;
    },
  };
}

async function usageOf(inspector: Inspector): Promise<{ heap: number; buffers: number }> {
  const { usedSize, backingStorageSize = 0 } = await inspector.send<HeapAnswer>("Runtime.getHeapUsage");
  return { heap: usedSize, buffers: backingStorageSize };
}

interface HeapAnswer {
  usedSize: number;
  backingStorageSize?: number;
}
