import type { Plan, RunProgress, SyncOptions, TableResult } from "../../sync/types.ts";

/** Where a run stands after one call. */
export interface Step {
  state: "going" | "planned" | "completed";
  phase: string;
  version: number | null;
  plan: Plan | null;
  results: Record<string, TableResult> | null;
  verified: boolean;
  progress: Pick<RunProgress, "recordsProcessed" | "currentTable"> & { totalRecords: number | null };
  notes: string[];
}

export type StepOptions = Pick<
  SyncOptions,
  "mode" | "onConflict" | "force" | "version" | "tables" | "exclude" | "dryRun" | "expectDeletes"
>;

/** A database that a run is driven in: an app's, over HTTP, or a file's, in this process. */
export interface Target {
  /** For the plan's first line. */
  readonly name: string;
  /** What is typed to confirm deletes. */
  readonly host: string;
  /** One bounded step of the run. Rejects with the run's FerryError. */
  advance(key: string, options: StepOptions): Promise<Step>;
  /** Forgets the run and what was staged for it. Rejects when the target cannot be reached. */
  drop(key: string): Promise<void>;
  close(): Promise<void>;
}
