import type { Capabilities, Statement } from "../../../database/port.ts";
import type { LiveSchema, LiveTable } from "../../../database/schema.ts";
import { type ConflictRules, type ConflictSite, isCleared } from "../../compare/index.ts";
import type { RunDetails, TablePlan, UndoneRun } from "../../run/index.ts";
import type { Creation } from "../../schema/index.ts";
import type { FrameSource } from "../../source/index.ts";
import type { ListedRows, Staged, StagedTable } from "../../stage/index.ts";

/** What is applied, to what, by which rules: all that the statements of an apply are made from. */
export interface ApplyRequest {
  /** All that is staged. */
  readonly staged: Staged;
  /** The rows that the plan is: nothing else is written. */
  readonly listed: ListedRows;
  /** By table: the columns that updates write. */
  readonly changed: ReadonlyMap<string, readonly string[]>;
  readonly rules: ConflictRules;
  /** Set where a run is undone: rows that constraints hold are left. */
  readonly undoes: boolean;
  /** What the plan found. */
  readonly plan: Readonly<Record<string, TablePlan>>;
  /** An archive, whose staged parts are numbered as its frames; null for a document. */
  readonly frames: Pick<FrameSource, "index" | "schema"> | null;
  readonly target: ApplyTarget;
  readonly displaced: DisplacedRows;
  readonly commit: CommitOptions;
  /** Where the run is applied in many transactions. */
  readonly inParts: InParts;
}

/** The database that the rows go to. */
export interface ApplyTarget {
  schema: LiveSchema;
  /** Statements that create what it lacks: tables before the rows, the rest after them. */
  create: Pick<Creation, "missing" | "tables" | "before" | "after" | "objects">;
  /** The tables, parents first, as they were when the run began: what is behind a mark must not move with a migration. */
  order: readonly string[];
  capabilities: Pick<Capabilities, "maxColumns" | "namesBrokenKeys">;
}

export type Displacement = "another value" | "deletion";

/** Live rows that hold a unique value which an incoming row brings, and how they make room for it. */
export interface DisplacedRows {
  /** Where they must be moved away first. */
  sites: readonly ConflictSite[];
  /** In many transactions: all rows that a mirror deletes, of which some have to go with those. @default none */
  going?: readonly StagedTable[];
  /** In many transactions: all rows that are written, some of them before those. @default none */
  written?: readonly StagedTable[];
  /** Deletes them for a while, where no other value can stand in for theirs. @default "another value" */
  by?: Displacement | undefined;
  /** Names of indexes that are dropped for the batch and made again at its end. @default none */
  suspendedIndexes?: readonly string[];
  /** Names of tables whose updated rows are deleted, and written anew in full. @default none */
  rewritten?: readonly string[];
}

/** What is written down together with the rows. */
export interface CommitOptions {
  /** Who has to have the lock for any of it to count. */
  driver: string;
  /** The run's, as it is when the apply begins. */
  record: RunDetails;
  /** Null where the next one is taken. */
  version: number | null;
  /** Write `seed_history`; `replaced` when it may have the version already. */
  history: { replaced: boolean } | null;
  /** Of an undo: the runs that it takes back. */
  undone?: readonly UndoneRun[] | undefined;
  /** Statements that lift AUTOINCREMENT sequences. */
  sequences: readonly Statement[];
  /** Milliseconds since 1970. */
  now: number;
}

export interface InParts {
  /** True where earlier transactions of the run are committed. */
  partly: boolean;
  /** See SyncOptions. */
  sliceBytes?: number | undefined;
}

export function tablesOf({ tables }: Staged): LiveTable[] {
  return tables.map(({ table }) => table);
}

/** The tables that the plan changes, parents and children in no order. */
export function changedTables({ listed: { writes, deletes } }: ApplyRequest): LiveTable[] {
  const tables = [...writes.tables, ...deletes].map(({ table }) => table);
  return [...new Map(tables.map((table) => [table.name, table])).values()];
}

/** Of the tables that change only as a whole: what is written into them anew, or where nothing is, what goes of them. */
export function clearedTables({ listed: { writes, deletes }, plan }: ApplyRequest): StagedTable[] {
  return [...writes.tables, ...deletes].filter((list) => isCleared(list, plan[list.table.name]));
}

/** The rows that are updated, and the columns that it is in. */
export function updatesOf({ listed: { befores }, changed }: ApplyRequest) {
  return { befores, changed };
}
