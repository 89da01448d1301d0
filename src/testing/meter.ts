import { PLATFORM_LIMITS, type Platform, type PlatformLimits } from "../operations/platforms.ts";

export interface MeterOptions extends Partial<PlatformLimits> {
  /** What a D1 batch counts as: each of its statements, or one query. Not documented. @default "statements" */
  batchCounts?: "statements" | "one";
  /** How many times as long as here a query takes in production. @default 1 */
  timeFactor?: number;
}

/** Calls of one invocation, or of several. */
export interface Usage {
  /** To bindings of any kind. */
  calls: number;
  /** D1 queries. */
  queries: number;
  bucketOperations: number;
}

/** The largest of each that was seen. */
export interface Peaks {
  /** Bytes of a bound value, or of a value or row that came back. */
  valueBytes: number;
  /** Bytes of a statement. */
  sqlBytes: number;
  /** Milliseconds of a query or batch, times `timeFactor`. */
  queryMs: number;
  /** Bytes of the database, as D1 tells it behind a query. */
  databaseBytes: number;
  /** Bytes of an object or part that was handed over in one piece. */
  objectBytes: number;
}

/** Counts what invocations use, and throws where the platform would. One meter for all bindings of an app. */
export interface Meter {
  readonly limits: PlatformLimits;
  readonly batchCounts: "statements" | "one";
  readonly timeFactor: number;
  /** Begins another invocation: its calls count from 0. */
  newInvocation(): void;
  /** Of this invocation. */
  readonly usage: Usage;
  /** The most that one invocation used, of each. */
  readonly most: Usage;
  /** Of all invocations. */
  readonly total: Usage;
  readonly peaks: Peaks;
  /** Counts D1 queries before they are sent. Throws beyond the limit. */
  countQueries(queries: number): void;
  /** Counts a call to a bucket. Throws beyond the limit. */
  countBucketOperation(): void;
  /** Counts calls to something else, such as a KV namespace or `fetch`. Throws beyond the limit. */
  countCalls(calls: number): void;
  /** Keeps the larger figure. */
  see(peak: keyof Peaks, figure: number): void;
}

/** A meter at a platform's figures; options change single ones. */
export function createMeter(platform: Platform, options: MeterOptions = {}): Meter {
  const { batchCounts = "statements", timeFactor = 1, ...changed } = options;
  const limits: PlatformLimits = { ...PLATFORM_LIMITS[platform], ...changed };
  const usage: Usage = { calls: 0, queries: 0, bucketOperations: 0 };
  const most: Usage = { ...usage };
  const total: Usage = { ...usage };
  const peaks: Peaks = { valueBytes: 0, sqlBytes: 0, queryMs: 0, databaseBytes: 0, objectBytes: 0 };

  const count = (kind: keyof Usage, n: number) => {
    usage[kind] += n;
    total[kind] += n;
    most[kind] = Math.max(most[kind], usage[kind]);
  };
  const countCalls = (n: number) => {
    count("calls", n);
    if (usage.calls > limits.calls || usage.queries > limits.queries) {
      throw new Error("Too many API requests by single Worker invocation.");
    }
  };
  return {
    limits,
    batchCounts,
    timeFactor,
    usage,
    most,
    total,
    peaks,
    newInvocation() {
      Object.assign(usage, { calls: 0, queries: 0, bucketOperations: 0 });
    },
    countQueries(n) {
      count("queries", n);
      countCalls(n);
    },
    countBucketOperation() {
      count("bucketOperations", 1);
      countCalls(1);
    },
    countCalls,
    see(peak, figure) {
      peaks[peak] = Math.max(peaks[peak], figure);
    },
  };
}
