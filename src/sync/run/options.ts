import type { Budget } from "../../budget.ts";
import type { TableChoice } from "../schema/index.ts";

/**
 * - `merge`: insert and update, never delete
 * - `insert`: insert what is missing, leave the rest as it is
 * - `mirror`: make the tables equal, deleting what the source does not have
 */
export type Mode = "merge" | "insert" | "mirror";

/** What to do with an incoming row whose unique value another row holds, under another key. */
export type OnConflict = "fail" | "skip" | "replace";

/** One transaction for everything: when it is small enough for that, in any case, or never. */
export type Atomic = "auto" | "always" | "never";

/** What was asked of a run. Kept with it; a later call may change it until the run is applied. */
export interface RunRequest extends TableChoice {
  /** @default "merge" */
  mode?: Mode | undefined;
  /** @default "fail" */
  onConflict?: OnConflict | undefined;
  /** @default "auto" */
  atomic?: Atomic | undefined;
  /** Apply a version that the history has already. @default false */
  force?: boolean | undefined;
  /** Overrides the document's version. */
  version?: number | undefined;
  /** Create tables that the target lacks, with their indexes, triggers and views. @default false */
  create?: boolean | undefined;
}

export interface SyncOptions extends RunRequest {
  /** Stop when the plan is made. @default false */
  dryRun?: boolean | undefined;
  /** Refuse with `CONFIRMATION_REQUIRED` unless exactly so many rows would be deleted. */
  expectDeletes?: number | undefined;
  /**
   * Bytes of staged rows that one statement of the plan, and one transaction of the frames' road, works
   * on. @default 64 MB in a plan, 8 MB in a transaction
   */
  sliceBytes?: number | undefined;
  /** What this invocation may do. @default unlimited */
  budget?: Budget | undefined;
  /** Names the caller for the run's lock. @default a random name */
  driver?: string | undefined;
  /** Keep d1-ferry's tables out of the database (see ControlOptions). @default false */
  temporary?: boolean | undefined;
  /** Milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined;
}
