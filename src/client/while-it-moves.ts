import { FerryError } from "../errors.ts";
import { type Counts, createMovement } from "./movement.ts";

/**
 * Takes a step again, its tries counted anew, for as long as what it works on has moved since: an app
 * may fail in every request, and each may have done something. `place` says where it stands.
 */
export async function whileItMoves<T>(step: () => Promise<T>, place: () => Promise<Counts>): Promise<T> {
  const movement = createMovement();
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof FerryError) || !error.transient) throw error;
      // An app that does not even say where it stands has not moved.
      const now = await place().catch(() => null);
      if (now === null || !movement.moved(now)) throw error;
    }
  }
}
