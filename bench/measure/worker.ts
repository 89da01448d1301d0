import type { RunningWorker } from "../worker/start.ts";
import type { HeapPeak } from "./heap.ts";
import { cpuSecondsOf, memoryOf } from "./process-tree.ts";

export interface WorkerFigures {
  seconds: number;
  /** Of workerd, and of this process, which drives it. */
  cpuSeconds: number;
  /** The workerd process at its largest, its D1 and R2 included, bytes; null where there is no /proc. */
  peakBytes: number | null;
  /** The Worker's own isolate at its largest; null where it was not watched. */
  isolate: HeapPeak | null;
}

/** Does a piece of work and looks at the worker's process, and at its isolate's memory where that is watched. */
export async function measureWorker<T>(
  { pid, heap }: RunningWorker,
  work: () => Promise<T>,
): Promise<{ result: T; figures: WorkerFigures }> {
  heap?.reset();
  const cpuSeconds = () =>
    (pid === null ? 0 : cpuSecondsOf(pid)) + (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
  const cpuBefore = cpuSeconds();
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuAfter = cpuSeconds();
  return {
    result,
    figures: {
      seconds,
      cpuSeconds: cpuAfter - cpuBefore,
      peakBytes: pid === null ? null : (memoryOf(pid)?.peak ?? null),
      isolate: heap === null ? null : { ...heap.peak },
    },
  };
}
