import { isDeepStrictEqual } from "node:util";
import { FerryError } from "../../errors.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import { fingerprintOf } from "../places/file-fingerprint.ts";
import { type Place, placeName } from "../places/place.ts";
import { moment } from "../printing/numbers.ts";
import type { Target } from "../targets/target.ts";
import { waitForLock } from "../targets/wait-for-lock.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";

/**
 * Forgets what an earlier command began with other rows than the file now holds, here and at the
 * target, which is null for a file. What is being applied there already is not taken back.
 */
export async function restartIfSourceChanged(
  from: Place,
  target: Target | null,
  store: JourneyStore,
  { world, printer }: Dependencies,
): Promise<{ anew: boolean }> {
  const mark = await fingerprintOf(from);
  if (mark === null) return { anew: false };
  const { source, startedAt, runKey, upload } = store.record;
  const changed = source !== undefined && !isDeepStrictEqual(source, mark);
  if (changed && target !== null) {
    const key = runKey ?? upload?.key;
    if (
      key !== undefined &&
      (await waitForLock(key, world, () => dropUnlessBegun(target, key))) === "begun"
    ) {
      printer.warn(
        `${placeName(from)} has changed since, and its earlier rows are being applied: going on with those of ${moment(startedAt)}. What changed since takes another command`,
      );
      return { anew: false };
    }
  }
  if (changed) {
    printer.warn(`${placeName(from)} has changed since; beginning anew`);
    await store.discard();
  }
  // Written with what is kept next: until then there is nothing to go on with.
  if (changed || source === undefined) store.record.source = mark;
  return { anew: changed };
}

async function dropUnlessBegun(target: Target, key: string): Promise<"begun" | "dropped"> {
  try {
    if ((await target.confirmedPlan(key)) !== null || (await target.completed(key)) !== null) return "begun";
  } catch (error) {
    if (error instanceof FerryError && error.code === "NOT_FOUND") return "dropped";
    throw error;
  }
  await target.drop(key, { keepRecord: false });
  return "dropped";
}
