import type { Plan, RunProgress, SyncOptions, TableResult } from "../../sync/run/index.ts";

/** What a run came to: its plan after a dry run, its results once completed. */
export interface RunOutcome {
  status: "planned" | "completed";
  version: number | null;
  plan: Plan | null;
  results: Record<string, TableResult> | null;
  verified: boolean;
  notes: string[];
}

export type DriveProgress = Pick<RunProgress, "currentTable"> & {
  phase: string;
  /** Rows that this phase is through with. */
  records: number;
  /** Null while it is not known. */
  totalRecords: number | null;
};

export type DriveOptions = Pick<
  SyncOptions,
  | "mode"
  | "onConflict"
  | "atomic"
  | "force"
  | "create"
  | "version"
  | "tables"
  | "exclude"
  | "dryRun"
  | "expectDeletes"
>;

/** A database that a run is driven in: an app's, over HTTP, or a file's, in this process. */
export interface Target {
  readonly kind: "app" | "sqlite";
  /** For the plan's first line. */
  readonly name: string;
  /** What is typed to confirm deletes. */
  readonly host: string;
  /**
   * Drives the run until it is completed, or with `dryRun` planned; goes on where an earlier command
   * stopped. Rejects with the run's FerryError.
   */
  drive(
    key: string,
    options: DriveOptions,
    onProgress: (underway: DriveProgress) => void,
  ): Promise<RunOutcome>;
  /**
   * The plan of a run that was confirmed and is being applied, by a driver that may be gone; null for
   * every other run.
   */
  confirmedPlan(key: string): Promise<Plan | null>;
  /** Leaves a confirmed run to what the target drives it with; rejects where it has nothing for that. */
  handOver(key: string, options: DriveOptions): Promise<void>;
  /** What a run that is over came to; null when there is none that completed. */
  completed(key: string): Promise<RunOutcome | null>;
  /** Forgets the run and what was staged for it. Rejects when the target cannot be reached. */
  drop(key: string, options: { keepRecord: boolean }): Promise<void>;
  close(): Promise<void>;
}
