import { describe, expect, test } from "vitest";
import type { ByteSource } from "../../src/archive/types.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { type DropOptions, dropRun } from "../../src/sync/run/list-runs.ts";
import { partOf, someOf, somePoints } from "../support/cases.ts";
import { type DriveOptions, drive, type Engine, newRunKey } from "../support/engine.ts";
import { archiveFrom, expectCleared, photograph, setScene } from "./scene.ts";

const SCHEMA = [
  "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT)",
  "CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT)",
];

const THERE = ["INSERT INTO a VALUES (1, 'there'), (1000, 'there')", "INSERT INTO b VALUES (1000, 'there')"];

/** Rows enough for several statements of staging, with frames of one row. */
const rowsOf = (word: string) =>
  ["a", "b"].map(
    (table) =>
      `INSERT INTO ${table} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) SELECT i, '${word} ' || i FROM n`,
  );

type Options = Omit<DriveOptions, "budget" | "mostCalls" | "onCall">;

interface Asked {
  source: ByteSource;
  options: Options;
}

/** The database, before whose n-th call (from 0) something else happens; `calls` says how many there were. */
function before(database: Database, n: number, happens: () => Promise<unknown>) {
  const counted = { calls: 0 };
  const wait = async () => {
    if (counted.calls++ === n) await happens();
  };
  const wrapped: Database = {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => wait().then(() => database.query(statement)),
    batch: (statements) => wait().then(() => database.batch(statements)),
  };
  return Object.assign(wrapped, { counted });
}

const settled = (work: Promise<unknown>) => work.catch((error: unknown) => error);

/** Which calls of the second driver the first one comes back before; the last is behind all of them. */
const HOLDS = [5, 9, Number.POSITIVE_INFINITY];

/** Two drivers, the first of which stalls for longer than its lease. */
export function describeStalledDriver(name: string, engine: Engine, holds = HOLDS): void {
  const archive = (word: string) => archiveFrom(engine, SCHEMA, rowsOf(word), { frameBytes: 1 });

  /** A target to which one driver did what it was asked to, and no other. */
  const alone = async ({ source, options }: Asked) => {
    const { target } = await setScene(engine, SCHEMA, THERE);
    const { results, mode } = await drive(target, source, newRunKey(), options);
    return { picture: await photograph(target), results, mode };
  };

  /** The first stalls before its call `gap`, until the second is before its call `hold`. Null behind its last call. */
  async function meet(first: Asked, second: Asked, { gap, hold }: { gap: number; hold: number }) {
    const { target } = await setScene(engine, SCHEMA, THERE);
    const key = newRunKey();
    let now = 1_700_000_000_000;
    const clock = { now: () => now };
    let begun = false;
    let other: Promise<unknown> | undefined;
    const free = Promise.withResolvers<void>();
    const stalled = before(target, gap, async () => {
      now += 10_001;
      const [row] = await settled(
        target.query({ sql: "SELECT results IS NOT NULL FROM _ferry_runs WHERE key = ?1", params: [key] }),
      ).then((rows) => (Array.isArray(rows) ? rows : []));
      begun = row?.[0] === 1;
      const held = Promise.withResolvers<void>();
      const slow = before(target, hold, () => {
        held.resolve();
        return free.promise;
      });
      other = settled(drive(slow, second.source, key, { ...second.options, ...clock }));
      await Promise.race([held.promise, other]);
    });
    const end = await settled(advanceRun(stalled, first.source, key, { ...first.options, ...clock }));
    free.resolve();
    if (other === undefined) return null;
    return { end, other: await other, begun, target };
  }

  describe(`A driver that comes back after its lease, on ${name}`, () => {
    const pairs: [what: string, first: Options, second: Options, word?: string][] = [
      ["other tables", { tables: ["a"] }, { tables: ["b"] }],
      ["more tables", { tables: ["b"] }, { tables: ["a", "b"] }],
      ["another mode", { mode: "merge" }, { mode: "mirror" }],
      [
        "another mode, frame by frame",
        { mode: "merge", atomic: "never" },
        { mode: "mirror", atomic: "never" },
      ],
      ["another document under the same key", {}, {}, "another"],
    ];
    test.each(someOf(pairs))(
      "leaves nothing in the run of one that asks for %s",
      async (_, one, two, word) => {
        const common = { sliceBytes: 200 };
        const first = { source: await archive("first"), options: { ...common, ...one } };
        const source = word === undefined ? first.source : await archive(word);
        const second = { source, options: { ...common, ...two } };
        const [byFirst, bySecond] = [await alone(first), await alone(second)];
        expect(byFirst).not.toEqual(bySecond);
        let met = 0;
        for (const hold of holds) {
          for (const gap of somePoints(0)) {
            const found = await meet(first, second, { gap, hold });
            if (found === null) break;
            met++;
            const at = `gap ${gap}, hold ${hold}`;
            const { end, other, begun, target } = found;
            // Its lease, or what it knew of the time when it asked for one, was older than the second's: it won.
            const goesOn = other instanceof FerryError && other.code === "RUN_LOCKED";
            const { picture, results, mode } = begun || goesOn ? byFirst : bySecond;
            const whole = { status: "completed", verified: true, results, mode };
            if (end instanceof FerryError)
              expect(["RUN_LOCKED", "ALREADY_SYNCED"], `${at}: ${end}`).toContain(end.code);
            // It was written by the first, and the second at the most read it back.
            else expect([begun || goesOn, end], at).toMatchObject([true, whole]);
            if (goesOn) expect(end, at).not.toBeInstanceOf(FerryError);
            // What the first wrote, is not gone on with by another document.
            else if (begun && word !== undefined)
              expect(other, at).toMatchObject({ code: "DOCUMENT_INVALID" });
            else expect(other, at).toMatchObject(whole);
            expect(await photograph(target), at).toEqual(picture);
            if (!(other instanceof FerryError)) await expectCleared(target);
          }
        }
        expect(met).toBeGreaterThan(partOf(10 * holds.length));
      },
    );

    test.each([
      ["is dropped", {}],
      ["is dropped but for its record", { keepRecord: true }],
    ] as [string, DropOptions][])("changes nothing more when its run %s meanwhile", async (_, how) => {
      for (const atomic of ["always", "never"] as const) {
        const options: Options = { mode: "mirror", atomic, sliceBytes: 200 };
        const source = await archive("first");
        let dropped = 0;
        for (const gap of somePoints(0)) {
          const { target } = await setScene(engine, SCHEMA, THERE);
          const key = newRunKey();
          let now = 1_700_000_000_000;
          let picture: unknown;
          const stalled = before(target, gap, async () => {
            now += 10_001;
            if (!(await dropRun(target, key, { ...how, now: () => now }))) return;
            dropped++;
            picture = await photograph(target);
          });
          const end = await settled(advanceRun(stalled, source, key, { ...options, now: () => now }));
          if (stalled.counted.calls <= gap) break;
          if (picture === undefined) continue;
          // A commit stays, although nobody read it back.
          const over = { status: "completed", verified: false };
          expect(end, `gap ${gap}`).toMatchObject(end instanceof FerryError ? { code: "RUN_LOCKED" } : over);
          expect(await photograph(target), `gap ${gap}`).toEqual(picture);
          expect(await target.query({ sql: "SELECT count(*) FROM _ferry_frames" })).toEqual([[0]]);
        }
        expect(dropped).toBeGreaterThan(partOf(7));
      }
    });
  });
}
