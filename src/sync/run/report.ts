import type { MergedEdits } from "../../archive/types.ts";
import type { ErrorCode } from "../../errors.ts";
import type { HeldBack } from "../schema/index.ts";
import type { AddedColumn } from "./added-columns.ts";
import type { KeptImages } from "./kept-images.ts";
import type { Mode, OnConflict } from "./options.ts";
import type { PlanDetail } from "./planned-row.ts";
import type { Verification } from "./verification.ts";

export type RunStatus =
  | "pending"
  | "staging"
  | "planned"
  | "applying"
  | "verifying"
  | "completed"
  | "refused"
  | "failed";

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

/** Rows that a run has changed. */
export type WrittenRows = Pick<TableResult, "inserted" | "updated" | "deleted">;

/** Rows that an undo leaves as they are. */
export interface LeftRows {
  /** Somebody has changed them since. */
  edited: number;
  /** A constraint holds them: rows that came to point to them, values that others took, parents that are gone. */
  held: number;
}

export interface TablePlan extends TableResult, PlanDetail {
  /** Of an undo. Absent where there are none. */
  left?: LeftRows;
  /** Rows in the target's table now. */
  live: number;
}

export interface Conflict {
  table: string;
  index: string;
  /** The incoming row's key, JSON. */
  key: string;
  /** The key of the row that holds the value, JSON. */
  takenBy: string;
}

/** An object that the run creates, with the SQL that it runs. */
export interface CreatedObject {
  type: "table" | "index" | "trigger" | "view" | "virtual";
  name: string;
  /** What it belongs to; its own name where there is nothing. */
  table: string;
  sql: string;
}

export interface Plan {
  /** Says which rows it is, for which document: what is confirmed. SHA-256, hex. */
  hash?: string;
  tables: Record<string, TablePlan>;
  /** The version that the apply would have taken when the plan was made. Absent where it was told one. */
  nextVersion?: number;
  /** There is nothing to write, and no version was asked for: the run ends here, and takes none. */
  unchanged?: true;
  /** What the run creates, in this order. Absent in plans that an earlier version made. */
  creates?: CreatedObject[];
  /** Columns that the run's transaction adds, in this order; only in a SQLite file. Absent where there are none. */
  adds?: AddedColumn[];
  /** What the document brings and the run does not write, for it is not named. Absent where there is nothing. */
  heldBack?: HeldBack[];
  /** Rows written as D1 bills them, indexes counted. An upper bound. */
  rowsWritten: number;
  /** Bytes that the staged frames take in the target until the run ends. */
  stagedBytes: number;
  /** The target's size with what is staged and listed, before the apply, bytes; null where the engine does not say. */
  databaseBytes: number | null;
  /** One transaction for everything, or one a frame. */
  transactions: "one" | "many";
  /** Why one, or why many. */
  reason: string;
  /** The first conflicts, 20 at the most. */
  conflicts: Conflict[];
  conflictCount: number;
  /** Of an undo: rows that it leaves as they are. */
  left?: LeftRows;
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
  /** Bytes of the document that are read and staged. Absent where nobody looked. */
  bytesProcessed?: number;
  /** The document's size, bytes; null where `bytesProcessed` is of its text, which is packed. */
  totalBytes?: number | null;
  /** Rows of which it is known what became of them in the tables. */
  recordsApplied: number;
  /** Rows that were read back and are right. */
  recordsVerified: number;
  /** 0 while it is not known: a plain document says it at its end. */
  totalRecords: number;
}

export interface RunReport {
  key: string;
  /** Whose the run is; null where nobody said. */
  owner: string | null;
  status: RunStatus;
  version: number | null;
  mode: Mode;
  onConflict: OnConflict;
  plan: Plan | null;
  /** A hash for each table that it takes: equal ones hold the same. Those of a plain document are known at its end. */
  contents: Record<string, string>;
  results: Record<string, TableResult> | null;
  /** What it has written so far, by table; of a run in many transactions also before it is completed. */
  written: Record<string, WrittenRows>;
  /** Each table was read back or compared, and holds what the document holds. */
  verified: boolean;
  /** Which was done of it; null while the run is not completed, and where nobody came to do it. */
  verification: Verification | null;
  progress: RunProgress;
  error: RunFailure | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  completedAt: number | null;
  notes: string[];
  /** What its source says of edits on both sides; null where it says nothing. */
  merged: MergedEdits | null;
  /** It is completed, and there was nothing to write. */
  unchanged: boolean;
  /** The archives of rows as they were before it, the oldest first. */
  images: KeptImages[];
  /** The key of the run whose changes this one takes back. */
  undoes: string | null;
  /** The key of the run that took its changes back. */
  undoneBy: string | null;
}
