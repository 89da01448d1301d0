/** Waits longer than this are time limits, not pauses, milliseconds: they run as ever. */
const LONGEST_PAUSE = 45_000;

export interface FastClock {
  /** Moves the clock, milliseconds. */
  advance(ms: number): void;
  restore(): void;
}

/** A clock in which pauses take no time, though it goes on by them. */
export function installFastClock(): FastClock {
  const { setTimeout: setReal } = globalThis;
  const now = Date.now;
  let skew = 0;
  Date.now = () => now.call(Date) + skew;
  const quick = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    if (ms < 1 || ms > LONGEST_PAUSE) return setReal(run, ms, ...args);
    return setReal(() => {
      skew += Math.ceil(ms);
      run(...args);
    }, 0);
  };
  globalThis.setTimeout = quick as typeof setTimeout;
  return {
    advance(ms) {
      skew += ms;
    },
    restore() {
      Date.now = now;
      globalThis.setTimeout = setReal;
    },
  };
}
