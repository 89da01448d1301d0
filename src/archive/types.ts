import type { Bytes } from "../bytes.ts";

/** The format's name, first in every document. */
export const FORMAT = "d1-ferry/1";

/**
 * A cell as it stands in a document. Null, text and numbers are themselves; what JSON or D1's wire
 * would bend is tagged. SQLite cells are never JSON objects, so a tag cannot be mistaken for data.
 */
export type Cell = null | string | number | TaggedCell;

export type TaggedCell =
  /** An integer beyond ±(2^53 − 1), in decimal. */
  | { $int: string }
  /** Bytes, base64. */
  | { $blob: string }
  /** "Infinity", "-Infinity", "-0", or an integral REAL that would come back an INTEGER. */
  | { $real: string }
  /** Text that is not valid UTF-8: its bytes, base64. */
  | { $text: string };

/** A long cell as it is shown to a person: the beginning of a text, or of a blob in base64. */
export interface ShortCell {
  start: string;
  of: "text" | "blob";
  /** Of the whole cell; null where nobody counted them. */
  bytes: number | null;
}

/** One row, by column name. */
export type Row = Record<string, Cell>;

/** A key: the key columns' cells in key order; null stands for −∞ or +∞. */
export type Key = Cell[] | null;

/**
 * What an archive is: all of its tables; what changed in them; rows as they were before a run; or rows
 * that were chosen. Only a full one says of a row which it does not have that it is not there.
 */
export type ArchiveKind = "full" | "delta" | "before-images" | "subset";

/**
 * One slice of a table in key order, which says of a domain: these are all its rows. The domain is the range
 * `after < key <= through`, or, in a keyed frame, a list of keys in that range.
 */
export interface FrameEntry {
  table: string;
  rows: number;
  /** Set in a keyed frame: how many keys it speaks of, those without a row among them. */
  keys?: number;
  /** Only in before-images: the rows are what the run made of them, as far as it wrote them. */
  made?: true;
  /** Only in before-images: the run deleted these rows, and updated others that are not made. */
  deleted?: true;
  /**
   * Only beside `made`: the run added these rows, and they got their keys, which are rowids, as they were written. They are
   * known by what they hold, and how often. `after` is the largest rowid that was there before; null for none.
   */
  keyless?: true;
  after: Key;
  through: Key;
  /** Where the frame's gzip member begins in the file, bytes. */
  offset: number;
  /** The member's length, bytes. */
  bytes: number;
  /** Length of the frame's text in UTF-8, bytes. */
  textBytes: number;
  /** SHA-256, hex, of the frame's text: its lines joined by ",\n". */
  sha256: string;
  /** Length of the members behind the frame that hold its rows' rowids, bytes; absent where it has none. */
  rowidBytes?: number;
}

/** A table as the archive's tail sums it up. */
export interface TableSummary {
  table: string;
  frames: number;
  rows: number;
  /** Length of all its lines joined by ",\n", bytes: the same however the table is cut into frames. */
  textBytes: number;
  /** CRC-32, hex, of these lines: the same however the table is cut into frames. */
  crc32: string;
  /**
   * SHA-256, hex, of these lines, in pieces (see text-hash.ts): the same however the table is cut into frames. Of keyed
   * frames over their hashes, one after the other.
   */
  sha256: string;
}

/** Of which moment the rows are. */
export interface Moment {
  /**
   * - `one`: all rows are as they stood at one moment
   * - `unchanged`: two readings were the same, which a change and its undoing in between would be too
   * - `several`: rows changed while they were read, so rows that belong together may not be together
   */
  is: "one" | "unchanged" | "several";
  /** Milliseconds since 1970: when the reading began and ended. */
  from: number;
  to: number;
  /** The tables that changed meanwhile, where that is known. */
  moved?: string[];
}

/** A row's number in SQLite's own order, exact in 64 bits: a bigint where a number would round it. */
export type Rowid = number | bigint;

