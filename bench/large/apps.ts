import { type CountedAddress, countTraffic } from "../../scripts/demo/traffic.ts";
import type { HeapPeak } from "../measure/heap.ts";
import { memoryOf } from "../measure/process-tree.ts";
import { type LedgerReport, ledgerTotals } from "../worker/ledger.ts";
import { type RunningWorker, startWorker } from "../worker/start.ts";
import type { Visit } from "../worker/visits.ts";

/** MB that the heap of each Worker may have: half of a Worker's 128. */
export const LARGE_HEAP_MB = 64;

/** What an app did and held since it was asked last. */
export interface AppFigures {
  /** The workerd process at its largest, its D1 and R2 included, since it was started; null where there is no /proc. */
  processBytes: number | null;
  isolate: HeapPeak;
  statements: number;
  rowsWritten: number;
  /** Of both directions, headers and all. */
  trafficBytes: number;
  visits: Visit[];
}

/** An app whose isolate's memory is watched, behind an address that counts what passes. */
export class LargeApp {
  readonly state: string;
  readonly #worker: RunningWorker;
  readonly #address: CountedAddress;
  #known = { statements: 0, rowsWritten: 0, visits: 0 };

  constructor(state: string, worker: RunningWorker, address: CountedAddress) {
    this.state = state;
    this.#worker = worker;
    this.#address = address;
  }

  static async start(bundle: string, state: string): Promise<LargeApp> {
    const worker = await startWorker({ bundle, state, watch: "memory", heapLimit: LARGE_HEAP_MB });
    return new LargeApp(state, worker, await countTraffic(worker.url));
  }

  get url(): string {
    return this.#address.url;
  }

  async take(): Promise<AppFigures> {
    const { url, pid, heap } = this.#worker;
    const ask = async <T>(path: string) => (await (await fetch(`${url}${path}`)).json()) as T;
    const { statements, rowsWritten } = ledgerTotals(await ask<LedgerReport>("/ledger"));
    const visits = await ask<Visit[]>("/visits");
    const before = this.#known;
    this.#known = { statements, rowsWritten, visits: visits.length };
    const isolate = { ...(heap?.peak ?? { total: 0, heap: 0 }) };
    heap?.reset();
    return {
      processBytes: pid === null ? null : (memoryOf(pid)?.peak ?? null),
      isolate,
      statements: statements - before.statements,
      rowsWritten: rowsWritten - before.rowsWritten,
      trafficBytes: this.#address.take(),
      visits: visits.slice(before.visits),
    };
  }

  async close(): Promise<void> {
    this.#address.close();
    await this.#worker.close();
  }
}
