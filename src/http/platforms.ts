import type { BudgetOptions } from "../sync/budget.ts";

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
}

/**
 * The documented figures.
 *
 * Sources: developers.cloudflare.com/d1/platform/limits (50 queries free, 1,000 paid; 500 MB and
 * 10 GB), developers.cloudflare.com/workers/platform/limits (50 subrequests free, 10,000 paid),
 * developers.webflow.com/webflow-cloud/limits (1,000 subrequests of any kind; 100 MB on the smaller
 * plans).
 */
export const PLATFORM_LIMITS: Readonly<Record<Platform, PlatformLimits>> = {
  "webflow-cloud": { calls: 1_000, queries: 1_000, queryMs: 30_000, databaseBytes: 100_000_000 },
  "workers-paid": { calls: 10_000, queries: 1_000, queryMs: 30_000, databaseBytes: 10_000_000_000 },
  "workers-free": { calls: 50, queries: 50, queryMs: 30_000, databaseBytes: 500_000_000 },
};

/**
 * What the engine may spend of one request. `limit` is the platform's own less a reserve for what
 * else the request holds: the host app's queries, such as a session look-up. Where database and
 * bucket share one count, `statements` leaves the bucket its part. `ms` leaves the step that has
 * begun then the time up to 25 s, which is the longest that a request takes.
 */
export const ALLOWANCES: Readonly<Record<Platform, BudgetOptions>> = {
  "webflow-cloud": { statements: 800, limit: 950, ms: 15_000 },
  "workers-paid": { statements: 980, limit: 980, ms: 15_000 },
  "workers-free": { statements: 46, limit: 48, ms: 15_000 },
};
