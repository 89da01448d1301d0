import { createClient, type FerryClient } from "../../src/client/client.ts";
import { type FunctionTimes, profileIsolate } from "../measure/profile.ts";
import { measureWorker, type WorkerFigures } from "../measure/worker.ts";
import type { FloorRead } from "../worker/floor.ts";
import { type LedgerReport, ledgerTotals } from "../worker/ledger.ts";
import { ISOLATE, type RunningWorker, startWorker, TOKEN, type Watched } from "../worker/start.ts";

/**
 * MB that V8's heap may have in the runs that watch it: a quarter of what a Worker has (128 MB), so
 * that what is alive has to be less. Such a Worker also collects its garbage behind every answer of
 * database and bucket (worker/pauses.ts).
 */
export const HEAP_LIMIT_MB = 32;

/** What one piece of work through workerd took. */
export interface TaskFigures extends WorkerFigures {
  /** Seconds of its parts, by name. */
  parts: Record<string, number>;
  /** Requests to the Worker. */
  invocations: number;
  statements: number;
  rowsWritten: number;
}

export interface TaskInput {
  /** The bundled worker. */
  bundle: string;
  /** The directory of D1's and R2's files. */
  state: string;
  /** What is looked at, which makes the work slower. @default nothing */
  watch?: Watched;
  /** An archive on disk: read by an import, written by a fetch. */
  file?: string;
  /** An object in the bucket. */
  key?: string;
  /** A SQLite file that rows are taken from. */
  seed?: string;
  /** A file of ready frames. */
  frames?: string;
  /** Which rows are read by the floor. */
  read?: FloorRead;
}

export interface TaskContext {
  worker: RunningWorker;
  client: FerryClient;
  /** Does a part of the work and keeps its seconds. */
  part<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export interface TaskOutcome {
  figures: TaskFigures;
  ledger: LedgerReport;
  /** Milliseconds of JavaScript by function, where that is watched. */
  functions: [name: string, ms: number][];
  /** What the next task needs. */
  key: string | null;
}

/** What a task does between the worker's start and its end. */
export type TaskWork = (context: TaskContext, input: TaskInput) => Promise<string | undefined>;

/** Starts a worker, works, and says what it took. The worker's start is not in it. */
export async function runTask(work: TaskWork, input: TaskInput): Promise<TaskOutcome> {
  const { bundle, state, watch } = input;
  const limit = watch === "memory" ? { heapLimit: HEAP_LIMIT_MB } : {};
  const worker = await startWorker({ bundle, state, watch, ...limit });
  let invocations = 0;
  const client = createClient({
    baseUrl: worker.url,
    token: TOKEN,
    fetch: (request, init) => {
      invocations++;
      return fetch(request, init);
    },
  });
  const parts: Record<string, number> = {};
  const part: TaskContext["part"] = async (name, action) => {
    const startedAt = performance.now();
    const result = await action();
    parts[name] = (performance.now() - startedAt) / 1000;
    return result;
  };
  try {
    // The first request compiles the worker.
    await client.openapi();
    invocations = 0;
    const sampled = await sampleJavascript(worker, watch);
    const { result, figures } = await measureWorker(worker, () => work({ worker, client, part }, input));
    const functions = await sampled();
    const ledger = (await (await fetch(`${worker.url}/ledger`)).json()) as LedgerReport;
    return {
      figures: {
        ...figures,
        parts,
        invocations,
        ...ledgerTotals(ledger),
      },
      ledger,
      functions: [...functions],
      key: result ?? null,
    };
  } finally {
    await worker.close();
  }
}

async function sampleJavascript(
  { inspector }: RunningWorker,
  watch: Watched | undefined,
): Promise<() => Promise<FunctionTimes>> {
  if (watch !== "javascript" || inspector === null) return async () => new Map();
  return profileIsolate(inspector, ISOLATE);
}
