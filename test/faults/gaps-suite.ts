import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_CASES, asked, once, SEED } from "../support/cases.ts";
import { FOUND } from "./gaps-found.ts";
import { gapsCases } from "./support/gaps/case.ts";
import type { GapsGround } from "./support/gaps/ground.ts";
import { type Ending, runGapsCase } from "./support/gaps/run-case.ts";

/** Interleavings of one case, and how many it has about. */
const OF_A_CASE = 12;

const MOSTLY = 6;

/** By so much a sample is smaller than those of other suites. */
const SMALL = 10;

/**
 * An app writes between any two statements of a sync. `interleavings`: how many are looked for when all are asked
 * for, beside the cases that were found and mended.
 */
export function describeGaps(ground: GapsGround, interleavings: number): void {
  const cases = Math.ceil(interleavings / MOSTLY / (ALL_CASES ? 1 : SMALL));
  describe(`An app that writes between the calls of a sync, on ${ground.name}`, () => {
    it(
      "finds all of a plan applied or nothing, and none of its own rows lost",
      once(cases * 10),
      async () => {
        const seen: Ending[] = [];
        await fc.assert(
          fc.asyncProperty(gapsCases(OF_A_CASE), async (one) => {
            seen.push(...(await runGapsCase(ground, one)));
          }),
          { seed: SEED, numRuns: asked(cases), interruptAfterTimeLimit: 1_200_000 },
        );
        if (seen.length < 200) return;
        const share = (which: (ending: Ending) => boolean) => seen.filter(which).length / seen.length;
        // To refuse always is no answer.
        expect(share(({ how }) => how === "completed")).toBeGreaterThan(0.5);
        expect(share(({ named, how }) => named && how === "PLAN_STALE")).toBeGreaterThan(0.01);
        // These must complete, and did: runGapsCase holds them to it.
        expect(share(({ harmless }) => harmless)).toBeGreaterThan(0.05);
      },
    );

    it.each(Object.keys(FOUND))("not any more: %s", async (what) => {
      await runGapsCase(ground, FOUND[what]!);
    });
  });
}
