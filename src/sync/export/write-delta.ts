import { goneLine, rowLines } from "../../archive/keyed-text.ts";
import type { Cell, DocumentHeader, Moment, Rowid } from "../../archive/types.ts";
import { type ArchiveWriterState, createArchiveWriter, type FrameToWrite } from "../../archive/writer.ts";
import type { Bytes } from "../../bytes.ts";
import { FRAME_BYTES } from "./export-state.ts";

/*
 * Archives of kind "delta": of some keys of a table their rows, or that they have none. Of a table without a change
 * nothing is written. One frame is in memory.
 */

/** What is known of a key: its row, or that there is none. The key's cells are in the order of the key's columns. */
export type KeyedLine = (
  | {
      key: Cell[];
      /** The row as a frame has it: what `readRange` reads, or `encodeRow` makes of all stored columns. */
      line: string;
      /** Where the table has rowids that no column shows: the row's. A frame has them of all of its rows, or of none. */
      rowid?: Rowid;
    }
  | { gone: Cell[] }
) & {
  /** The SHA-256 of the line that this was made against, null for no row. @default nothing is said of it */
  was?: string | null;
};

/** A table of a delta: its keys, in their order unless the writer is told otherwise; or all of it, in frames as an export has them. */
export type DeltaTable =
  | { table: string; keys: Iterable<KeyedLine> | AsyncIterable<KeyedLine> }
  | {
      table: string;
      whole: Iterable<Omit<FrameToWrite, "table">> | AsyncIterable<Omit<FrameToWrite, "table">>;
    };

export interface WrittenDelta {
  /** The archive's length. */
  bytes: number;
  tables: DeltaCount[];
}

export interface DeltaCount {
  table: string;
  rows: number;
  /** Keys without a row. */
  gone: number;
  /** All of the table is there. */
  whole: boolean;
}

/** Where a delta stands between two invocations; plain JSON. */
export interface DeltaState {
  archive: ArchiveWriterState;
  counts: DeltaCount[];
}

export interface DeltaWriter {
  /** The next key of a table. Keys of a table follow each other. */
  key(table: string, keyed: KeyedLine): Promise<void>;
  /** The next frame of a table that comes as a whole. They cover it from its first key to its last. */
  frame(frame: FrameToWrite): Promise<void>;
  /** Closes the open frame, and answers what a later writer goes on from, which the bytes written so far belong to. */
  pause(): Promise<DeltaState>;
  /** Last, once. */
  end(options?: { moment?: Moment | undefined }): Promise<WrittenDelta>;
}

export interface DeltaWriterOptions {
  /** Says what the archive is from; its schema has to have the tables that are written, and may have others. */
  header: Omit<DocumentHeader, "kind">;
  /**
   * The keys of a table come in their order, as SQLite has it by the key's collations: frames then say from where to
   * where they go, which nobody needs who syncs them. @default true
   */
  ordered?: boolean | undefined;
  /** Bytes of text that a frame is closed at. @default 1_000_000 */
  frameBytes?: number | undefined;
  /** What `pause` of an earlier writer answered. @default the beginning */
  state?: DeltaState | undefined;
}

/** Writes a delta from beginning to end. `write` gets the bytes in their order. Rejects as the archive's writer does. */
export async function writeDelta(
  write: (bytes: Bytes) => Promise<void>,
  {
    tables,
    moment,
    ...options
  }: Omit<DeltaWriterOptions, "state"> & {
    tables: Iterable<DeltaTable> | AsyncIterable<DeltaTable>;
    /** Of which moment the rows are. @default it is not said */
    moment?: Moment | undefined;
  },
): Promise<WrittenDelta> {
  const writer = createDeltaWriter(write, options);
  for await (const one of tables) {
    const { table } = one;
    if ("whole" in one) for await (const frame of one.whole) await writer.frame({ table, ...frame });
    else for await (const keyed of one.keys) await writer.key(table, keyed);
  }
  return writer.end({ moment });
}

/** Writes a delta key by key, where one invocation may not come to its end. Each call waits for the one before. */
export function createDeltaWriter(
  write: (bytes: Bytes) => Promise<void>,
  { header, ordered = true, frameBytes = FRAME_BYTES, state: earlier }: DeltaWriterOptions,
): DeltaWriter {
  const writer = createArchiveWriter(write, earlier === undefined ? {} : { state: earlier.archive });
  const counts = structuredClone(earlier?.counts ?? []);
  let begun = earlier !== undefined;
  let last = earlier?.archive.last ?? null;
  let open: OpenFrame | null = null;

  async function begin(): Promise<void> {
    if (!begun) await writer.header({ ...header, kind: "delta" });
    begun = true;
  }

  function count(table: string, { rows, gone, whole }: Omit<DeltaCount, "table">): void {
    const known = counts.at(-1);
    if (known?.table !== table) counts.push({ table, rows, gone, whole });
    else Object.assign(known, { rows: known.rows + rows, gone: known.gone + gone });
  }

  async function close(): Promise<void> {
    await begin();
    if (open === null) return;
    const { table, lines, rows, keys, rowids, through } = open;
    last = await writer.frame({
      ...{ table, rows, keys, text: lines.join(",\n") },
      after: ordered && last?.table === table ? last.through : null,
      through: ordered ? through : null,
      ...(rows > 0 && rowids.length === rows ? { rowids } : {}),
    });
    count(table, { rows, gone: keys - rows, whole: false });
    open = null;
  }

  return {
    async key(table, keyed) {
      const lines = "gone" in keyed ? [goneLine(keyed.gone, keyed.was)] : rowLines(keyed.line, keyed.was);
      const bytes = lines.reduce((sum, line) => sum + utf8Length(line) + 2, 0);
      if (open !== null && (open.table !== table || open.bytes + bytes > frameBytes)) await close();
      open ??= { table, lines: [], bytes: 0, rows: 0, keys: 0, rowids: [], through: [] };
      open.lines.push(...lines);
      open.bytes += bytes;
      open.keys++;
      open.through = "gone" in keyed ? keyed.gone : keyed.key;
      if ("gone" in keyed) return;
      open.rows++;
      if (keyed.rowid !== undefined) open.rowids.push(keyed.rowid);
    },
    async frame(frame) {
      await close();
      last = await writer.frame(frame);
      count(frame.table, { rows: frame.rows, gone: 0, whole: true });
    },
    async pause() {
      await close();
      return { archive: writer.state, counts: structuredClone(counts) };
    },
    async end({ moment } = {}) {
      await close();
      const { bytes } = await writer.end({ moment });
      return { bytes, tables: counts };
    },
  };
}

/** Keys that wait to become a frame. */
interface OpenFrame {
  table: string;
  lines: string[];
  bytes: number;
  rows: number;
  keys: number;
  rowids: Rowid[];
  /** The last of them. */
  through: Cell[];
}

const encoder = new TextEncoder();

/** Most lines are ASCII, which is seen sooner than encoded. */
function utf8Length(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  return /[^\x00-\x7f]/.test(text) ? encoder.encode(text).length : text.length;
}
