import { type ClientOptions, createClient, type FerryClient } from "../../src/client/client.ts";
import { measureWorker, type WorkerFigures } from "../measure/worker.ts";
import { startWorker, TOKEN } from "../worker/start.ts";

/** What one piece of work through workerd took. */
export interface TaskFigures extends WorkerFigures {
  /** Bytes that were moved: of the plain JSON document where it is one, else of the archive. */
  bytes: number;
  /** Worker requests. */
  invocations: number;
  statements: number;
  /** Statements of the request that had most. */
  maxStatements: number;
}

export interface TaskInput {
  /** The bundled worker. */
  bundle: string;
  /** The directory of D1's and R2's files. */
  state: string;
  /** Watch the isolate's heap, which makes the work a little slower. */
  watchHeap: boolean;
  /** An object in the bucket. */
  key?: string;
  /** An archive on disk: read by an upload, written by a download. */
  file?: string;
}

export interface TaskContext {
  client: FerryClient;
  /** Counts an answer's statements. */
  count(answer: { usage: { statements: number } }): void;
}

export interface TaskOutcome {
  figures: TaskFigures;
  /** What the next task needs. */
  key: string | null;
}

/** What a task does between the worker's start and its end. */
export type TaskWork = (context: TaskContext, input: TaskInput) => Promise<{ bytes: number; key?: string }>;

/** Starts a worker, works, and says what it took. */
export async function runTask(work: TaskWork, input: TaskInput): Promise<TaskOutcome> {
  const worker = await startWorker({ bundle: input.bundle, state: input.state, inspect: input.watchHeap });
  const counts = { invocations: 0, statements: 0, maxStatements: 0 };
  const counting: ClientOptions["fetch"] = (request, init) => {
    counts.invocations++;
    return fetch(request, init);
  };
  const client = createClient({ baseUrl: worker.url, token: TOKEN, fetch: counting });
  const count: TaskContext["count"] = ({ usage: { statements } }) => {
    counts.statements += statements;
    counts.maxStatements = Math.max(counts.maxStatements, statements);
  };
  try {
    // The first request compiles the worker.
    await client.openapi();
    counts.invocations = 0;
    const { result, figures } = await measureWorker(worker, () => work({ client, count }, input));
    return { figures: { ...figures, ...counts, bytes: result.bytes }, key: result.key ?? null };
  } finally {
    await worker.close();
  }
}
