import type { Case } from "./case.ts";

/** A way of taking one database to another. */
export interface Tool {
  id: string;
  /** The column's head. */
  title: string;
  /** Its version, for the reader; null where it is not installed. */
  version(): Promise<string | null>;
  /**
   * Makes a database of these cases and carries it, in a folder of its own. `error` is what the tool
   * said when it did not succeed.
   */
  carry(cases: readonly Case[], folder: string): Promise<Carried>;
  /** It goes on after an error, and its exit code is all that tells. @default false */
  goesOn?: boolean;
  close?(): Promise<void>;
}

export interface Carried {
  error: string | null;
  /** SQLite files that have to hold the cases now, and what to call each; none after an error. */
  places: readonly { name: string; path: string }[];
}
