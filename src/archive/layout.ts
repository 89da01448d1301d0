import { FrameOrder, isKeyed, problemOfKeys } from "./frame-order.ts";
import { MAX_FRAME_BYTES } from "./limits.ts";
import { glueMember } from "./member.ts";
import { BETWEEN_LINES, corrupt, lastSeparator, type OpenTable, openAfter, separatorBefore } from "./text.ts";
import type { ArchiveKind, FrameEntry, SchemaObject, TableSummary } from "./types.ts";

/** A frame and the separator before it, as the file must have them. */
export interface PlacedFrame {
  /** Its number in the file, from 0. */
  seq: number;
  entry: FrameEntry;
  separator: string;
  /** Where the separator's member begins, or the frame's where there is none; bytes. */
  start: number;
  /** Behind the frame's member. */
  end: number;
  /** Behind the members with its rowids. */
  stop: number;
}

/** Even text that does not compress grows by less than this, bytes. */
const MEMBER_OVERHEAD = 1024 * 1024;

/** What the header and the tail say of the frames. */
export interface LayoutRules {
  kind: ArchiveKind;
  schema: readonly SchemaObject[];
  runs: readonly TableRun[];
}

/** Where the frames of a table stand: those with `start <= seq < end`. */
export interface TableRun {
  table: string;
  start: number;
  end: number;
  rows: number;
}

export function tableRuns(tables: readonly Pick<TableSummary, "table" | "frames" | "rows">[]): TableRun[] {
  let end = 0;
  return tables.map(({ table, frames, rows }) => {
    const start = end;
    end += frames;
    return { table, start, end, rows };
  });
}

/** Where placing begins: at the first frame behind the header, or behind a frame of an earlier page. */
export type LayoutStart = { headerBytes: number } | { seq: number; previous: FrameEntry };

/**
 * Follows the index through the file, frame after frame: every byte between header and index must be a
 * frame's, its rowids' or a separator's, and each table's frames must stand in one run, where the tail says.
 */
export class Layout {
  readonly #rules: LayoutRules;
  readonly #order: FrameOrder;
  #seq = 0;
  /** Where the next separator begins. */
  #position: number;
  #open: OpenTable | null = null;
  /** Rows of the open table so far; null where its beginning was not seen. */
  #rows: number | null = null;
  /** Whether lines of the open table stand before the frame that placing began behind. */
  #linesUnknown = false;

  constructor(rules: LayoutRules, start: LayoutStart) {
    this.#rules = rules;
    if ("headerBytes" in start) {
      this.#position = start.headerBytes;
      this.#order = new FrameOrder();
      return;
    }
    const { seq, previous } = start;
    this.#seq = seq;
    this.#position = stopOf(previous);
    this.#order = new FrameOrder([], previous);
    this.#open = openAfter(null, previous);
    this.#linesUnknown = !this.#open.hasLines;
  }

  /** Rejects with `ARCHIVE_CORRUPT`. */
  place(entries: readonly FrameEntry[]): PlacedFrame[] {
    const otherKey = problemOfKeys(entries, this.#rules.schema);
    if (otherKey !== null) throw wrong(otherKey);
    return entries.map((entry) => this.#placeOne(entry));
  }

  /** The separator between the last frame and the index, and where it ends. */
  end(): { separator: string; position: number } {
    const separator = lastSeparator(this.#open);
    return { separator, position: this.#position + glueMember(separator).byteLength };
  }

  #placeOne(entry: FrameEntry): PlacedFrame {
    const seq = this.#seq++;
    this.#checkOrder(entry, seq);
    const start = this.#position;
    const separator = this.#separatorBefore(entry);
    const offset = start + glueMember(separator).byteLength;
    if (entry.offset !== offset || entry.bytes > MAX_FRAME_BYTES + MEMBER_OVERHEAD) {
      throw corrupt(`The index does not match the file at frame ${seq + 1} (${entry.table})`);
    }
    if (this.#open?.table !== entry.table || entry.textBytes > 0) this.#linesUnknown = false;
    this.#open = openAfter(this.#open, entry);
    this.#order.add(entry);
    this.#position = stopOf(entry);
    return { seq, entry, separator, start, end: entry.offset + entry.bytes, stop: this.#position };
  }

  #checkOrder(entry: FrameEntry, seq: number): void {
    const { kind, runs } = this.#rules;
    const problem = this.#order.problemOf(entry);
    if (problem !== null) throw wrong(problem);
    const run = runs.find(({ end }) => seq < end);
    if (run?.table !== entry.table) throw wrong(`frame ${seq + 1} is of another table than the tail says`);
    if (seq === run.start) this.#rows = 0;
    if (this.#rows !== null) this.#rows += entry.rows;
    if (seq === run.end - 1 && (this.#rows ?? run.rows) !== run.rows)
      throw wrong(`${entry.table} has another number of rows than the tail says`);
    if (!isKeyed(entry)) {
      const last = seq === run.end - 1;
      if (last !== (entry.through === null)) throw wrong(`the frames of ${entry.table} end elsewhere`);
    } else if (kind === "full") throw wrong(`${entry.table} is not there as a whole`);
    if (!isOfRun(entry, kind)) throw wrong(`a frame of ${entry.table} says of its rows what cannot be`);
  }

  /** Where nobody knows whether the table has lines already, the frame's place tells. */
  #separatorBefore(entry: FrameEntry): string {
    const known = separatorBefore(this.#open, entry);
    if (!this.#linesUnknown || this.#open?.table !== entry.table || entry.textBytes === 0) return known;
    const follows = entry.offset === this.#position + glueMember(BETWEEN_LINES).byteLength;
    return follows ? BETWEEN_LINES : known;
  }
}

function stopOf({ offset, bytes, rowidBytes = 0 }: FrameEntry): number {
  return offset + bytes + rowidBytes;
}

/** Whether what it says of a run, if it does, can be so. */
function isOfRun(
  { rows, keys, made, deleted, keyless, through, rowidBytes }: FrameEntry,
  kind: ArchiveKind,
): boolean {
  if (keyless && (!made || through !== null || rowidBytes !== undefined)) return false;
  return (!made && !deleted) || (kind === "before-images" && keys === rows && made !== deleted);
}

function wrong(problem: string) {
  return corrupt(`The index is wrong: ${problem}`);
}
