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

/** One row, by column name. */
export type Row = Record<string, Cell>;

/** A key: the key columns' cells in key order; null stands for −∞ or +∞. */
export type Key = Cell[] | null;

/** One slice of a table in key order: the rows with `after < key <= through`. */
export interface FrameEntry {
  table: string;
  rows: number;
  after: Key;
  through: Key;
  /** Where the frame's gzip member begins in the file, bytes. */
  offset: number;
  /** The member's length, bytes. */
  bytes: number;
  /** SHA-256, hex, of the frame's text: its rows joined by ",\n". */
  sha256: string;
}

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
  version: number;
  /** Milliseconds since 1970. */
  exportedAt: number;
  source: { engine: string; name?: string };
  schema: SchemaObject[];
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
