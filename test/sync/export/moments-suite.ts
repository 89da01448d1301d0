import { describe, expect, test } from "vitest";
import { openArchive, parseRows } from "../../../src/archive/reader.ts";
import type { Moment, Row } from "../../../src/archive/types.ts";
import { createBudget } from "../../../src/budget.ts";
import type { Database } from "../../../src/database/port.ts";
import { exportDatabase } from "../../../src/sync/export/export-database.ts";
import type { ExportOptions } from "../../../src/sync/export/export-state.ts";
import { busyDatabase, type WriterOptions } from "../../support/busy-database.ts";
import { byteSink } from "../../support/bytes.ts";
import { type Engine, execute } from "../../support/engine.ts";
import { countTried } from "../../support/figures.ts";
import { withoutSize } from "../../support/without-size.ts";

const PAIRS = 60;

const ALL = ["debits", "credits", "shelf"];

/** Two tables whose rows belong together by stamp, and one that rows move to and from. */
const SCHEMA = [
  "CREATE TABLE debits (id INTEGER PRIMARY KEY, stamp INT, note TEXT)",
  "CREATE TABLE credits (id INTEGER PRIMARY KEY, stamp INT)",
  "CREATE TABLE shelf (id INTEGER PRIMARY KEY, stamp INT)",
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${PAIRS})
     INSERT INTO debits SELECT i, 0, 'a note of some length' FROM n`,
  "INSERT INTO credits SELECT id, 0 FROM debits",
];

/** One transaction of the app: a pair changes, or changes its key, or leaves a table for another. */
function change(step: number): string[] {
  const id = (step * 7) % PAIRS;
  const one = `id % ${PAIRS} = ${id}`;
  switch (step % 3) {
    case 0:
      return ALL.map((table) => `UPDATE ${table} SET stamp = ${step} WHERE ${one}`);
    case 1:
      return ALL.map((table) => `UPDATE ${table} SET id = id + ${10 * PAIRS} WHERE ${one}`);
    default:
      return [
        `INSERT INTO shelf SELECT id, stamp FROM credits WHERE ${one}`,
        `DELETE FROM credits WHERE ${one}`,
      ];
  }
}

/** The same database, which says that it has so many bytes. */
function sizedAt(database: Database, databaseBytes: number): Database {
  return {
    ...database,
    batch: async (statements) =>
      (await database.batch(statements)).map((result) => ({ ...result, databaseBytes })),
  };
}

/** A database into which the app writes while it is exported, and the same that says its size. */
function busy(quiet: Database, options: Pick<WriterOptions, "writes"> & Partial<WriterOptions>) {
  const { database, steps } = busyDatabase(quiet, { change, ...options });
  return { wrapped: withoutSize(database), sized: sizedAt(database, 100_000), steps };
}

interface Outcome {
  moment: Moment;
  rows: Map<string, Row[]>;
  attempts: number;
  schema: string[];
}

/** Exports by as many calls as it takes, beginning anew when told so. */
async function exported(
  database: Database,
  options: ExportOptions,
  budget: () => ReturnType<typeof createBudget>,
): Promise<Outcome> {
  countTried("exports beside a writer");
  let sink = byteSink();
  let report = await exportDatabase(database, sink.write, { ...options, budget: budget() });
  for (let calls = 0; !report.done; calls++) {
    if (calls > 300) throw new Error("The export did not end");
    if (report.again) sink = byteSink();
    const state = JSON.parse(JSON.stringify(report.state)) as typeof report.state;
    report = await exportDatabase(database, sink.write, { state, budget: budget() });
  }
  const archive = await openArchive(sink.source());
  expect(archive.moment).toEqual(report.moment);
  const rows = new Map<string, Row[]>();
  for await (const { entry, text } of archive.readFrames())
    rows.set(entry.table, [...(rows.get(entry.table) ?? []), ...parseRows(text)]);
  const schema = archive.header.schema.map(({ sql }) => sql);
  return { moment: archive.moment as Moment, rows, attempts: report.state.reading.attempt, schema };
}

/** Each pair whole: the same key and stamp on both sides, the credit where it is or on the shelf. */
function tornPairs({ rows }: Outcome): string[] {
  const key = ({ id, stamp }: Row) => `${id} ${stamp}`;
  const debits = (rows.get("debits") ?? []).map(key).sort();
  const credits = [...(rows.get("credits") ?? []), ...(rows.get("shelf") ?? [])].map(key).sort();
  return [
    ...debits.filter((one) => !credits.includes(one)),
    ...credits.filter((one) => !debits.includes(one)),
    ...debits.filter((one, i) => one === debits[i - 1]),
  ];
}

const UNLIMITED = () => createBudget();
const REQUESTS: [string, () => ReturnType<typeof createBudget>][] = [
  ["one request", UNLIMITED],
  ["requests of 40 statements", () => createBudget({ statements: 40, limit: 50 })],
  ["requests of 1,000 bytes", () => createBudget({ bytes: 1_000 })],
];

export function describeMoments(name: string, engine: Engine): void {
  const open = async () => {
    const database = await engine.target();
    await execute(database, SCHEMA);
    return withoutSize(database);
  };

  describe.each(REQUESTS)(`An export from ${name} in %s`, (_, budget) => {
    test("of a quiet database is of one moment, read once", async () => {
      const database = await open();
      const outcome = await exported(database, { frameBytes: 300 }, budget);
      expect(outcome).toMatchObject({ moment: { is: "one" }, attempts: 1 });
    });

    test.each([1, 2, 3, 5, 7, 11])(
      "holds each pair whole or says that it may not, with an app that writes before each call number %d",
      async (every) => {
        const { wrapped, steps } = busy(await open(), { writes: (call) => call % every === 0 });
        const outcome = await exported(wrapped, { frameBytes: 300 }, budget);
        expect(steps()).toBeGreaterThan(0);
        const torn = tornPairs(outcome);
        if (torn.length > 0) expect(outcome.moment.is).toBe("several");
        if (outcome.moment.is !== "several") expect(torn).toEqual([]);
        else expect(outcome.moment.moved?.length).toBeGreaterThan(0);
      },
    );

    test("is of one moment where the app pauses for longer than it takes", async () => {
      const database = await open();
      let calls = 0;
      const counting = busy(database, { writes: () => ++calls < 0 });
      await exported(counting.wrapped, { frameBytes: 300 }, budget);
      const length = calls;
      for (const offset of [0, 0.3, 0.6, 0.9]) {
        const first = Math.floor(offset * length);
        const { wrapped, steps } = busy(database, { writes: (call) => call % (3 * length) === first });
        const outcome = await exported(wrapped, { frameBytes: 300 }, budget);
        expect(steps()).toBeGreaterThan(0);
        expect(outcome.moment.is).toBe("one");
        expect(tornPairs(outcome)).toEqual([]);
      }
    });

    test.each([3, 6, 9, 12, 15])("begins anew where a migration comes before call number %d", async (at) => {
      const database = await open();
      const { wrapped } = busy(database, {
        writes: (call) => call === at,
        change: () => ["ALTER TABLE debits ADD COLUMN added TEXT DEFAULT 'x'"],
      });
      const outcome = await exported(wrapped, { frameBytes: 300 }, budget);
      expect(outcome.moment.is).toBe("one");
      const migrated = outcome.schema.some((sql) => sql.includes("added"));
      for (const row of outcome.rows.get("debits") ?? []) expect("added" in row).toBe(migrated);
    });

    test("where nobody may ask what changed is read twice, and says what that shows", async () => {
      const deaf = (database: Database): Database => ({
        ...database,
        async batch(statements) {
          if (statements.some(({ sql }) => sql.includes("total_changes")))
            await database.batch([{ sql: "SELECT not_a_function()" }]);
          return database.batch(statements);
        },
      });
      const quiet = await exported(deaf(await open()), { frameBytes: 300 }, budget);
      expect(quiet).toMatchObject({ moment: { is: "unchanged" }, attempts: 2 });
      const { wrapped } = busy(await open(), { writes: (call) => call % 4 === 0 });
      const moved = await exported(deaf(wrapped), { frameBytes: 300 }, budget);
      expect(moved.moment).toMatchObject({ is: "several" });
      expect(moved.moment.moved?.length).toBeGreaterThan(0);
    });
  });

  test(`An export from ${name} of a small database is of one moment whoever writes`, async () => {
    const { sized, steps } = busy(await open(), { writes: () => true });
    for (let i = 0; i < 5; i++) {
      const outcome = await exported(sized, { frameBytes: 300 }, UNLIMITED);
      expect(outcome).toMatchObject({ moment: { is: "one" }, attempts: 1 });
      expect(tornPairs(outcome)).toEqual([]);
    }
    expect(steps()).toBeGreaterThan(20);
  });
}
