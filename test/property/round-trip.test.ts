import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Bytes } from "../../src/bytes.ts";
import { once, oneOf, sampled } from "../support/cases.ts";
import { startD1Sides } from "./d1-side.ts";
import { type Example, settleDraft, statementsOf } from "./example.ts";
import { fileSide } from "./file-side.ts";
import { FOUND } from "./found.ts";
import { databaseChoice, draftOf } from "./generate/database.ts";
import type { ImportOptions, Side } from "./side.ts";
import { holds } from "./smallest.ts";

interface How extends ImportOptions {
  /** Small ones, so that a few rows are many frames. */
  frameBytes: number;
}

const how: fc.Arbitrary<How> = fc.record({
  frameBytes: fc.integer({ min: 40, max: 600 }),
  atomic: fc.constantFrom("auto", "always", "never"),
  statements: fc.option(fc.integer({ min: 30, max: 80 }), { nil: undefined }),
});

/** Fills one side with the example, and has it arrive at the other one, which is empty. */
async function arrives(from: Side, to: Side, example: Example, { frameBytes, ...options }: How) {
  await from.fill(statementsOf(example));
  const expected = await from.look();
  const archive = await from.export({ frameBytes });
  await to.fill([]);
  await carry(to, archive, { ...options, create: "all" });
  expect(await to.look()).toEqual(expected);
}

async function carry(to: Side, archive: Bytes, options: ImportOptions): Promise<void> {
  const outcome = await to.import(archive, options);
  if (outcome.status === "refused") throw new Error(outcome.message);
  expect(outcome.verified).toBe(true);
}

function describeRoundTrip(from: Side, to: Side, cases: number): void {
  describe(`Any database, from a ${from.engine} to a ${to.engine}`, () => {
    // A file takes milliseconds for each, D1 a second.
    test.each(from.engine === "D1" || to.engine === "D1" ? oneOf(FOUND) : FOUND)(
      "does no more what it once did: $was",
      async ({ was: _, frameBytes = 100, options, ...parts }) => {
        const example = { tables: [], indexes: [], rows: [], rest: [], ...parts };
        await arrives(from, to, example, { frameBytes, ...options });
      },
    );

    test("arrives as it was: every cell, the schema, what search finds", once(cases), async () => {
      await fc.assert(
        fc.asyncProperty(databaseChoice, how, (choice, options) =>
          holds(settleDraft(draftOf(choice)), (example) => arrives(from, to, example, options)),
        ),
        sampled(cases),
      );
    });
  });
}

const files = [fileSide(), fileSide()] as const;
const d1 = await startD1Sides();
afterAll(async () => {
  for (const file of files) file.close();
  await d1.close();
});

describeRoundTrip(files[0], files[1], 450);
describeRoundTrip(files[0], d1.sides[1], 120);
describeRoundTrip(d1.sides[0], files[1], 120);
describeRoundTrip(d1.sides[0], d1.sides[1], 60);
