import type { Key, Moment, Range, TableSummary } from "../../archive/types.ts";
import type { ArchiveWriterState } from "../../archive/writer.ts";
import type { Budget } from "../../budget.ts";
import type { ChangeMarker } from "../../database/change-marker.ts";
import type { TableChoice } from "../schema/index.ts";

export interface ExportOptions extends TableChoice {
  /** The version that the data is recorded under at the target. @default 1 */
  version?: number | undefined;
  /** The source's name for people: a file, a host. */
  name?: string | undefined;
  /** What this invocation may do. @default unlimited */
  budget?: Budget | undefined;
  /** Where an earlier invocation stopped. */
  state?: ExportState | undefined;
  /** Bytes of row text a frame is closed at; never more than a million, or than the budget's. @default 1_000_000 */
  frameBytes?: number | undefined;
  /** The caller holds a transaction, so that all reads see the database of one moment. @default false */
  snapshot?: boolean | undefined;
  /** Milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined;
}

/** What was asked for, as far as a reading that begins anew has to know it. */
export type AskedExport = Omit<ExportOptions, "budget" | "state" | "now">;

/** Where an export stands between two invocations; plain JSON. */
export interface ExportState {
  version: number;
  tables: string[];
  /** How large its frames are. @default 1_000_000 */
  frameBytes?: number;
  /** Tables whose declared key holds NULLs: their rows are identified by rowid. */
  rowidKeys: string[];
  notes: string[];
  /** The table being written, an index into `tables`. */
  table: number;
  /** Its ranges that are known and not yet written, and where to look for more of them. */
  ahead: { ranges: Range[]; after: Key; more: boolean };
  /** Rows written, by table. */
  counts: number[];
  writer: ArchiveWriterState | null;
  asked: AskedExport;
  reading: Reading;
}

/** One of the readings of a database that an export makes until nothing changes meanwhile. */
export interface Reading {
  /** From 1. */
  attempt: number;
  /** Milliseconds since 1970: when it began. */
  from: number;
  /** The database as it was then. */
  marker: Pick<ChangeMarker, "rows" | "schema">;
  /** What the reading before it found; null where there was none, or it was given up. */
  earlier: TableSum[] | null;
}

export type TableSum = Pick<TableSummary, "table" | "rows" | "textBytes" | "crc32">;

export interface ExportReport {
  done: boolean;
  /**
   * The database changed while it was read, and is to be read again: what was written so far is void. Go on with
   * `state`, and a `write` that begins anew.
   */
  again: boolean;
  /** Of which moment the archive is; null until it is done. */
  moment: Moment | null;
  state: ExportState;
  version: number;
  stats: { table: string; count: number }[];
  /** Archive bytes written so far, by all invocations. */
  bytes: number;
  /** One line for each thing that was left out. */
  notes: string[];
}

export const FRAME_BYTES = 1_000_000;
