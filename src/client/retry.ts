import pRetry from "p-retry";
import { FerryError } from "../errors.ts";

export interface RetryOptions {
  /** Tries after the first. @default 4 */
  retries?: number;
  /** Milliseconds before the first retry; doubles with each, and is up to twice that at random. @default 500 */
  minDelay?: number;
  /** Milliseconds; also the most between answers that show no progress. @default 10000 */
  maxDelay?: number;
  /** Milliseconds to wait for another driver of the same run to finish. @default 60000 */
  lockWait?: number;
}

/** What a try learned beside its error. */
export interface Attempt {
  /** The answer's `Retry-After`, milliseconds. */
  retryAfter?: number;
  /** Too many requests: this one was not begun. */
  turnedAway?: boolean;
  /** The answer was no answer to what was asked: somebody on the way cuts them, or mixes them up. */
  garbled?: boolean;
}

/** Milliseconds between looks at a lock whose holder named no time. */
const LOCK_POLL = 2000;
/** Milliseconds; a server that asks for more is not waited for, and not asked before either. */
const MAX_RETRY_AFTER = 120_000;

/**
 * Tries again where the error is transient, as often as the options say. A locked run is different:
 * it is no failure, so it costs no try, and it is waited for up to `lockWait`.
 */
export async function withRetries<T>(
  operation: (attempt: Attempt) => Promise<T>,
  options: RetryOptions & { signal?: AbortSignal } = {},
): Promise<T> {
  const { retries = 4, minDelay = 500, maxDelay = 10_000, lockWait = 60_000, signal } = options;
  let attempt: Attempt = {};
  let lockedFor = 0;

  return pRetry(
    () => {
      attempt = {};
      return operation(attempt);
    },
    {
      retries,
      minTimeout: minDelay,
      maxTimeout: maxDelay,
      factor: 2,
      randomize: true,
      signal,
      async onFailedAttempt({ error, retriesLeft }) {
        signal?.throwIfAborted();
        if (isLocked(error) && lockedFor < lockWait) {
          const wait = Math.max(minDelay, Math.min(attempt.retryAfter ?? LOCK_POLL, lockWait - lockedFor));
          lockedFor += Math.max(wait, 1);
          await sleep(wait, signal);
        } else if (isTransient(error) && retriesLeft > 0 && attempt.retryAfter !== undefined) {
          if (attempt.retryAfter > MAX_RETRY_AFTER) throw later(error, attempt.retryAfter);
          await sleep(attempt.retryAfter, signal);
        }
      },
      shouldConsumeRetry: ({ error }) => !isLocked(error),
      shouldRetry: ({ error }) => (isLocked(error) ? lockedFor < lockWait : isTransient(error)),
    },
  );
}

/** The same error, with when to come back. */
function later(error: Error, ms: number): Error {
  if (!(error instanceof FerryError)) return error;
  const minutes = Math.ceil(ms / 60_000);
  return new FerryError(error.code, error.message, {
    hint: `It asks to be left alone for ${minutes} minutes. Run the same command again then; it goes on where it stands.`,
    details: { ...error.details, retryAfterSeconds: Math.ceil(ms / 1000) },
    cause: error,
  });
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

function isLocked(error: Error): boolean {
  return error instanceof FerryError && error.code === "RUN_LOCKED";
}

function isTransient(error: Error): boolean {
  return error instanceof FerryError && error.transient;
}
