import type { CallOptions, RunOptions } from "../../api/run-options.ts";
import type { ArchiveKind } from "../../archive/types.ts";
import type { Budget } from "../../budget.ts";
import type { ImageStore } from "../undo/image-store.ts";
import type { AddedColumns } from "./added-columns.ts";

/**
 * - `merge`: insert and update, never delete
 * - `insert`: insert what is missing, leave the rest as it is
 * - `mirror`: make the tables equal, deleting what the source does not have
 */
export type Mode = NonNullable<RunOptions["mode"]>;

/** What to do with an incoming row whose unique value another row holds, under another key. */
export type OnConflict = NonNullable<RunOptions["onConflict"]>;

/** One transaction for everything: when it is small enough for that, in any case, or never. */
export type Atomic = NonNullable<RunOptions["atomic"]>;

/** What was asked of a run. Kept with it; a later call may change it until the run is applied. */
export type RunRequest = RunOptions;

/** What a call asks of the run and of itself: it refuses to delete or update another number of rows than it expects. */
export interface SyncOptions extends RunRequest, CallOptions {
  /**
   * Bytes of staged rows that one statement of the plan, and one transaction of many transactions, works
   * on. @default 64 MB in a plan, 8 MB in a transaction
   */
  sliceBytes?: number | undefined;
  /** What this invocation may do. @default unlimited */
  budget?: Budget | undefined;
  /** Names the caller for the run's lock. @default a random name */
  driver?: string | undefined;
  /** Holds the run to what its caller may do. @default nothing: whoever calls may do all */
  guard?: RunGuard | undefined;
  /** Told how the run ended, where it rejects with a permanent error. */
  onRejected?: ((how: "refused" | "failed") => void) | undefined;
  /** Where rows are kept as they were before the run. @default nowhere: it cannot be undone */
  images?: ImageStore | undefined;
  /** The key of the run that this one undoes: the source is what was kept of it. @default none */
  undoes?: string | undefined;
  /**
   * An undo has gone by the same rows before: what was added without keys is not taken once more. Not kept with the run:
   * each call says it. @default false
   */
  takenBefore?: boolean | undefined;
  /** What the caller's transaction, in which the run takes place, has added to the schema. @default nothing */
  added?: AddedColumns | undefined;
  /** Begins a completed run anew. @default false: it is refused, but with `force` */
  again?: boolean | undefined;
  /**
   * Which archives of parts are taken. Not kept with the run: each call says it.
   * @default "delta", and where a run is undone "before-images"
   */
  acceptsParts?: readonly Extract<ArchiveKind, "delta" | "before-images">[] | undefined;
  /** Keep d1-ferry's tables out of the database (see ControlOptions). @default false */
  temporary?: boolean | undefined;
  /** Milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined;
}

/** Each throws what the caller may not do, before it is done. */
export interface RunGuard {
  /** Whose a new run is. */
  readonly owner: string;
  /**
   * What the run is to do, by this call and by what earlier ones left to it. `owner` is whose the run is,
   * null where that is not known; whose it is from now on is answered.
   */
  request(run: { owner: string | null; request: RunRequest }): string;
  /** The tables that it is to write, as they are called in the target. */
  tables(names: readonly string[]): void;
  /** The rows that its plan deletes, before they are. */
  deletes(count: number): void;
  /** The tables by whose rows, as they are in the target, its plan is named. */
  reads(names: readonly string[]): void;
}
