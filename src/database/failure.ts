import { FerryError } from "../errors.ts";

/**
 * What D1 says of itself, beside SQLite's own errors
 * (developers.cloudflare.com/d1/observability/debug-d1 and /d1/best-practices/retry-queries).
 *
 * - `again`: the platform's own trouble; the same call may succeed
 * - `busy`: more is queued than it works off; the same call later
 * - `exceeded`: one call took more time, CPU or memory than a call may. A neighbour's may have been the
 *   reason, so it is worth another try, but not for ever: a smaller step is
 * - `used up`: this invocation may call no more; the next one may
 * - `full`: no room; nothing but room helps
 * - `locked`: another program writes to the file
 */
export type PlatformFailure = "again" | "busy" | "exceeded" | "used up" | "full" | "locked";

const MESSAGES: readonly [text: string, failure: PlatformFailure][] = [
  ["exceeded timeout which caused object to be reset", "exceeded"],
  ["exceeded its cpu time limit", "exceeded"],
  ["exceeded its memory limit", "exceeded"],
  ["network connection lost", "again"],
  ["reset because its code was updated", "again"],
  ["storage caused object to be reset", "again"],
  ["internal error in d1 db storage", "again"],
  ["replica disconnected from primary", "again"],
  ["cannot resolve d1 db due to transient issue", "again"],
  ["request stream because client disconnected", "again"],
  ["internal error; reference =", "again"],
  ["database is locked", "locked"],
  ["d1 db is overloaded", "busy"],
  ["durable object is overloaded", "busy"],
  ["too many requests queued", "busy"],
  ["too many api requests by single worker invocation", "used up"],
  ["too many subrequests", "used up"],
  ["exceeded maximum db size", "full"],
  ["maximum account storage limit", "full"],
  ["database or disk is full", "full"],
];

/** Seconds after which another try has a chance; a failure without is told as permanent. */
const RETRY_AFTER: Readonly<Partial<Record<PlatformFailure, number>>> = {
  again: 1,
  busy: 5,
  exceeded: 2,
  "used up": 1,
  locked: 1,
};

const HINTS: Readonly<Partial<Record<PlatformFailure, string>>> = {
  busy: "The database works off other queries first. Run the same call again in a while.",
  exceeded:
    "D1 stopped it for taking too long or too much. Run the same call again: a run then takes smaller steps.",
  locked: "Another program writes to the database. Run the same call again when it is done.",
  full: "Delete what is not needed, or choose a larger plan. Dropping the run frees what it staged.",
};

/** What an engine threw, as `DATABASE_ERROR`, or `DATABASE_FULL` where room is missing, with SQLite's own words in `details.sqlite`. */
export function databaseError(error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const sqlite = text
    .replace(/^D1_[A-Z_]+: /, "")
    .replace(/: SQLITE_[A-Z_]+(?: \(extended: [A-Z_]+\))?$/, "");
  const failure = platformFailureOf(sqlite);
  const retryAfterSeconds = failure === null ? undefined : RETRY_AFTER[failure];
  const hint = failure === null ? undefined : HINTS[failure];
  const code = failure === "full" ? "DATABASE_FULL" : "DATABASE_ERROR";
  return new FerryError(code, `The database refused: ${sqlite}`, {
    ...(hint === undefined ? {} : { hint }),
    details: {
      sqlite,
      ...(failure === null ? {} : { failure }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
    transient: retryAfterSeconds !== undefined,
    cause: error,
  });
}

/** SQLite's own message behind a FerryError, or "". */
export function sqliteMessage(error: unknown): string {
  if (!(error instanceof FerryError)) return "";
  const message = error.details?.sqlite;
  return typeof message === "string" ? message : "";
}

/** Whether the database gave up on a step because it was too much. */
export function isExceeded(error: unknown): boolean {
  return error instanceof FerryError && error.details?.failure === "exceeded";
}

export function isFull(error: unknown): boolean {
  return error instanceof FerryError && error.code === "DATABASE_FULL";
}

function platformFailureOf(message: string): PlatformFailure | null {
  const lower = message.toLowerCase();
  return MESSAGES.find(([text]) => lower.includes(text))?.[1] ?? null;
}
