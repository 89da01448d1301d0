import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { TableSchema } from "../../src/archive/types.ts";
import { ALL_CASES, once, sampled } from "../support/cases.ts";
import { deltaBetween } from "../support/delta.ts";
import { startD1Sides } from "./d1-side.ts";
import { type Example, statementsOf } from "./example.ts";
import { fileSide } from "./file-side.ts";
import type { Look } from "./look.ts";
import { holdsForBoth, isForOneTransaction, isSaid, type Meeting, meeting, settleBoth } from "./meeting.ts";
import { merged } from "./merged.ts";
import type { ImportOptions, Side } from "./side.ts";

interface Difference extends Meeting {
  sliceBytes: number | undefined;
  /** Tables that are known by no key come along. */
  whole: boolean;
}

const difference: fc.Arbitrary<Difference> = fc
  .tuple(meeting, fc.boolean(), fc.constantFrom(undefined, 1, 60))
  .map(([one, whole, sliceBytes]) => ({ ...one, whole, sliceBytes }));

const seen = new Map<string, number>();
const count = (what: string): void => {
  seen.set(what, (seen.get(what) ?? 0) + 1);
};

/** What an undo promises to bring back: no sequence goes down. */
const withoutSequences = ({ tables, found, schema }: Look) => ({ tables, found, schema });

/** As SQLite tells them. */
function collationsOf({ name, sql, key }: TableSchema): string[] {
  const sqlite = new DatabaseSync(":memory:");
  try {
    sqlite.exec(sql);
    const terms = sqlite
      .prepare(
        `SELECT x.name, x.coll FROM pragma_index_list(?) AS l, pragma_index_xinfo(l.name) AS x
          WHERE l.origin = 'pk' AND x.key = 1`,
      )
      .all(name) as { name: string; coll: string }[];
    return key.columns.map((column) => terms.find((term) => term.name === column)?.coll ?? "BINARY");
  } finally {
    sqlite.close();
  }
}

function describeDeltas(from: Side, to: Side, cases: number): void {
  const shadows = [fileSide(), fileSide()] as const;
  afterAll(() => {
    for (const shadow of shadows) shadow.close();
  });

  async function meets(
    example: Example,
    target: Example,
    { how, taken, choice, whole, sliceBytes }: Difference,
  ) {
    const { frameBytes, ...options } = how;
    const there = { ...example, rows: target.rows };
    await from.fill(statementsOf(example));
    const source = await from.export({ frameBytes });
    await shadows[0].fill(statementsOf({ ...example, rest: [] }));
    await shadows[1].fill(statementsOf({ ...there, rest: [] }));
    await to.fill(statementsOf(there));
    const before = await to.look();
    const names = choice.tables.filter((_, i) => taken[i] === true).map(({ name }) => name);
    const asked = names.filter((name) => name in before.tables);
    const takes = (table: string) => asked.length === 0 || asked.includes(table);
    const delta = await deltaBetween(source, await to.export({ frameBytes }), {
      ...{ frameBytes, whole, takes, collationsOf },
    });
    const known = [...delta.keyed, ...delta.whole];
    const expected = await merged({
      ...{ example, ...how, source: shadows[0].path, target: shadows[1].path },
      takes: (table) => known.includes(table),
    });
    const request: ImportOptions = {
      ...{ ...options, sliceBytes, thenUndo: true },
      ...(asked.length === 0 ? {} : { tables: asked }),
    };
    let outcome = await to.import(delta.bytes, request);
    if (outcome.status === "refused" && isForOneTransaction(outcome.message)) {
      await to.fill(statementsOf(there));
      outcome = await to.import(delta.bytes, { ...request, atomic: "always" });
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
    if (how.mode !== "insert") expect(outcome.verified).toBe(true);
    expect(outcome.between).toEqual(expected);
    count(`${how.mode} ${how.atomic}`);
    const { undone } = outcome;
    if (delta.whole.length > 0 || undone === undefined) return;
    if (undone.status === "refused") {
      if (how.atomic === "never" && isForOneTransaction(undone.message)) return count("undo refused");
      throw new Error(`The undo: ${undone.message}`);
    }
    if (undone.left > 0) return count("undone in part");
    expect(withoutSequences(after)).toEqual(withoutSequences(before));
    count("undone");
  }

  test(`from a ${from.engine} into a ${to.engine}`, once(cases), async () => {
    await fc.assert(
      fc.asyncProperty(difference, async (one) => {
        const both = settleBoth(one);
        if (both === null) return;
        await holdsForBoth(both, (source, target) => meets(source, target, one));
      }),
      sampled(cases),
    );
    const times = (which: (what: string) => boolean) =>
      [...seen].reduce((sum, [what, often]) => sum + (which(what) ? often : 0), 0);
    const refused = times((what) => what.startsWith("refused"));
    expect(refused / times((what) => what !== "undone")).toBeLessThan(ALL_CASES ? 0.4 : 0.7);
  });
}

const files = [fileSide(), fileSide()] as const;
const d1 = await startD1Sides();
afterAll(async () => {
  for (const file of files) file.close();
  await d1.close();
});

describe("What changed between any rows and any rows is what a mode makes of all of them, and goes back", () => {
  describeDeltas(files[0], files[1], 200);
  describeDeltas(files[0], d1.sides[1], 50);
});
