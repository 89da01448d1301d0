import type { LogEntry } from "../bucket/log.ts";
import type { Bucket } from "../bucket/port.ts";
import { withRetry } from "../bucket/retry.ts";
import { type Budget, createBudget } from "../budget.ts";
import type { Database } from "../database/port.ts";
import { FerryError } from "../errors.ts";
import type { WorkflowLike } from "./background.ts";
import { type Caller, THE_APP } from "./caller.ts";
import { type EventHandler, type FerryEvent, tellHost } from "./events.ts";
import { ALLOWANCES, isNamed, type Platform, readPlatform, SMALLEST } from "./platforms.ts";
import { countBucketOperations, countStatements, createUsageMeter, type UsageMeter } from "./usage.ts";

/** A request has 25 seconds: what the bucket does not answer soon is left to the caller. */
const RETRIES = { retries: 3, maxTime: 4_000 };

/** What is known of a call, for the record, that it does not answer. `outcome` is that of its run. */
export type RecordedFacts = Pick<LogEntry, "content" | "plan" | "rowsWritten"> &
  Partial<Pick<LogEntry, "outcome" | "mode">>;

/** One bounded piece of work, such as a request or the tick of a schedule, and what it may use. */
export interface Invocation {
  readonly meter: UsageMeter;
  readonly database: Database;
  readonly bucket: Bucket;
  readonly budget: Budget;
  /** Null where the app has none. */
  readonly workflow: WorkflowLike | null;
  readonly platform: Platform;
  /** Whether somebody said the platform; else it is assumed. */
  readonly platformNamed: boolean;
  /** What stands in FERRY_TOKENS, unread; undefined where the app takes none of these tokens. */
  readonly tokens: unknown;
  readonly caller: Caller;
  /** The address that the caller's request came from; null where nobody says. */
  readonly from: string | null;
  /** What the record says of it beside what it answers. */
  readonly facts: RecordedFacts;
  /** Tells the app what happened. Neither throws nor takes time. */
  readonly tell: (event: FerryEvent) => void;
}

/**
 * What an app hands over for one invocation. Database and bucket are read at most once, and only by what
 * needs them, so they may be getters. What is missing then rejects with `NOT_CONFIGURED`.
 */
export interface Resources {
  readonly database: Database | null | undefined;
  readonly bucket: Bucket | null | undefined;
  readonly workflow?: WorkflowLike | null | undefined;
  /** Where the app runs: how much the invocation may do. @default "webflow-cloud" */
  readonly platform?: Platform | undefined;
  /** What stands in FERRY_TOKENS. @default the app takes no such tokens */
  readonly tokens?: unknown;
  /** Told what happens, for the app's own log. @default nobody is */
  readonly onEvent?: EventHandler | undefined;
}

/** Who asks: by default the app itself, which may do all. */
export interface AskedBy {
  caller: Caller;
  /** The address that the request came from; null where nobody says. */
  from: string | null;
}

export function createInvocation(
  resources: Resources,
  { caller, from }: AskedBy = { caller: THE_APP, from: null },
): Invocation {
  const meter = createUsageMeter();
  const platform = readPlatform(resources.platform);
  const { sharesCalls, ...allowance } = ALLOWANCES[platform];
  const budget = createBudget({
    ...allowance,
    ...(isNamed(resources.platform) ? {} : { smallest: SMALLEST }),
  });
  let database: Database | undefined;
  let bucket: Bucket | undefined;
  return {
    meter,
    budget,
    platform,
    platformNamed: isNamed(resources.platform),
    get tokens() {
      return resources.tokens;
    },
    caller,
    from,
    facts: {},
    tell: tellHost(resources.onEvent),
    get database() {
      database ??= countStatements(configured("database", resources.database), meter);
      return database;
    },
    get bucket() {
      // Counted below the retries, so that each try counts.
      bucket ??= withRetry(
        countBucketOperations(configured("bucket", resources.bucket), () => {
          meter.bucketOperations += 1;
          if (sharesCalls) budget.spend(1);
        }),
        RETRIES,
      );
      return bucket;
    },
    get workflow() {
      return resources.workflow ?? null;
    },
  };
}

function configured<T>(what: string, value: T | null | undefined): T {
  if (value !== null && value !== undefined) return value;
  throw new FerryError("NOT_CONFIGURED", `The app has no ${what} for d1-ferry`, {
    hint: "Check the bindings in wrangler.json and the names given to d1-ferry.",
  });
}
