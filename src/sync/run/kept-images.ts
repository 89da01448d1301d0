/** An archive of rows as they were before a run, whole. */
export interface KeptImages {
  /** As an undo is asked for it: a run of its own. */
  key: string;
  /** The plan by which they were written. */
  hash: string;
  bytes: number;
  /** Rows inserted, updated and deleted that it can take back. */
  rows: number;
}
