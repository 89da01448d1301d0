import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { createClient } from "../../src/client/client.ts";
import { comparedApp } from "../../src/client/compared-app.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import {
  type ComparedPlace,
  comparePlaces,
  databasePlace,
  type RowDifference,
} from "../../src/diff/index.ts";
import { startD1Sides } from "../property/d1-side.ts";
import { type Example, statementsOf } from "../property/example.ts";
import { fileSide } from "../property/file-side.ts";
import { holdsForBoth, type Meeting, meeting, settleBoth } from "../property/meeting.ts";
import { TOKEN } from "../property/worker/token.ts";
import { once, sampled } from "../support/cases.ts";
import { countDifferences } from "./model.ts";

/** Two databases of one schema. */
interface TwoDatabases extends Pick<Meeting, "choice" | "shared" | "own"> {
  /** Bytes of row text in leaves, and what is read at once; statements of a call. */
  leafBytes: number;
  readBytes: number;
  statements: number;
  /** Who cuts the tables. */
  cutBy: "left" | "right" | undefined;
  /** Rows that were read for their marks are not read again. */
  remembers: boolean;
}

const twoDatabases: fc.Arbitrary<TwoDatabases> = fc
  .tuple(
    meeting,
    fc.record({
      leafBytes: fc.integer({ min: 40, max: 2000 }),
      readBytes: fc.integer({ min: 0, max: 1000 }),
      statements: fc.integer({ min: 8, max: 60 }),
      cutBy: fc.constantFrom(undefined, "left" as const, "right" as const),
      remembers: fc.boolean(),
    }),
  )
  .map(([{ choice, shared, own }, sizes]) => ({
    choice,
    shared,
    own,
    ...sizes,
    readBytes: sizes.leafBytes + sizes.readBytes,
  }));

const files = [fileSide(), fileSide()] as const;
const d1 = await startD1Sides();
const app = createClient({ baseUrl: d1.url, token: TOKEN });
afterAll(async () => {
  for (const file of files) file.close();
  await d1.close();
});

/** The second place has the second database when it is asked. */
type Second = (second: string, sizes: TwoDatabases) => Promise<ComparedPlace>;

const inFile: Second = async (path, sizes) => open(path, sizes);

function open(path: string, { leafBytes, readBytes, statements, remembers }: TwoDatabases): ComparedPlace {
  const database = sqliteDatabase(new DatabaseSync(path, { readOnly: true }));
  const budget = () => createBudget({ statements, limit: 1000 });
  const memory = remembers ? new Map() : undefined;
  return databasePlace(database, { leafBytes, readBytes, memory, budget, choice: { all: true } });
}

let lastSecond: Example = { tables: [], indexes: [], rows: [], rest: [] };

async function areCompared(first: Example, second: Example, sizes: TwoDatabases, place: Second) {
  const { cutBy } = sizes;
  await files[0].fill(statementsOf(first));
  await files[1].fill(statementsOf(second));
  lastSecond = second;
  const rows: RowDifference[] = [];
  const found = await comparePlaces(open(files[0].path, sizes), await place(files[1].path, sizes), {
    onRow: (row) => void rows.push(row),
    atOnce: 1 + (sizes.statements % 4),
    ...(cutBy === undefined ? {} : { cutBy: () => cutBy }),
  });
  const model = countDifferences(files[0].path, files[1].path, found.compared);
  for (const one of found.tables) {
    const { table, left, right, added, deleted, changed } = one;
    expect({ table, left, right, added, deleted, changed }).toEqual(model.get(table));
    const own = rows.filter((row) => row.table === table);
    expect(own.length).toBe(added + deleted + changed);
    expect(new Set(own.map(({ key }) => JSON.stringify(key))).size).toBe(own.length);
    expect(one.unchanged).toBe(left - deleted - changed);
  }
  // What is left out is left out for a reason that was said.
  expect(found.tables.length + found.notCompared.length).toBeGreaterThanOrEqual(first.tables.length);
  expect(found.schema).toEqual([]);
}

function describePlace(
  name: string,
  place: Second,
  { cases, isCut }: { cases: number; isCut: boolean },
): void {
  test(`a file and ${name}`, once(cases), async () => {
    await fc.assert(
      fc.asyncProperty(twoDatabases, async (one) => {
        const both = settleBoth(one);
        if (both === null) return;
        if (both.source.rest.length !== both.target.rest.length) return;
        const sizes = isCut ? one : { ...one, cutBy: undefined };
        await holdsForBoth(both, (first, second) => areCompared(first, second, sizes, place));
      }),
      sampled(cases),
    );
  });
}

describe("Two databases are compared: what differs is what SQLite says differs", () => {
  describePlace("a file", inFile, { cases: 1000, isCut: true });
  describePlace(
    "an app",
    async () => {
      await d1.sides[0].fill(statementsOf(lastSecond));
      return comparedApp(app, { all: true });
    },
    // An app takes no questions about leaves as short as these.
    { cases: 100, isCut: false },
  );
});
