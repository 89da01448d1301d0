import { FerryError } from "../errors.ts";

/**
 * Takes a step again, its tries counted anew, for as long as what it works on has moved since: an app
 * may fail in every request, and each may have done something. `place` says where it stands.
 */
export async function whileItMoves<T>(step: () => Promise<T>, place: () => Promise<string>): Promise<T> {
  let before: string | null = null;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof FerryError) || !error.transient) throw error;
      // An app that does not even say where it stands has not moved.
      const now = await place().catch(() => before);
      if (now === before) throw error;
      before = now;
    }
  }
}
