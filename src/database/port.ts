import type { Bytes } from "../bytes.ts";

/**
 * What d1-ferry asks of a database, in its own words, so that any SQLite that can run SQL fits.
 *
 * The contract is D1's, the weakest of the engines, and every adapter keeps it:
 * - a number parameter is bound as REAL; an integer goes through JSON (`?1->>0`) or `CAST`
 * - an integer beyond ±2^53 comes back rounded, ±Infinity as null, invalid UTF-8 as U+FFFD
 * - a blob comes back as bytes, a REAL 1.0 as the number 1
 * What must be exact is asked for in a form that survives this (see `database/cells.ts`).
 */
export interface Database {
  /** Names the engine in messages and in an archive's `source`: "d1", "node-sqlite". Nothing is decided by it. */
  readonly engine: string;

  readonly capabilities: Capabilities;

  /** Runs one statement. Rows are arrays in select order. Rejects with `DATABASE_ERROR`. */
  query(statement: Statement): Promise<Value[][]>;

  /**
   * Runs the statements in order in one transaction: all of them or, when one fails, none.
   * Deferred constraints are checked at its end. Result columns need distinct names.
   */
  batch(statements: readonly Statement[]): Promise<StatementResult[]>;

  /**
   * Makes objects where nothing can be reached, and answers the first that does more than it declares. Absent
   * where the engine has no such place.
   */
  rehearse?(objects: readonly Made[]): Misdeed | null;
}

/** A schema object with the SQL that makes it. */
export interface Made {
  type: "table" | "index" | "view" | "trigger" | "virtual";
  name: string;
  /** What an index or a trigger is on. */
  table: string;
  sql: string;
}

export interface Misdeed {
  object: Made;
  /** Goes on from "its SQL". */
  problem: string;
}

/** What an engine takes, where engines differ; Infinity where it sets no limit. */
export interface Capabilities {
  /** Columns of a table, and of what an INSERT selects. */
  readonly maxColumns: number;
  /** Bytes of a row, and of each value in it. */
  readonly maxRowBytes: number;
  /** Bytes of staged rows that one transaction should apply at the most. */
  readonly transactionBytes: number;
  /** Rows that one transaction should write at the most, counted once for the table and once for each index. */
  readonly transactionWrites: number;
  /** It has temporary tables, so that reading changes nothing in the database itself. */
  readonly temporaryTables: boolean;
  /** A text arrives whole that has a NUL in it. Where not, what is behind the NUL is lost without a sign. */
  readonly wholeTexts: boolean;
  /** A blob arrives as bytes. Where not, it travels as a number a byte, at many times its length. */
  readonly directBlobs: boolean;
  /** It says so when a foreign key points to nothing at the end of a transaction. Where not, the connection breaks. */
  readonly namesBrokenKeys: boolean;
}

export type Value = null | number | string | Bytes;

export interface Statement {
  sql: string;
  params?: readonly Value[];
}

export interface StatementResult {
  rows: Value[][];
  /** Rows the statement inserted, updated or deleted, triggers and cascades not counted. */
  changes: number;
  /** Rows written with indexes counted, as D1 bills them; 0 where the engine does not say. */
  rowsWritten: number;
  /** The database's size in bytes after the statement, where the engine says it. */
  databaseBytes?: number;
}
