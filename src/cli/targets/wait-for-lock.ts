import { sleep } from "../../client/retry.ts";
import { FerryError } from "../../errors.ts";
import type { World } from "../world.ts";

/** Milliseconds without a sign of the other driver: longer than the lease that a killed one leaves behind. */
const PATIENCE = 90_000;

const PAUSE = 2_000;

/**
 * Calls again while the run is locked by another driver of this same run: a command that was killed, or
 * one that drives it at the same time, as long as that one moves (`look` says where it stands). A
 * database that another run works on is not waited for: that is for the user to decide.
 */
export async function waitForLock<T>(
  key: string,
  { signal, now }: Pick<World, "signal" | "now">,
  call: () => Promise<T>,
  look: () => Promise<string> = async () => "",
): Promise<T> {
  let until = now() + PATIENCE;
  let seen = "";
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const own = error instanceof FerryError && error.code === "RUN_LOCKED" && error.details?.holder === key;
      if (!own || now() >= until) throw error;
      const seconds = Number(error.details?.retryAfterSeconds);
      await sleep(Math.min(PAUSE, seconds * 1000 || PAUSE), signal);
      const place = await look();
      if (place !== seen) until = now() + PATIENCE;
      seen = place;
    }
  }
}
