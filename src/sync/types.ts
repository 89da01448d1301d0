import type { ErrorCode } from "../errors.ts";
import type { Budget } from "./budget.ts";
import type { TableChoice } from "./tables.ts";

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

export type RunStatus = "pending" | "staging" | "planned" | "applying" | "verifying" | "completed" | "failed";

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

export interface TableResult {
  /** Rows in the document. */
  attempted: number;
  inserted: number;
  updated: number;
  /** Rows that were there, equal (or, in mode `insert`, there at all). */
  unchanged: number;
  deleted: number;
  /** Rows left out because of a conflict. */
  skipped: number;
}

export interface TablePlan extends TableResult {
  /** Rows in the target's table now. */
  live: number;
}

export interface Conflict {
  table: string;
  index: string;
  /** The incoming row's key, JSON. */
  key: string;
  /** The key of the row that holds the value, JSON. */
  holder: string;
}

export interface Plan {
  tables: Record<string, TablePlan>;
  /** Rows written as D1 bills them, indexes counted. An upper bound. */
  rowsWritten: number;
  /** Bytes that the staged frames take in the target until the run ends. */
  stagedBytes: number;
  /** The target's size with the staged frames, bytes; null where the engine does not say. */
  databaseBytes: number | null;
  /** One transaction for everything, or one a frame. */
  road: "atomic" | "frames";
  /** Why this road. */
  reason: string;
  /** The first conflicts, 20 at the most. */
  conflicts: Conflict[];
  conflictCount: number;
  expectedSeconds: number;
}

export interface RunFailure {
  error: string;
  code: ErrorCode;
  hint?: string;
  details?: Record<string, unknown>;
}

export interface RunProgress {
  tablesProcessed: number;
  totalTables: number;
  currentTable: string | null;
  recordsProcessed: number;
  /** Rows of which it is known what became of them in the tables. */
  recordsApplied: number;
  /** Rows that were read back and are right. */
  recordsVerified: number;
  /** 0 while it is not known: a plain document says it at its end. */
  totalRecords: number;
}

export interface RunReport {
  key: string;
  status: RunStatus;
  version: number | null;
  mode: Mode;
  onConflict: OnConflict;
  plan: Plan | null;
  results: Record<string, TableResult> | null;
  /** The target was read again after the apply, and holds what the document holds. */
  verified: boolean;
  progress: RunProgress;
  error: RunFailure | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  completedAt: number | null;
  notes: string[];
}
