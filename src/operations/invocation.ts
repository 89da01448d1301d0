import type { Bucket } from "../bucket/port.ts";
import { withRetry } from "../bucket/retry.ts";
import { type Budget, createBudget } from "../budget.ts";
import type { Database } from "../database/port.ts";
import { FerryError } from "../errors.ts";
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

/** What an app hands over for one request. Each is asked for at most once, and only by what needs it. */
export interface Resources {
  /** Where the app runs. @default "webflow-cloud" */
  platform: Platform | undefined;
  database(): Database | null | undefined;
  bucket(): Bucket | null | undefined;
  workflow(): WorkflowLike | null | undefined;
}

export function createExchange(request: Request, base: string, resources: Resources): Exchange {
  const meter = createUsageMeter();
  const platform = readPlatform(resources.platform);
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
      database ??= countStatements(configured("database", resources.database()), meter);
      return database;
    },
    get bucket() {
      // Counted below the retries, so that each try counts.
      bucket ??= withRetry(
        countBucketOperations(configured("bucket", resources.bucket()), () => {
          meter.bucketOperations += 1;
          if (sharesCalls) budget.spend(1);
        }),
        RETRIES,
      );
      return bucket;
    },
    get workflow() {
      return resources.workflow() ?? null;
    },
  };
}

function configured<T>(what: string, value: T | null | undefined): T {
  if (value !== null && value !== undefined) return value;
  throw new FerryError("NOT_CONFIGURED", `The app has no ${what} for d1-ferry`, {
    hint: "Check the bindings in wrangler.json and the names given to d1-ferry.",
  });
}
