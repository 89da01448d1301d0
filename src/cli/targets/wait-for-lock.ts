import { type Counts, createMovement } from "../../client/movement.ts";
import { sleep } from "../../client/retry.ts";
import { FerryError } from "../../errors.ts";
import type { World } from "../world.ts";

/** Milliseconds without progress of the other driver: longer than the lease that a killed one leaves behind. */
const MAX_STILL = 90_000;

/** Milliseconds between two tries. */
const PAUSE = 2_000;

export interface LockWait {
  /** The run that the caller works on. */
  key: string;
  world: Pick<World, "signal" | "now">;
  /** Says how far the other driver is. @default nothing moves */
  position?: () => Promise<Counts>;
}

/**
 * Calls again while the run is locked by another driver of this same run: a command that was killed, or
 * one that drives it at the same time, as long as that one moves. A database that another run works on is
 * not waited for: that is for the user to decide.
 */
export async function waitForLock<T>(
  call: () => Promise<T>,
  { key, world, position = async () => [] }: LockWait,
): Promise<T> {
  let until = world.now() + MAX_STILL;
  const movement = createMovement();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const own =
        error instanceof FerryError && error.code === "RUN_LOCKED" && error.details?.lockedBy === key;
      if (!own || world.now() >= until) throw error;
      const seconds = secondsIn(error);
      await sleep(seconds > 0 ? Math.min(PAUSE, seconds * 1000) : PAUSE, world.signal);
      if (movement.moved(await position())) until = world.now() + MAX_STILL;
    }
  }
}

/** 0 where it does not say. */
function secondsIn({ details }: FerryError): number {
  const seconds = details?.retryAfterSeconds;
  return typeof seconds === "number" && seconds > 0 ? seconds : 0;
}
