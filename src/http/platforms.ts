import type { BudgetOptions } from "../sync/budget.ts";

/** Where the app runs. Decides how much one request may do before it answers "processing". */
export type Platform = "webflow-cloud" | "workers-paid" | "workers-free";

export const DEFAULT_PLATFORM: Platform = "webflow-cloud";

/**
 * What the engine may spend of one request. `limit` is the platform's own less a reserve for what
 * else the request holds: the host app's queries, such as a session look-up. Where database and
 * bucket share one count, `statements` leaves the bucket its part. `ms` leaves the step that has
 * begun then the time up to 25 s, which is the longest that a request takes.
 *
 * Sources: developers.cloudflare.com/d1/platform/limits (50 free, 1,000 paid),
 * developers.webflow.com/webflow-cloud/limits (1,000 subrequests of any kind, 30 s).
 */
export const ALLOWANCES: Readonly<Record<Platform, BudgetOptions>> = {
  "webflow-cloud": { statements: 800, limit: 950, ms: 15_000 },
  "workers-paid": { statements: 980, limit: 980, ms: 15_000 },
  "workers-free": { statements: 46, limit: 48, ms: 15_000 },
};
