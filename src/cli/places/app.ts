import type { FerryClient } from "../../client/client.ts";

/** An app with d1-ferry in it, as the commands see it. */
export interface App {
  readonly url: URL;
  readonly client: FerryClient;
  /** What its answers so far say they used. */
  readonly usage: AppUsage;
}

/** Sums over an app's answers, by what was asked. */
export type AppUsage = Record<"export" | "upload" | "sync", UsageSum>;

export interface UsageSum {
  /** Requests answered: one Worker invocation each. */
  invocations: number;
  statements: number;
  maxStatementsPerInvocation: number;
  bucketOperations: number;
  ms: number;
}
