import { bytesOf, count } from "../../numbers.ts";

export interface RunProgress {
  recordsProcessed: number;
  recordsApplied?: number | undefined;
  recordsVerified?: number | undefined;
  /** Null or 0 while it is not known. */
  totalRecords: number | null;
  /** Of the document, as far as it is staged. */
  bytesProcessed?: number | undefined;
  totalBytes?: number | null | undefined;
}

/** How far a run is. `of` is null while nobody knows how much there is to do. */
export interface ToldProgress {
  says: string;
  done: number;
  of: number | null;
}

/** What an unfinished run does, and how far it is, for a person. */
export function tellPhase(phase: string | undefined, progress: RunProgress): ToldProgress {
  const { recordsProcessed, recordsApplied = 0, recordsVerified = 0 } = progress;
  const of = progress.totalRecords || null;
  if (phase === "applying") return telling("Applying", recordsApplied, of);
  if (phase === "verifying") return telling("Verifying", recordsVerified, of);
  if (phase !== "staging") return telling("Waiting", 0, of);
  if (of !== null && recordsProcessed >= of) return telling("Comparing with the rows that are there", 0, of);
  const told = telling("Staging", recordsProcessed, of, bytesText(progress));
  // An archive says at once how many rows it has, a document only at its end.
  const { bytesProcessed, totalBytes } = progress;
  return of === null && bytesProcessed && totalBytes
    ? { ...told, done: bytesProcessed, of: totalBytes }
    : told;
}

function telling(what: string, done: number, of: number | null, beside = ""): ToldProgress {
  if (done === 0) return { says: `${what} …`, done, of: null };
  const says = of === null ? `${count(done)} rows so far` : `${count(done)} of ${count(of)} rows`;
  return { says: `${what} ${says}${beside}.`, done, of };
}

function bytesText({ bytesProcessed = 0, totalBytes }: RunProgress): string {
  return bytesProcessed === 0 ? "" : ` · ${bytesOf(bytesProcessed, totalBytes)}`;
}
