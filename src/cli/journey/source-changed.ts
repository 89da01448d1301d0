import { isDeepStrictEqual } from "node:util";
import { moment } from "../../numbers.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { fingerprintOf } from "../places/file-fingerprint.ts";
import { type Place, placeName } from "../places/place.ts";
import { ifFound } from "../targets/if-found.ts";
import type { Target } from "../targets/target.ts";
import { waitForLock } from "../targets/wait-for-lock.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import type { Session } from "./session.ts";

export interface ChangedSource {
  from: Place;
  /** Null for a file. */
  target: Target | null;
  base: BaseFile | null;
}

/**
 * Forgets what an earlier command started with other rows than the file now holds, here and at the target.
 * What is already being applied there is not taken back. True where the journey starts over.
 */
export async function restartIfSourceChanged(
  store: JourneyStore,
  { from, target, base }: ChangedSource,
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<boolean> {
  const now = await fingerprintOf(from);
  if (now === null) return false;
  const { source, startedAt, runKey, upload, exchange } = store.record;
  const changed = source !== undefined && !isDeepStrictEqual(source, now);
  const key = runKey ?? upload?.key;
  if (changed && target !== null && key !== undefined) {
    const found = await waitForLock(() => dropUnlessApplied(target, key), { key, world });
    if (found === "applied") {
      printer.warn(
        `${placeName(from)} has changed since then, but its earlier rows are being applied: continuing with the rows of ${moment(startedAt)}. To send the changes, run the command again afterwards`,
      );
      return false;
    }
  }
  if (changed) {
    printer.warn(`${placeName(from)} has changed since then; starting over`);
    if (exchange !== undefined && target !== null) base?.takeBack(exchange, { staysEmpty: true });
    await store.discard();
  }
  if (changed || source === undefined) store.note({ source: now });
  return changed;
}

/** Removes a run, unless it is being applied or has been. */
export async function dropUnlessApplied(target: Target, key: string): Promise<"applied" | "dropped"> {
  const applied = await ifFound(isApplied(target, key));
  if (applied) return "applied";
  if (applied === false) await target.drop(key, { keepRecord: false });
  return "dropped";
}

const isApplied = async (target: Target, key: string): Promise<boolean> =>
  (await target.confirmedPlan(key)) !== null || (await target.completed(key)) !== null;
