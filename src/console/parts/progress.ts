import { count } from "../../numbers.ts";

export interface RunProgress {
  recordsProcessed: number;
  recordsApplied?: number | undefined;
  recordsVerified?: number | undefined;
  /** Null while it is not known. */
  totalRecords: number | null;
}

/** How far a run is. `of` is null while nobody knows how much there is to do. */
export interface ToldProgress {
  says: string;
  done: number;
  of: number | null;
}

/** What an unfinished run does, and how far it is, for a person. */
export function tellPhase(phase: string | undefined, progress: RunProgress): ToldProgress {
  const { recordsProcessed, recordsApplied = 0, recordsVerified = 0, totalRecords } = progress;
  if (phase === "applying") return telling("Applying", recordsApplied, totalRecords);
  if (phase === "verifying") return telling("Verifying", recordsVerified, totalRecords);
  if (phase === "staging" && recordsProcessed !== totalRecords) {
    return telling("Staging", recordsProcessed, totalRecords);
  }
  return telling(phase === "staging" ? "Comparing with the rows that are there" : "Waiting", 0, null);
}

function telling(what: string, done: number, of: number | null): ToldProgress {
  if (of === null || done === 0) return { says: `${what} …`, done: 0, of: null };
  return { says: `${what} ${count(done)} of ${count(of)} rows.`, done, of };
}
