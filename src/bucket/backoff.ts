import { asFerryError } from "../errors.ts";

export interface BackoffOptions {
  /** Tries after the first. @default 4 */
  retries?: number;
  /** Milliseconds before the first retry; doubles with each. @default 100 */
  minDelay?: number;
  /** Milliseconds. @default 2000 */
  maxDelay?: number;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** Milliseconds after which no further try is begun. @default 20000 */
  maxTime?: number;
  /** Waits so many milliseconds. @default setTimeout */
  sleep?: (ms: number) => Promise<void>;
  /** From 0 to 1. @default Math.random */
  random?: () => number;
  signal?: AbortSignal;
}

export interface Backoff {
  /** Waits for the next try, or throws the error: it is permanent, or the tries are used up. */
  wait(error: unknown): Promise<void>;
  /** Something moved: the tries begin anew. */
  reset(): void;
}

/**
 * Counts tries and waits between them. Delays are random between half and the whole of what they
 * double to, so that many parts that failed together do not come back together.
 */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const { retries = 4, minDelay = 100, maxDelay = 2000, maxTime = 20_000 } = options;
  const { now = Date.now, random = Math.random, sleep = sleepFor, signal } = options;
  let tries = 0;
  let since = now();
  return {
    async wait(error) {
      const { transient } = asFerryError(error);
      const delay = Math.min(maxDelay, minDelay * 2 ** tries) * (0.5 + random() / 2);
      if (!transient || tries >= retries || now() + delay - since > maxTime) throw error;
      signal?.throwIfAborted();
      tries++;
      await sleep(delay);
      signal?.throwIfAborted();
    },
    reset() {
      tries = 0;
      since = now();
    },
  };
}

function sleepFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
