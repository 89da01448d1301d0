import { describe, expect, it } from "vitest";
import { ALL_CASES, asked, SEED } from "../support/cases.ts";
import { type Injector, injectAtRandom } from "./support/injector.ts";
import { generator } from "./support/random.ts";
import { type Baseline, baselineOf, type Ground, type Route, walkCase } from "./support/walk.ts";

/** Journeys of all routes, when all are asked for. */
const JOURNEYS = 120;
/** Cases that one test walks: enough for the baseline to be worth its time, few enough to be found again. */
const BATCH = ALL_CASES ? 20 : 8;

/** Journeys in which anything goes wrong, again and again. A journey is known by the seed and its number. */
export function describeRandomJourneys(name: string, ground: Ground, routes: Record<string, Route>): void {
  const batches = Math.ceil(asked(JOURNEYS) / BATCH / Object.keys(routes).length);
  describe.each(Object.entries(routes))(`Random faults on ${name}, %s`, (_name, route) => {
    let baseline: Promise<Baseline> | undefined;
    it.each(Array.from({ length: batches }, (_, batch) => batch))("batch %i", async (batch) => {
      baseline ??= baselineOf(ground, route);
      let faults = 0;
      for (let number = batch * BATCH; number < (batch + 1) * BATCH; number++) {
        const injector = injectAtRandom({ random: generator(SEED + number), rate: 0.08, most: 10 });
        await walkCase(ground, route, injector, await baseline).catch((error) => {
          throw new Error(
            `journey ${number} of FERRY_PROPERTY_SEED=${SEED}: ${tell(injector)}\n${String(error?.stack ?? error)}`,
            {
              cause: error,
            },
          );
        });
        faults += injector.hits.length;
      }
      // One call in twelve or so goes wrong, and a journey has dozens.
      expect(faults).toBeGreaterThan(BATCH);
    });
    it("are the same for the same number", () => {
      const journey = (seed: number) => Array.from({ length: 20 }, generator(seed));
      expect(journey(7)).toEqual(journey(7));
      expect(journey(7)).not.toEqual(journey(8));
    });
  });
}

function tell({ hits }: Injector): string {
  return hits.join("\n  ");
}
