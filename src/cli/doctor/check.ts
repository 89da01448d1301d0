import type { Found } from "../../api/findings.ts";

/** One thing that is looked at. Null where there is nothing to look at. */
export interface Check {
  name: string;
  run(): Promise<Found | null>;
}

/** What one check finds out the next one does not ask again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
