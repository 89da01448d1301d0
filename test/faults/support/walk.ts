import { expect } from "vitest";
import type { Bytes } from "../../../src/bytes.ts";
import type { SyncInput } from "../../../src/client/operations.ts";
import type { Platform } from "../../../src/operations/platforms.ts";
import { ALL_CASES, SEED } from "../../support/cases.ts";
import { type Dump, dumpSchema, dumpTables } from "../../support/dump.ts";
import { installFastClock } from "./clock.ts";
import { type Injector, injectOnce } from "./injector.ts";
import type { Stores } from "./isolate.ts";
import { type Kept, type Landed, push } from "./journey.ts";
import { connectApps, DriverDied } from "./network.ts";
import { archiveBytes, expectUndone, expectWhole, fillSource, fillTarget } from "./scene.ts";

/** Where cases take place. */
export interface Ground {
  /** Empty stores; those of the case before may be gone. */
  stores(app: "source" | "target"): Promise<Stores>;
  /** What the case leaves behind where no list shows it, such as uploads that nobody knows of. */
  leftovers?(): Promise<string[]>;
  /** Ends the case. */
  clear?(): Promise<void>;
}

export interface Route {
  /** From the archive in small frames, and not from the source's own export. @default false */
  fromArchive?: boolean;
  platform?: Platform;
  sync?: Omit<SyncInput, "syncKey">;
}

/** What a push without faults came to. */
export interface Baseline {
  landed: Landed;
  tables: Dump;
  schema: string[];
  calls: readonly string[];
}

/** Of so many cases one is undone as well; of two, where all are asked for. */
const SOME = 5;
let walked = 0;

/** Longer than any lease of a driver that died, milliseconds. */
const LEASES = 31_000;
/** Times that the same command is run again, after a fault that it could not get past by itself. */
const MOST_DRIVERS = 12;

export interface Case {
  injector: Injector;
  /** Commands that it took. */
  drivers: number;
  calls: readonly string[];
}

/** A push with faults: the same command again until it ends, and everything is looked at then. */
export async function walkCase(
  ground: Ground,
  route: Route,
  injector: Injector,
  baseline: Baseline | null,
): Promise<Case & { baseline: Baseline }> {
  const clock = installFastClock();
  try {
    const apps = { source: await ground.stores("source"), target: await ground.stores("target") };
    await fillSource(apps.source.database);
    await fillTarget(apps.target.database);
    const before = await dumpTables(apps.target.database);
    const kept: Kept = route.fromArchive ? { archive: await archiveOf(ground, apps.source) } : {};
    const faults: unknown[] = [];
    let landed: Landed | null = null;
    let drivers = 0;
    while (landed === null) {
      if (++drivers > MOST_DRIVERS) throw new Error(`It does not end: ${faults.join("; ")}`);
      const network = connectApps(apps, injector, route.platform ? { platform: route.platform } : {});
      try {
        landed = await Promise.race([push(network, kept, route.sync), network.death]);
      } catch (error) {
        faults.push(error);
        if (injector.hits.length === 0) throw error;
        clock.advance(LEASES);
      }
    }
    const found: Baseline = baseline ?? {
      landed,
      tables: await dumpTables(apps.target.database),
      schema: await dumpSchema(apps.target.database),
      calls: injector.calls,
    };
    await expectWhole(apps, { ...found, version: 1 });
    expect(landed).toEqual(found.landed);
    const unknown = (await ground.leftovers?.()) ?? [];
    if (!mayLeaveUpload(injector)) expect(unknown).toEqual([]);
    if (baseline === null || (SEED + walked++) % (ALL_CASES ? 2 : SOME) === 0)
      await expectUndone(apps.target, before);
    for (const fault of faults) if (!(fault instanceof DriverDied)) expect(fault).toHaveProperty("code");
    return { injector, drivers, calls: injector.calls, baseline: found };
  } finally {
    clock.restore();
    await ground.clear?.();
  }
}

/**
 * A multipart upload whose id nobody ever heard of, or lived to write down: the bucket's answer was lost, or
 * the app died with it.
 * A binding cannot list those; the bucket forgets them after 7 days.
 */
function mayLeaveUpload({ hits }: Injector): boolean {
  return hits.some(
    (hit) =>
      /\(createUpload .*(answer lost|app dies after)$/.test(hit) ||
      /\(put after .*createUpload.*\): app dies before$/.test(hit),
  );
}

const archives = new WeakMap<Ground, Bytes>();

async function archiveOf(ground: Ground, { database }: Stores): Promise<Bytes> {
  const bytes = archives.get(ground) ?? (await archiveBytes(database));
  archives.set(ground, bytes);
  return bytes;
}

/** What happens when nothing goes wrong. */
export async function baselineOf(ground: Ground, route: Route): Promise<Baseline> {
  const { baseline, drivers } = await walkCase(ground, route, injectOnce(null), null);
  expect(drivers).toBe(1);
  expect(baseline.landed).toMatchObject({ verified: true });
  return baseline;
}
