import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Mode } from "../../src/sync/run/options.ts";
import { once, sampled } from "../support/cases.ts";
import { startD1Sides } from "./d1-side.ts";
import { type Example, settleDraft, statementsOf } from "./example.ts";
import { fileSide } from "./file-side.ts";
import { type DatabaseChoice, databaseChoice, draftOf } from "./generate/database.ts";
import { MOST_COLUMNS } from "./generate/tables.ts";
import { type CellChoice, cellChoice } from "./generate/values.ts";
import { merged } from "./merged.ts";
import type { ImportOptions, Side } from "./side.ts";
import { holds } from "./smallest.ts";

interface Meeting {
  choice: DatabaseChoice;
  /** Which of the source's rows the target has as well, and rows of its own. */
  shared: boolean[];
  own: CellChoice[][];
  /** Which tables are synced; all when empty. */
  taken: boolean[];
  how: {
    mode: Mode;
    keyless: "refuse" | "append";
    atomic: "always" | "never";
    frameBytes: number;
    statements: number | undefined;
  };
}

const cells = fc.array(cellChoice, { minLength: MOST_COLUMNS + 2, maxLength: MOST_COLUMNS + 2 });
const meeting: fc.Arbitrary<Meeting> = fc.record({
  choice: databaseChoice,
  shared: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  own: fc.array(cells, { maxLength: 6 }),
  taken: fc.oneof(fc.constant<boolean[]>([]), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
  how: fc.record({
    mode: fc.constantFrom<Mode>("merge", "merge", "mirror", "insert"),
    keyless: fc.constantFrom("refuse", "append"),
    atomic: fc.constantFrom("always", "never"),
    frameBytes: fc.integer({ min: 40, max: 400 }),
    statements: fc.option(fc.integer({ min: 40, max: 90 }), { nil: undefined }),
  }),
});

/** The same tables with some of the rows, and others. */
function targetOf({ choice, shared, own }: Meeting): DatabaseChoice {
  const tables = choice.tables.map(({ name, table }) => {
    const kept = table.rows.filter((_, i) => shared[i % shared.length]);
    return { name, table: { ...table, rows: [...own, ...kept], large: null } };
  });
  return { ...choice, tables };
}

/** A value that rows would follow, or that they hold, is not changed; the model of rows does not know it. */
function settle(choice: DatabaseChoice): Example {
  const draft = draftOf(choice);
  const tables = draft.tables.map((sql) => sql.replace(/ ON UPDATE (CASCADE|SET NULL|RESTRICT)/g, ""));
  return settleDraft({ ...draft, tables });
}

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
      if (expected !== null && !isSaid(outcome.message)) throw new Error(outcome.message);
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
        const target = settle(targetOf(one));
        const example = settle(one.choice);
        // Rows of both sides in one, so that all of them can be taken away while the failure stays.
        await holds(
          { ...example, rows: [...example.rows, ...target.rows.map((sql) => `${sql} -- target`)] },
          (smaller) => {
            const rows = smaller.rows.filter((sql) => !sql.endsWith("-- target"));
            const own = smaller.rows.filter((sql) => sql.endsWith("-- target"));
            return meets({ ...smaller, rows }, { ...smaller, rows: own }, one);
          },
        );
      }),
      sampled(cases),
    );
    // Most of them have to end, or they would show little.
    const refused = [...seen].reduce(
      (sum, [what, times]) => sum + (what.startsWith("refused") ? times : 0),
      0,
    );
    const all = [...seen.values()].reduce((sum, times) => sum + times, 0);
    expect(refused / all).toBeLessThan(0.4);
  });
}

/** What a sync in many transactions says it cannot do. */
const isForOneTransaction = (message: string): boolean =>
  /cannot be left empty|Frames before it are applied and stay|one transaction can do and many cannot/.test(
    message,
  );

/**
 * Refusals where the end would have been possible: rows known by rowid for a NULL in their key, and rows
 * of a mirror that meet a value of a computed column before the row that holds it is deleted, or that are
 * deleted in a circle of tables of which one may not let go of the other.
 */
const isSaid = (message: string): boolean =>
  /NULLs in the primary key|refused: (UNIQUE|NOT NULL) constraint failed/.test(message);

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
