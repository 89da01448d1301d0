import type { ArchiveKind, Key, MergedEdits } from "../../archive/types.ts";
import type { ArchiveWriterState } from "../../archive/writer.ts";
import type { HeldBack } from "../schema/index.ts";
import type { SourceKind } from "../source/index.ts";
import type { CountEntry } from "./count-entry.ts";
import type { KeptImages } from "./kept-images.ts";
import type { Atomic, Mode, OnConflict, RunRequest } from "./options.ts";
import type { Plan, RunFailure, RunStatus, WrittenRows } from "./report.ts";
import type { Verification } from "./verification.ts";

/** How far the counting has come, between two invocations; plain JSON. */
export interface PlanProgress {
  /** Steps that are counted. */
  steps: number;
  entries: CountEntry[];
  /** By the name of a unique index. */
  sites: Record<string, SiteCount>;
  /** Rows that point to nothing, by a foreign key's place among those that are asked about. */
  orphans: Record<string, { rows: number; key: string | null }>;
  databaseBytes: number | null;
  /** Of an undo: it is known which rows are taken back. @default false */
  settled?: boolean;
  /** How far the rows that are written are in an order for many transactions. @default none is looked at */
  ordering?: OrderingProgress;
  /** How far the live rows are listed that the plan writes over; null before. */
  listing: ListingProgress | null;
}

/** The ordering of rows of tables that point to themselves. */
export interface OrderingProgress {
  /** Tables that are done. */
  tables: number;
  /** Of the next one: pairs of slices in which nothing points ahead. */
  pairs: number;
  unordered: UnorderedTable[];
}

/** A table whose rows only one transaction can write: they refer to each other, and no order of parts of them does. */
export interface UnorderedTable {
  table: string;
  columns: string[];
  /** Rows that would have to be written at once; those of the table where there are too many to look at. */
  rows: number;
  why: UnorderedBecause;
}

/** "shapes": rows in a circle do not have the same columns; "keyless": rows without their table's key are referred to ahead. */
export type UnorderedBecause = "circle" | "shapes" | "keyless" | "many";

/** By table: the columns that the plan's updates change somewhere. */
export type ChangedColumns = [table: string, columns: string[]][];

/** The reading of live rows into lists. */
export interface ListingProgress {
  /** The columns that change somewhere. */
  columns: ChangedColumns;
  /** The lists to read, each of a table or of a slice of it: their live rows' bytes. */
  bytes: number[];
  /** The target's size with them, as the engine said last. Absent where it does not say. */
  databaseBytes?: number;
  /** Lists that are read. */
  done: number;
  /** Of the next one: the key behind which it goes on, and its pieces so far. */
  after: Key;
  pieces: number;
}

/** What stands in the way of the incoming rows at a unique index. */
export interface SiteCount {
  /** Rows whose value a live row has that stays: conflicts. */
  blocked: number;
  /** Rows whose value a live row has that gives way, once it is displaced. */
  displaced: number;
}

/** How far such an archive is written. */
export interface ImagingProgress {
  hash: string;
  /** What the sink and the archive's writer go on from. */
  sink: unknown;
  writer: ArchiveWriterState;
  /** How far the rows are read; the writer of images knows what it means. */
  place: unknown;
  rows: number;
  /** Rows in it so far, whatever they say. */
  written: number;
}

/** What a run keeps in the target between two invocations. */
export interface RunRecord {
  readonly key: string;
  /** Changed by status.ts alone, like `applied` and `results`. */
  readonly status: RunStatus;
  /** True once the rows are committed. */
  readonly applied: boolean;
  readonly startedAt: number;
  /** What the apply counted, as `CountEntry` JSON joined by commas; null before it. */
  readonly results: string | null;
  readonly details: RunDetails;
}

/** The part that is kept as JSON. */
export interface RunDetails {
  /** What is part of its plans' hashes, and is told to nobody. Absent in runs that an earlier version began. */
  secret?: string;
  /** Whose the run is, as its guard says. @default nobody knows */
  owner?: string | null;
  request: RunRequest & { mode: Mode; onConflict: OnConflict; atomic: Atomic };
  version: number | null;
  kind: SourceKind | null;
  /** Where the source says that its rows are from; null where it does not. */
  source?: { engine: string; name?: string } | null;
  /** What the rows of an archive of keyed frames are; absent for any other source. Never "full". */
  parts?: ArchiveKind;
  /** What a delta says of edits on both sides: for people. @default nothing */
  merged?: MergedEdits;
  /** The source's size, by which another one under the same key is told. */
  sourceBytes?: number;
  /** The same of the frames that a plain document carries. */
  sourceFrames?: string;
  tables: string[];
  totalRows: number | null;
  /** A hash for each table's rows: equal ones hold the same. */
  contents: Record<string, string>;
  /** Tables of the source that are not written, as it was decided when the run began. */
  heldBack: HeldBack[];
  /** Tables of the source that are left as they are, for the history has the run's version of them. @default none */
  left?: string[];
  /** Tables that the run makes in the target. */
  created: string[];
  /** The tables, parents first, as they were when the run began to apply frame by frame. */
  order?: string[];
  staged: boolean;
  plan: Plan | null;
  /**
   * Which plan it is, and what for. Null where the next call plans anew; `refused` where one does that does not name
   * the plan, for it was refused, and what stood in the way may be no part of it. `rows`: the name of its rows, once a
   * call has named it so.
   */
  kept?: { asked: string; hash: string; rows?: string; refused?: boolean } | null;
  /** Plans that rows overtook, one after the other. */
  replans?: number;
  /** What was written by a plan that was given up for another one, in many transactions. */
  earlier?: [table: string, written: WrittenRows][];
  /** A plan that is being counted, and for what. */
  counting?: (PlanProgress & { asked: string }) | null;
  changed?: ChangedColumns;
  /** Tables that the plan can write in one transaction and not in many. @default none */
  unordered?: UnorderedTable[];
  /** Names of unique indexes at which rows must be displaced. */
  displacedAt: string[];
  /** Frames whose hash was compared with the live table. */
  verifiedFrames: number;
  /** The rows in them. */
  verifiedRows: number;
  verified: boolean;
  /** By table: rows that were otherwise when they were read back. */
  changedSince?: [table: string, rows: number][];
  /** Known once the run is completed. */
  verification?: Verification;
  notes: string[];
  error: RunFailure | null;
  completedAt: number | null;
  /** The archives of rows as they were before the run, the oldest first. */
  images?: KeptImages[];
  /** The one that is being written. */
  imaging?: ImagingProgress | null;
  /** The target had all of its rows: it is completed without a transaction of its own, and has taken no version. */
  unchanged?: boolean;
  /** The key of the run whose changes this one took back. */
  undoes?: string;
  /** The key of the run that took this one's changes back. */
  undoneBy?: string;
  /** How heavy the last steps were; see setbacks. @default 0 */
  setbacks?: number;
  /** A request goes beyond the calls that every plan allows, and has not ended; see allowance. */
  reaching?: boolean;
  /** A request was lost beyond them: the plan allows no more. */
  fewCalls?: boolean;
  /** A request ended well beyond them. */
  manyCalls?: boolean;
}
