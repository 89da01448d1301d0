import type { Bucket, ObjectBody } from "../../../src/bucket/port.ts";
import { r2Failure } from "../../../src/bucket/r2-failure.ts";
import { databaseError } from "../../../src/database/failure.ts";
import type { Database } from "../../../src/database/port.ts";
import type { AppName, Injector, Layer } from "./injector.ts";

export interface Stores {
  database: Database;
  bucket: Bucket;
}

/** One invocation of an app. Once it is dead nothing of it goes on, not even its error handling. */
export interface Isolate extends Stores {
  /** Rejects when it dies. */
  death: Promise<never>;
}

export function createIsolate(app: AppName, stores: Stores, injector: Injector): Isolate {
  let dead = false;
  let kill = (): void => {};
  const death = new Promise<never>((_, reject) => {
    kill = () => reject(new TypeError("fetch failed", { cause: new Error("socket hang up") }));
  });
  death.catch(() => undefined);

  async function call<T>(
    layer: Layer,
    name: string,
    failure: () => Error,
    work: () => Promise<T>,
  ): Promise<T> {
    if (dead) return never();
    const kind = injector.reach(app, layer, name);
    if (kind === "fails") throw failure();
    if (kind === "app dies before") return die();
    const answer = await work();
    if (kind === "app dies after") return die();
    if (kind === "answer lost") throw failure();
    return kind === "body breaks" ? (broken(answer) as T) : answer;
  }
  function die(): Promise<never> {
    dead = true;
    kill();
    return never();
  }

  const { database, bucket } = stores;
  const lost = () => databaseError(new Error("D1_ERROR: Network connection lost."));
  const operations = Object.keys(bucket) as (keyof Bucket)[];
  return {
    death,
    database: {
      engine: database.engine,
      capabilities: database.capabilities,
      query: (statement) => call("database", "query", lost, () => database.query(statement)),
      batch: (statements) => call("database", "batch", lost, () => database.batch(statements)),
    },
    bucket: Object.fromEntries(
      operations.map((name) => {
        const failure = () => r2Failure(name, "it", new Error("Network connection lost."));
        const operation = bucket[name] as (...parameters: never[]) => Promise<unknown>;
        return [
          name,
          (...parameters: never[]) =>
            call("bucket", name, failure, () => operation.apply(bucket, parameters)),
        ];
      }),
    ) as unknown as Bucket,
  };
}

export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** The answer, the body of which breaks in its middle; anything else as it is. */
function broken(answer: unknown): unknown {
  const object = answer as ObjectBody | null;
  if (object === null || typeof object !== "object" || !(object.body instanceof ReadableStream))
    return answer;
  return { ...object, body: breakingAt(object.body, 0.5) };
}

/** A stream that gives a part of its first chunk, and then breaks. */
export function breakingAt(body: ReadableStream<Uint8Array>, part: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let given = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (given) {
          await reader.cancel().catch(() => undefined);
          controller.error(new Error("Network connection lost."));
          return;
        }
        given = true;
        const { value } = await reader.read();
        const half = value?.slice(0, Math.floor(value.byteLength * part));
        if (half !== undefined && half.byteLength > 0) controller.enqueue(half);
        else controller.error(new Error("Network connection lost."));
      },
      cancel: () => reader.cancel(),
    },
    { highWaterMark: 0 },
  );
}
