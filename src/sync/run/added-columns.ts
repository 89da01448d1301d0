/** A column that a target lacked, with the SQL that adds it. */
export interface AddedColumn {
  table: string;
  column: string;
  sql: string;
}

/** What was added to a target's tables so that they hold all of a source's columns. */
export interface AddedColumns {
  columns: readonly AddedColumn[];
  /** For a person: what is left to be done. */
  notes: readonly string[];
}
