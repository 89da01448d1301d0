import type { FerryClient } from "../../client/client.ts";
import { placeName } from "./place.ts";

/** An app with d1-ferry in it, as the commands see it. */
export interface App {
  readonly url: URL;
  readonly client: FerryClient;
  /** What its answers so far say they used. */
  readonly usage: AppUsage;
  /** The flags that name its credentials' variables; none for those that belong to its address. */
  readonly credentialFlags: readonly string[];
}

/** How another command line names the app. */
export function wordsFor({ url, credentialFlags }: Pick<App, "url" | "credentialFlags">): string[] {
  return ["--url", placeName({ kind: "app", url }), ...credentialFlags];
}

/** Sums over an app's answers, by what was asked. */
export type AppUsage = Record<"compare" | "export" | "upload" | "sync", UsageSum>;

export interface UsageSum {
  /** Requests answered: one Worker invocation each. */
  invocations: number;
  statements: number;
  maxStatementsPerInvocation: number;
  bucketOperations: number;
  ms: number;
}
