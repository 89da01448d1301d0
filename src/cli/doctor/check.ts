/** What a check found: all is well; it may go wrong, or works otherwise than one may think; nothing will work. */
export type Verdict = "ok" | "warning" | "problem";

export interface Finding {
  /** What was looked at: "production", "wrangler file". */
  check: string;
  verdict: Verdict;
  /** One line. */
  found: string;
  /** What to type, or to change; empty where all is well. */
  advice: string[];
}

/** One thing that is looked at. Null where there is nothing to look at. */
export interface Check {
  name: string;
  run(): Promise<Omit<Finding, "check"> | null>;
}

export const fine = (found: string): Omit<Finding, "check"> => ({ verdict: "ok", found, advice: [] });

export const warning = (found: string, ...advice: string[]): Omit<Finding, "check"> => ({
  verdict: "warning",
  found,
  advice,
});

export const problem = (found: string, ...advice: string[]): Omit<Finding, "check"> => ({
  verdict: "problem",
  found,
  advice,
});

/** What one check finds out the next one does not ask again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
