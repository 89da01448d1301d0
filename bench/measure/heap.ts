export interface HeapUsage {
  /** JavaScript objects and strings, what waits for the garbage collector included. Bytes. */
  used: number;
  /** Array buffers, which V8 holds outside its heap. Bytes. */
  buffers: number;
}

export interface HeapWatch {
  /** The most of each that a sample saw. */
  readonly peak: HeapUsage & { total: number };
  readonly samples: number;
  close(): Promise<void>;
}

/** Milliseconds from an answer to the next question. */
const INTERVAL_MS = 10;

/**
 * Asks V8's inspector again and again how large an isolate is. It answers between two
 * pieces of JavaScript work, so a peak within one piece is missed; what outlives one is seen.
 */
export async function watchHeap(inspector: URL, isolate: string): Promise<HeapWatch> {
  const socket = new WebSocket(new URL(`/${isolate}`, inspector));
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`No inspector answers at ${inspector}`));
  });
  const peak = { used: 0, buffers: 0, total: 0 };
  let samples = 0;
  let closed = false;
  const ask = () => {
    if (!closed) socket.send(JSON.stringify({ id: samples + 1, method: "Runtime.getHeapUsage" }));
  };
  socket.onmessage = ({ data }) => {
    const { result } = JSON.parse(String(data)) as { result?: HeapAnswer };
    if (result?.usedSize === undefined) return;
    const { usedSize: used, backingStorageSize: buffers = 0 } = result;
    peak.used = Math.max(peak.used, used);
    peak.buffers = Math.max(peak.buffers, buffers);
    peak.total = Math.max(peak.total, used + buffers);
    samples++;
    setTimeout(ask, INTERVAL_MS);
  };
  ask();
  return {
    peak,
    get samples() {
      return samples;
    },
    async close() {
      closed = true;
      socket.close();
    },
  };
}

interface HeapAnswer {
  usedSize?: number;
  backingStorageSize?: number;
}
