import { describe, expect, it } from "vitest";
import type { Bucket } from "../../src/bucket/port.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { asked, SEED } from "../support/cases.ts";
import { installFastClock } from "./support/clock.ts";
import { injectOnce } from "./support/injector.ts";
import type { Stores } from "./support/isolate.ts";
import { type Kept, push } from "./support/journey.ts";
import { connectApps } from "./support/network.ts";
import { nodeGround } from "./support/node-ground.ts";
import { generator } from "./support/random.ts";
import { archiveBytes, expectWhole, fillSource, fillTarget } from "./support/scene.ts";
import { type Baseline, baselineOf, type Route } from "./support/walk.ts";

const ROUTES: Record<string, Route> = {
  "in one transaction": { fromArchive: true, sync: { mode: "mirror" } },
  "frame by frame": { fromArchive: true, sync: { mode: "mirror", atomic: "never" } },
  "frame by frame, in many small requests": {
    fromArchive: true,
    platform: "workers-free",
    sync: { mode: "mirror", atomic: "never" },
  },
};

const ground = nodeGround();

/** The stores, each call of which takes as many turns as chance has it: drivers overtake each other. */
function unsteady({ database, bucket }: Stores, random: () => number): Stores {
  const wait = async () => {
    for (let turns = Math.floor(random() * 6); turns > 0; turns--) await new Promise(setImmediate);
  };
  const steady: Database = {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => wait().then(() => database.query(statement)),
    batch: (statements) => wait().then(() => database.batch(statements)),
  };
  const operations = Object.entries(bucket) as [keyof Bucket, (...all: never[]) => Promise<unknown>][];
  const slow = operations.map(([name, operation]) => [
    name,
    (...all: never[]) => wait().then(() => operation.apply(bucket, all)),
  ]);
  return { database: steady, bucket: Object.fromEntries(slow) as unknown as Bucket };
}

describe.each(Object.entries(ROUTES))("Two drivers of one run, %s", (_name, route) => {
  let baseline: Promise<Baseline> | undefined;
  it.each(Array.from({ length: asked(30) }, (_, number) => number))(
    "drive it once, interleaving %i",
    async (number) => {
      baseline ??= baselineOf(ground, route);
      const expected = await baseline;
      const clock = installFastClock();
      try {
        const random = generator(SEED + number);
        const stores = { source: await ground.stores("source"), target: await ground.stores("target") };
        await fillSource(stores.source.database);
        await fillTarget(stores.target.database);
        const kept: Kept = { archive: await archiveBytes(stores.source.database) };
        const apps = { ...stores, target: unsteady(stores.target, random) };
        const network = () =>
          connectApps(apps, injectOnce(null), route.platform ? { platform: route.platform } : {});
        // One brings the document there; from then on there are three.
        const planned = await push(network(), kept, { ...route.sync, dryRun: true });
        expect(planned.verified).toBe(false);
        const drivers = [0, 1, 2].map(() =>
          push(network(), kept, route.sync).catch((error: unknown) => error),
        );
        const ends = await Promise.all(drivers);
        expect(ends.some((landed) => !(landed instanceof FerryError))).toBe(true);
        for (const landed of ends) {
          if (landed instanceof FerryError) expect(landed.code).toBe("RUN_LOCKED");
          else expect(landed).toEqual(expected.landed);
        }
        expect(await push(network(), kept, route.sync)).toEqual(expected.landed);
        await expectWhole(stores, { ...expected, version: 1 }, { pieces: true });
      } finally {
        clock.restore();
        await ground.clear?.();
      }
    },
  );
});
