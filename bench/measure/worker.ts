import { ISOLATE, type RunningWorker } from "../worker/start.ts";
import { type HeapWatch, watchHeap } from "./heap.ts";
import { cpuSecondsOf, memoryOf } from "./process-tree.ts";

export interface WorkerFigures {
  seconds: number;
  /** Of the workerd process. */
  cpuSeconds: number;
  /** The workerd process before and at its largest, bytes; null where there is no /proc. */
  startBytes: number | null;
  peakBytes: number | null;
  /** The Worker's own isolate at its largest, bytes; null where it was not watched. */
  heapBytes: number | null;
  bufferBytes: number | null;
}

/** Does a piece of work and looks at the worker's process, and at its isolate where the inspector is open. */
export async function measureWorker<T>(
  worker: RunningWorker,
  work: () => Promise<T>,
): Promise<{ result: T; figures: WorkerFigures }> {
  const { pid, inspector } = worker;
  const heap: HeapWatch | null = inspector === null ? null : await watchHeap(inspector, ISOLATE);
  const startBytes = pid === null ? null : (memoryOf(pid)?.resident ?? null);
  const cpuBefore = pid === null ? 0 : cpuSecondsOf(pid);
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  await heap?.close();
  return {
    result,
    figures: {
      seconds,
      cpuSeconds: pid === null ? 0 : cpuSecondsOf(pid) - cpuBefore,
      startBytes,
      peakBytes: pid === null ? null : (memoryOf(pid)?.peak ?? null),
      heapBytes: heap?.peak.used ?? null,
      bufferBytes: heap?.peak.buffers ?? null,
    },
  };
}
