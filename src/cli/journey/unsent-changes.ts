import type { BaseFile } from "../bases/base-file.ts";
import { ifFound } from "../targets/if-found.ts";
import type { Target } from "../targets/target.ts";
import { waitForLock } from "../targets/wait-for-lock.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import type { Session } from "./session.ts";
import { dropUnlessApplied } from "./source-changed.ts";

/**
 * Forgets what an interrupted command was about to send, unless a run at the app has it by now: both places are compared
 * anew, since the target may have moved on. Where it was decided who edited what, the run has to be applied already.
 * Everything is sent as it was to be where nobody has decided that. True where it was forgotten. `target` is null for a
 * file, where nothing is kept of a run.
 */
export async function forgetUnsentChanges(
  store: JourneyStore,
  { target, base }: { target: Target | null; base: BaseFile | null },
  { world }: Pick<Session, "world">,
): Promise<boolean> {
  const { isOfChanges, isDecided, exchange, runKey, upload, source } = store.record;
  if (!isOfChanges && !isDecided) return false;
  if (runKey !== undefined && target !== null) {
    // What is known by now may have been exchanged since.
    const decides = isDecided || (base?.exchanges.knowsMoreThan(exchange) ?? false);
    if (!decides && (await isThere(target, runKey))) return false;
    const found = await waitForLock(() => dropUnlessApplied(target, runKey), { key: runKey, world });
    if (found === "applied") return false;
  } else if (target !== null && upload?.key !== undefined)
    await target.drop(upload.key, { keepRecord: false });
  if (exchange !== undefined && target !== null) base?.takeBack(exchange);
  await store.discard();
  if (source !== undefined) store.note({ source });
  return true;
}

const isThere = async (target: Target, key: string): Promise<boolean> =>
  (await ifFound(target.confirmedPlan(key))) !== undefined;
