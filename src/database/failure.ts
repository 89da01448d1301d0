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
 * - `daily`: the account has used up its rows of the day; the next call has a chance behind midnight, UTC
 */
export type PlatformFailure = "again" | "busy" | "exceeded" | "used up" | "full" | "locked" | "daily";

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
  ["daily row write limit", "daily"],
  ["daily row read limit", "daily"],
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

/**
 * What an engine threw, as `DATABASE_ERROR`, `DATABASE_FULL` where room is missing, or `DAILY_LIMIT`, with
 * SQLite's own words in `details.sqlite`. `now` in milliseconds since 1970.
 */
export function databaseError(error: unknown, now = Date.now()): FerryError {
  if (error instanceof FerryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const sqlite = text
    .replace(/^D1_[A-Z_]+: /, "")
    .replace(/: SQLITE_[A-Z_]+(?: \(extended: [A-Z_]+\))?$/, "");
  const failure = platformFailureOf(sqlite);
  if (failure === "daily") return dailyLimit(sqlite, { now, cause: error });
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

const DAY_MS = 86_400_000;

/** It passes, but not soon: whoever asks again before midnight is refused again. */
function dailyLimit(sqlite: string, { now, cause }: { now: number; cause: unknown }): FerryError {
  const midnight = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
  const again = new Date(midnight).toISOString();
  const limit = /\bread limit\b/i.test(sqlite) ? "read" : "write";
  return new FerryError(
    "DAILY_LIMIT",
    `D1's free plan lets this account ${limit} no more rows today. What was done is kept.`,
    {
      hint: `Send the same request again after ${again.slice(0, 16).replace("T", " ")} UTC, when the day's count starts anew; or take the account to a paid plan, and send it now.`,
      details: {
        sqlite,
        failure: "daily",
        limit: `rows ${limit}`,
        again,
        retryAfterSeconds: Math.ceil((midnight - now) / 1000),
      },
      cause,
    },
  );
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

/** Whether the account may read or write no more rows today. */
export function isDailyLimit(error: unknown): boolean {
  return error instanceof FerryError && error.code === "DAILY_LIMIT";
}

export function isFull(error: unknown): boolean {
  return error instanceof FerryError && error.code === "DATABASE_FULL";
}

function platformFailureOf(message: string): PlatformFailure | null {
  const lower = message.toLowerCase();
  return MESSAGES.find(([text]) => lower.includes(text))?.[1] ?? null;
}
