import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Inspector, openInspector } from "./inspector.ts";

/** The most that an isolate held, bytes. */
export interface HeapPeak {
  /** JavaScript objects and strings, and array buffers, which V8 holds outside its heap, at one time. */
  total: number;
  /** The heap alone, to which V8's own limit applies. */
  heap: number;
}

/**
 * Looks how large an isolate is whenever the isolate asks for it: it sends a request to `url` and
 * waits for the answer. From outside a Worker cannot be looked at while it works, and from inside it
 * does not see its own size.
 */
export interface HeapWatch {
  url: string;
  /** The most that was seen since the last `reset`. */
  readonly peak: HeapPeak;
  reset(): void;
  /** Asks V8's inspector at `at`; needed before the isolate asks. */
  attach(at: URL, isolate: string): Promise<void>;
  close(): Promise<void>;
}

export async function openHeapWatch(): Promise<HeapWatch> {
  const peak = { total: 0, heap: 0 };
  let inspector: Inspector | null = null;

  async function look(): Promise<void> {
    if (inspector === null) return;
    const { usedSize, backingStorageSize = 0 } = await inspector.send<HeapUsage>("Runtime.getHeapUsage");
    peak.heap = Math.max(peak.heap, usedSize);
    peak.total = Math.max(peak.total, usedSize + backingStorageSize);
  }

  const server = createServer((_, response) => {
    look().then(
      () => response.end(),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    peak,
    reset: () => Object.assign(peak, { total: 0, heap: 0 }),
    async attach(at, isolate) {
      inspector = await openInspector(at, isolate);
    },
    async close() {
      inspector?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface HeapUsage {
  usedSize: number;
  backingStorageSize?: number;
}
