import type { Bucket } from "../bucket/port.ts";
import { withRetry } from "../bucket/retry.ts";
import { type Budget, createBudget } from "../budget.ts";
import type { Database } from "../database/port.ts";
import { FerryError } from "../errors.ts";
import type { FerryOptions } from "../http/options.ts";
import type { WorkflowLike } from "./background.ts";
import { ALLOWANCES, type Platform, readPlatform } from "./platforms.ts";
import { countBucketOperations, countStatements, createUsageMeter, type UsageMeter } from "./usage.ts";

/** A request has 25 seconds: what the bucket does not answer soon is left to the caller. */
const RETRIES = { retries: 3, maxTime: 4_000 };

/** One authorised request, and what it may use. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  /** The path before `/api/admin/…`: "" or the app's base path, "/app". */
  readonly base: string;
  readonly meter: UsageMeter;
  readonly database: Database;
  readonly bucket: Bucket;
  readonly budget: Budget;
  /** Null where the app has none. */
  readonly workflow: WorkflowLike | null;
  readonly platform: Platform;
}

export function createExchange<Context>(
  request: Request,
  context: Context,
  options: FerryOptions<Context>,
  base: string,
): Exchange {
  const meter = createUsageMeter();
  const { platform: named } = options;
  const platform = readPlatform(typeof named === "function" ? named(context) : named);
  const { sharesCalls, ...allowance } = ALLOWANCES[platform];
  const budget = createBudget(allowance);
  let database: Database | undefined;
  let bucket: Bucket | undefined;
  return {
    request,
    url: new URL(request.url),
    base,
    meter,
    budget,
    platform,
    get database() {
      database ??= countStatements(configured("database", options.database(context)), meter);
      return database;
    },
    get bucket() {
      // Counted below the retries, so that each try counts.
      bucket ??= withRetry(
        countBucketOperations(configured("bucket", options.bucket(context)), () => {
          meter.bucketOperations += 1;
          if (sharesCalls) budget.spend(1);
        }),
        RETRIES,
      );
      return bucket;
    },
    get workflow() {
      return options.workflow?.(context) ?? null;
    },
  };
}

function configured<T>(what: string, value: T | null | undefined): T {
  if (value !== null && value !== undefined) return value;
  throw new FerryError("NOT_CONFIGURED", `The app has no ${what} for d1-ferry`, {
    hint: "Check the bindings in wrangler.json and the names given to d1-ferry.",
  });
}
