import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_CASES, asked, once, SEED } from "../support/cases.ts";
import type { GapsGround } from "./support/gaps/ground.ts";
import { runUndoCase, type Undone, undoCases } from "./support/undo/run-undo.ts";

/** By so much a sample is smaller than those of other suites. */
const SMALL = 8;

/** Any sync, any edits after it, and its undo; so many of them when all are asked for. */
export function describeUndo(ground: GapsGround, wanted: number): void {
  const cases = wanted / (ALL_CASES ? 1 : SMALL);
  describe(`An undo, on ${ground.name}`, () => {
    it(
      "takes back all rows that nobody edited since and nothing holds, and no others",
      once(cases),
      async () => {
        const seen: Undone[] = [];
        await fc.assert(
          fc.asyncProperty(undoCases, async (one) => {
            const undone = await runUndoCase(ground, one);
            if (undone !== null) seen.push(undone);
          }),
          { seed: SEED, numRuns: asked(cases), interruptAfterTimeLimit: 1_200_000 },
        );
        if (seen.length < 50) return;
        const sum = (what: keyof Undone) => seen.reduce((total, one) => total + one[what], 0);
        // To leave all is no undo.
        expect(sum("restored")).toBeGreaterThan(seen.length);
        if (seen.length < 300) return;
        expect(sum("edited")).toBeGreaterThan(0);
        expect(sum("held")).toBeGreaterThan(0);
      },
    );
  });
}
