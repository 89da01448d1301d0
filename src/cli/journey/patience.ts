import { sleep } from "../../client/retry.ts";
import { FerryError } from "../../errors.ts";
import type { World } from "../dependencies.ts";

/** Milliseconds: longer than the lease that a killed driver leaves behind. */
const PATIENCE = 90_000;
const PAUSE = 2_000;

/**
 * Calls again while the run is locked by an earlier driver of this same run, such as a command that
 * was killed. A database that another run works on is not waited for: that is for the user to decide.
 */
export async function patiently<T>(
  key: string,
  { signal, now }: Pick<World, "signal" | "now">,
  call: () => Promise<T>,
): Promise<T> {
  const until = now() + PATIENCE;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const own = error instanceof FerryError && error.code === "RUN_LOCKED" && error.details?.holder === key;
      if (!own || now() >= until) throw error;
      const seconds = Number(error.details?.retryAfterSeconds);
      await sleep(Math.min(PAUSE, seconds * 1000 || PAUSE), signal);
    }
  }
}
