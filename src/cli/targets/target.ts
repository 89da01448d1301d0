import type {
  Plan,
  PlannedRow,
  RunProgress,
  RunRequest,
  SyncOptions,
  TableResult,
  Verification,
  WrittenRows,
} from "../../sync/run/index.ts";
import type { Given } from "../options/run-options.ts";

/** What a run came to: its plan after a dry run, its results once completed. */
export interface RunOutcome {
  status: "planned" | "completed";
  version: number | null;
  plan: Plan | null;
  results: Record<string, TableResult> | null;
  /** There was nothing to write, and no version is taken. @default false */
  unchanged?: boolean;
  verified: boolean;
  /** Null where it is not known, as of an app with an older d1-ferry. */
  verification: Verification | null;
  notes: string[];
  /** The key of the undo of a completed run; null where there is nothing to undo, or none is kept. */
  undo: string | null;
}

export type DriveProgress = Pick<RunProgress, "currentTable"> & {
  phase: string;
  /** Rows that this phase has finished. */
  records: number;
  /** Null while it is not known. */
  totalRecords: number | null;
};

export type DriveOptions = Given<
  RunRequest & Pick<SyncOptions, "dryRun" | "expectDeletes" | "expectUpdates" | "plan">
>;

/** What a run has written that was given up. */
export interface LeftBehind {
  /** By table. */
  rows: Record<string, WrittenRows>;
  /** It can be undone. */
  undoable: boolean;
}

/** A database that a run is driven in: an app's, over HTTP, or a file's, in this process. */
export interface Target {
  readonly kind: "app" | "sqlite";
  /** For the plan's first line. */
  readonly name: string;
  /** What is typed to confirm deletes. */
  readonly host: string;
  /** How another command line names it; a file's run is nobody else's. */
  readonly words: readonly string[];
  /**
   * Drives the run until it is completed, or with `dryRun` planned; resumes where an earlier command
   * stopped. Rejects with the run's FerryError.
   */
  drive(
    key: string,
    options: DriveOptions,
    onProgress: (progress: DriveProgress) => void,
  ): Promise<RunOutcome>;
  /**
   * The plan of a run that was confirmed and is being applied, by a driver that may be gone; null for
   * every other run.
   */
  confirmedPlan(key: string): Promise<Plan | null>;
  /** Leaves a confirmed run to whatever drives runs at the target; rejects where nothing does. */
  handOver(key: string, options: DriveOptions): Promise<void>;
  /** The rows of the plan that a run goes by. Rejects with `PLAN_STALE` where that is no longer this one. */
  rows(key: string, plan: Plan): AsyncGenerator<PlannedRow[]>;
  /** The run that took a run's changes back; null where none did, or where nobody knows. */
  undoneBy(key: string): Promise<string | null>;
  /** What a completed run came to; null for every other run. */
  completed(key: string): Promise<RunOutcome | null>;
  /**
   * Forgets the run and what was staged for it. Rejects when the target cannot be reached. Answers what stays of it in the
   * tables, where it had not come to its end; null where that is nothing.
   */
  drop(key: string, options: { keepRecord: boolean }): Promise<LeftBehind | null>;
  close(): Promise<void>;
}
