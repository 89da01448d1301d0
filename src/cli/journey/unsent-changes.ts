import { FerryError } from "../../errors.ts";
import type { Target } from "../targets/target.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";

/**
 * Forgets what an interrupted command found to differ, unless a run at the app has it by now: both places are
 * compared anew, since the target may have moved on. True where it was forgotten. `target` is null for a file,
 * where nothing is kept of a run.
 */
export async function forgetUnsentChanges(store: JourneyStore, target: Target | null): Promise<boolean> {
  const { isOfChanges, runKey, upload, source } = store.record;
  if (!isOfChanges || (runKey !== undefined && target !== null && (await isThere(target, runKey))))
    return false;
  if (target !== null && upload?.key !== undefined) await target.drop(upload.key, { keepRecord: false });
  await store.discard();
  if (source !== undefined) store.note({ source });
  return true;
}

async function isThere(target: Target, key: string): Promise<boolean> {
  try {
    await target.confirmedPlan(key);
    return true;
  } catch (error) {
    if (error instanceof FerryError && error.code === "NOT_FOUND") return false;
    throw error;
  }
}
