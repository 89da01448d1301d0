import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { ALL_CASES, once, sampled } from "../support/cases.ts";
import { startD1Sides } from "./d1-side.ts";
import { type Example, statementsOf } from "./example.ts";
import { fileSide } from "./file-side.ts";
import { holdsForBoth, isForOneTransaction, isSaid, type Meeting, meeting, settleBoth } from "./meeting.ts";
import { merged } from "./merged.ts";
import type { ImportOptions, Side } from "./side.ts";

const seen = new Map<string, number>();
const count = (what: string): void => {
  seen.set(what, (seen.get(what) ?? 0) + 1);
};

function describeMeeting(from: Side, to: Side, cases: number): void {
  const shadows = [fileSide(), fileSide()] as const;
  afterAll(() => {
    for (const shadow of shadows) shadow.close();
  });

  async function meets(example: Example, target: Example, { how, taken, choice }: Meeting): Promise<void> {
    const { frameBytes, ...options } = how;
    const there = { ...example, rows: target.rows };
    await from.fill(statementsOf(example));
    const archive = await from.export({ frameBytes });
    await shadows[0].fill(statementsOf({ ...example, rest: [] }));
    await shadows[1].fill(statementsOf({ ...there, rest: [] }));
    await to.fill(statementsOf(there));
    const before = await to.look();
    const names = choice.tables.filter((_, i) => taken[i] === true).map(({ name }) => name);
    const tables = names.filter((name) => name in before.tables);
    const takes = (table: string) => tables.length === 0 || tables.includes(table);
    const [source, held] = [shadows[0].path, shadows[1].path];
    const expected = await merged({ example, source, target: held, ...how, takes });
    const request: ImportOptions = { ...options, ...(tables.length === 0 ? {} : { tables }) };
    let outcome = await to.import(archive, request);
    if (outcome.status === "refused" && isForOneTransaction(outcome.message)) {
      await to.fill(statementsOf(there));
      outcome = await to.import(archive, { ...request, atomic: "always" });
    }
    const after = await to.look();
    expect(after.schema).toEqual(before.schema);
    if (outcome.status === "refused") {
      if (outcome.code === null || /INTERNAL|internal error/.test(`${outcome.code} ${outcome.message}`))
        throw new Error(outcome.message);
      if (how.atomic === "always") expect(after).toEqual(before);
      if (expected !== null && !isSaid(outcome.message, example)) throw new Error(outcome.message);
      return count(`refused ${outcome.code}`);
    }
    expect(expected, "done, and could not be").not.toBeNull();
    // A row that mode insert leaves as it is, is not compared.
    if (how.mode !== "insert") expect(outcome.verified).toBe(true);
    expect(after).toEqual(expected);
    count(`${how.mode} ${how.atomic}`);
  }

  test(`from a ${from.engine} into a ${to.engine}`, once(cases), async () => {
    await fc.assert(
      fc.asyncProperty(meeting, async (one) => {
        const both = settleBoth(one);
        if (both === null) return;
        await holdsForBoth(both, (source, target) => meets(source, target, one));
      }),
      sampled(cases),
    );
    // Most of them have to end, or they would show little.
    const refused = [...seen].reduce(
      (sum, [what, times]) => sum + (what.startsWith("refused") ? times : 0),
      0,
    );
    const all = [...seen.values()].reduce((sum, times) => sum + times, 0);
    expect(refused / all).toBeLessThan(ALL_CASES ? 0.4 : 0.7);
  });
}

const files = [fileSide(), fileSide()] as const;
const d1 = await startD1Sides();
afterAll(async () => {
  for (const file of files) file.close();
  await d1.close();
});

describe("Any rows meet any rows: what a mode promises is there, all else stays, no trigger fires", () => {
  describeMeeting(files[0], files[1], 200);
  describeMeeting(files[0], d1.sides[1], 50);
});