export interface ColumnSchema {
  name: string;
  /** The declared type, as written; "" when there is none. */
  type: string;
  notNull: boolean;
  /** The DEFAULT expression's text, or null. */
  default: string | null;
  /** 1-based position in the primary key, 0 outside it. */
  primaryKey: number;
  generated: "stored" | "virtual" | null;
}

export interface TableSchema {
  type: "table";
  name: string;
  /** The CREATE TABLE statement, as SQLite keeps it. */
  sql: string;
  columns: ColumnSchema[];
  /**
   * The columns that order and identify a row: the primary key, or the rowid under the first of
   * its names ("rowid", "_rowid_", "oid") that no column has. A rowid that is no column is the
   * first property of each row.
   */
  key: { kind: "primary" | "rowid"; columns: string[] };
  strict: boolean;
  withoutRowid: boolean;
  autoincrement: boolean;
  /**
   * A full-text table: `true` when it holds its own text, `"terms"` when it keeps no text (`content=''`)
   * and its rows are the terms of its index. Absent for an ordinary table.
   */
  fts5?: true | "terms";
  /** The terms that the table's tokenizer takes for others, and for each a word that it takes for the term. */
  words?: [term: string, word: string][];
  /** What a full-text table was told to do otherwise than by default: its rank function, say. */
  settings?: [name: string, value: string | number][];
  /** The last rowid an AUTOINCREMENT table gave out, which may be beyond its largest row. */
  sequence?: Cell;
}

/**
 * An index, trigger, view, or a virtual table whose rows do not travel: a full-text index over
 * another table, or one without text whose terms do not tell enough to make it again.
 */
export interface OtherSchema {
  type: "index" | "trigger" | "view" | "virtual";
  name: string;
  /** The table it belongs to; its own name where there is none. */
  table: string;
  sql: string;
  /** As a table's. */
  settings?: [name: string, value: string | number][];
}

export type SchemaObject = TableSchema | OtherSchema;

/** What stands before the rows in a document. */
export interface DocumentHeader {
  /** Absent in what an earlier program wrote, and then "full". */
  kind?: ArchiveKind;
  version: number;
  /** Milliseconds since 1970. */
  exportedAt: number;
  source: { engine: string; name?: string };
  schema: SchemaObject[];
  /** Only in a delta: what its rows are the outcome of, where both sides had been edited. */
  merged?: MergedEdits;
}

/** What became of edits on both sides since a source and its target last exchanged rows. Told to people; no row depends on it. */
export interface MergedEdits {
  /** When that was, milliseconds since 1970; null where it is not known. */
  since: number | null;
  /** Rows that only the target's side has edited. They stay as they are there. */
  kept: { table: string; rows: number }[];
  conflicts: MergedConflicts;
}

/** Rows that both sides have edited, and whose cells were taken. */
export interface MergedConflicts {
  rows: number;
  taken: "ours" | "theirs";
  /** The first of them. */
  first: MergedConflict[];
}

export interface MergedConflict {
  table: string;
  /** Its cells, in key order. */
  key: (Cell | ShortCell)[];
  /** Whether both have edited cells of the row, one side has deleted it, or both have added it. */
  is: "edited" | "deleted-at-source" | "deleted-at-target" | "added";
  /** Cells that differ, where both sides have the row: what stood there, at the source, at the target. */
  cells?: ConflictCell[];
}

export interface ConflictCell {
  column: string;
  /** Absent where nobody knows. */
  base?: Cell | ShortCell;
  ours: Cell | ShortCell;
  theirs: Cell | ShortCell;
}

/** Bytes at rest that can be read by range: a file, an object in a bucket. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes; rejects with `ARCHIVE_TRUNCATED` when there are fewer. */
  read(offset: number, length: number): Promise<Bytes>;
  /** Everything from `offset` to the end. */
  stream(offset: number): Promise<ReadableStream<Uint8Array>>;
}

export interface Range {
  after: Key;
  through: Key;
}
