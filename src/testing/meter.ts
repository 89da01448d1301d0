import { PLATFORM_LIMITS, type Platform, type PlatformLimits } from "../operations/platforms.ts";

export interface MeterOptions extends Partial<PlatformLimits> {
  /** What a D1 batch counts as: each of its statements, or one query. Not documented. @default "statements" */
  batchCounts?: "statements" | "one";
  /** How many times as long as here a query takes in production. @default 1 */
  timeFactor?: number;
  /** Milliseconds since 1970: by it a day begins, at midnight UTC. @default Date.now */
  now?: () => number;
}

/** Rows of an account's day, as D1 counts them: every index touched is a row written. */
export interface RowsOfDay {
  written: number;
  read: number;
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
  /** Of the day that it is now. */
  readonly today: Readonly<RowsOfDay>;
  /** Throws where the rows of the day are used up: for a statement that writes, or any. */
  refuseRows(statement: { writes: boolean }): void;
  /** Counts rows once they are read or written. */
  countRows(rows: Partial<RowsOfDay>): void;
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
  const { batchCounts = "statements", timeFactor = 1, now = Date.now, ...changed } = options;
  const limits: PlatformLimits = { ...PLATFORM_LIMITS[platform], ...changed };
  const usage: Usage = { calls: 0, queries: 0, bucketOperations: 0 };
  const most: Usage = { ...usage };
  const total: Usage = { ...usage };
  const peaks: Peaks = { valueBytes: 0, sqlBytes: 0, queryMs: 0, databaseBytes: 0, objectBytes: 0 };

  const day = createDay(limits, now);
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
    refuseRows: day.refuseRows,
    countRows: day.countRows,
    get today() {
      return day.today;
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

const DAY_MS = 86_400_000;

/** An account's rows, counted anew from midnight UTC. What takes the count over the limit is done; what comes behind it is refused. */
function createDay(limits: PlatformLimits, now: () => number) {
  let day = Number.NaN;
  let rows: RowsOfDay = { written: 0, read: 0 };
  const today = (): RowsOfDay => {
    const current = Math.floor(now() / DAY_MS);
    if (current !== day) [day, rows] = [current, { written: 0, read: 0 }];
    return rows;
  };
  return {
    get today() {
      return today();
    },
    refuseRows({ writes }: { writes: boolean }) {
      const { written, read } = today();
      if (writes && written >= limits.rowsWrittenADay) throw usedUp("write");
      if (read >= limits.rowsReadADay) throw usedUp("read");
    },
    countRows({ written = 0, read = 0 }: Partial<RowsOfDay>) {
      const rows = today();
      rows.written += written;
      rows.read += read;
    },
  };
}

function usedUp(kind: "read" | "write"): Error {
  return new Error(
    `D1_ERROR: Your account has exceeded D1's free tier daily row ${kind} limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.`,
  );
}
