import type { BudgetOptions } from "../budget.ts";
import { FREE_ROWS_WRITTEN_A_DAY } from "../database/limits.ts";
import { FerryError } from "../errors.ts";
import { FRAME_BYTES } from "../sync/export/index.ts";

/** Where the app runs. Decides how much one request may do before it answers "processing". */
export type Platform = "webflow-cloud" | "workers-paid" | "workers-free";

export const PLATFORMS: readonly Platform[] = ["webflow-cloud", "workers-paid", "workers-free"];

export const DEFAULT_PLATFORM: Platform = "webflow-cloud";

/** What a platform documents of one invocation and one database. */
export interface PlatformLimits {
  /** Calls of one invocation to bindings of any kind (subrequests). */
  calls: number;
  /** D1 queries of one invocation. */
  queries: number;
  /** Milliseconds one query, or one whole batch, may take. */
  queryMs: number;
  /** Bytes of one database. */
  databaseBytes: number;
  /** Rows that an account may write a day (UTC) in all its databases, once for the table and once for each index. */
  rowsWrittenADay: number;
  /** Rows that an account may read a day (UTC). */
  rowsReadADay: number;
}

const UNCOUNTED = { rowsWrittenADay: Infinity, rowsReadADay: Infinity };

/**
 * The documented figures.
 *
 * Sources: developers.cloudflare.com/d1/platform/limits (50 queries free, 1,000 paid; 500 MB and
 * 10 GB), developers.cloudflare.com/workers/platform/limits (50 subrequests free, 10,000 paid),
 * developers.webflow.com/webflow-cloud/limits (1,000 subrequests of any kind; 100 MB on the smaller
 * plans), developers.cloudflare.com/d1/platform/pricing (100,000 rows written and 5 million read a day, free).
 */
export const PLATFORM_LIMITS: Readonly<Record<Platform, PlatformLimits>> = {
  "webflow-cloud": {
    calls: 1_000,
    queries: 1_000,
    queryMs: 30_000,
    databaseBytes: 100_000_000,
    ...UNCOUNTED,
  },
  "workers-paid": {
    calls: 10_000,
    queries: 1_000,
    queryMs: 30_000,
    databaseBytes: 10_000_000_000,
    ...UNCOUNTED,
  },
  "workers-free": {
    calls: 50,
    queries: 50,
    queryMs: 30_000,
    databaseBytes: 500_000_000,
    rowsWrittenADay: FREE_ROWS_WRITTEN_A_DAY,
    rowsReadADay: 5_000_000,
  },
};

export interface Allowance extends BudgetOptions {
  /** Calls to the bucket count like database statements. */
  sharesCalls: boolean;
}

/** What a request may take anywhere. */
export const SMALLEST = { statements: 44, limit: 44, bytes: 128_000 } as const;

/**
 * What the engine may spend of one request. `limit` is the platform's own less a reserve for what
 * else the request holds: the host app's queries, such as a session look-up, and on the larger plans
 * tries that are repeated. `ms` leaves the step that has begun then the time up to 25 s, which is the
 * longest that a request takes. `bytes` stands for the 10 ms of CPU time of the free plan: a request
 * that stages, exports or reads back 128 KB of rows takes about 7 ms, 4 of them for what surrounds it
 * (Node 24 on two shared cores of an EPYC; twice as many bytes take 9 to 12).
 */
export const ALLOWANCES: Readonly<Record<Platform, Allowance>> = {
  "webflow-cloud": { statements: 900, limit: 950, ms: 15_000, sharesCalls: true },
  "workers-paid": { statements: 980, limit: 980, ms: 15_000, sharesCalls: false },
  "workers-free": { ...SMALLEST, ms: 15_000, sharesCalls: true },
};

/** Bytes of row text that the frames of an archive should have at the most to be staged and read here one by one. */
export function frameBytesFor(platform: Platform): number {
  return Math.min(FRAME_BYTES, ALLOWANCES[platform].bytes ?? FRAME_BYTES);
}

/** Whether somebody said where the app runs. */
export function isNamed(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** A platform's name as the configuration or the environment says it. Rejects with `NOT_CONFIGURED`. */
export function readPlatform(value: unknown): Platform {
  if (!isNamed(value)) return DEFAULT_PLATFORM;
  const known = PLATFORMS.find((platform) => platform === value);
  if (known !== undefined) return known;
  throw new FerryError("NOT_CONFIGURED", `d1-ferry knows no platform ${JSON.stringify(value)}`, {
    hint: `Set FERRY_PLATFORM, or the option "platform", to one of ${PLATFORMS.join(", ")}.`,
  });
}
