import { describe, expect, test } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { advanceRun } from "../../../src/sync/advance-run.ts";
import { reachOf, someOf, somePoints } from "../../support/cases.ts";
import { dumpSchema, dumpTables } from "../../support/dump.ts";
import { archiveOf, drive, type Engine, execute, newRunKey } from "../../support/engine.ts";
import { faultyDatabase } from "../../support/faulty-database.ts";
import { expectCleared } from "../scene.ts";

const SCHEMA = [
  "CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE)",
  "CREATE TABLE items (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents, up INTEGER REFERENCES items, v TEXT)",
  "CREATE TRIGGER tr AFTER INSERT ON items BEGIN UPDATE items SET v = 'fired' WHERE id = new.id; END",
];

const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

const filled = (rows: string[]) => [...SCHEMA.slice(0, 2), ...rows, SCHEMA[2]!];

const ROWS = [
  `INSERT INTO parents ${numbers(20)} SELECT i, 'p' || i FROM n`,
  `INSERT INTO items ${numbers(40)} SELECT i, 1 + i % 20, i / 2, 'item ' || i FROM n WHERE i > 1`,
  "INSERT INTO items VALUES (1, 1, NULL, 'root'), (0, 1, NULL, 'zero')",
];

const LIVE = [
  "INSERT INTO parents VALUES (1, 'p2'), (2, 'p1'), (77, 'gone')",
  "INSERT INTO items VALUES (1, 77, NULL, 'old'), (70, 77, 1, 'gone')",
];

/** For what is too large for one transaction: one a frame. */
export function describeFrames(name: string, engine: Engine): void {
  describe(`A sync by frames on ${name}`, () => {
    const prepare = async (rows = ROWS, live = LIVE) => {
      const source = await engine.source();
      await execute(source, filled(rows));
      const target = await engine.target();
      await execute(target, filled(live));
      return {
        archive: await archiveOf(source, { frameBytes: 500 }),
        expected: await dumpTables(source),
        target,
      };
    };

    test.each(
      someOf(
        [20, 30, 50, Infinity].flatMap((statements) =>
          [1, 1200, undefined].map((slice) => [statements, slice]),
        ),
      ),
    )(
      "ends equal, in invocations of %i statements, in slices of %s bytes, with every count once",
      async (statements, sliceBytes) => {
        const { archive, expected, target } = await prepare();
        const schema = await dumpSchema(target);
        const report = await drive(target, archive, newRunKey(), {
          mode: "mirror",
          atomic: "never",
          mostCalls: 300,
          sliceBytes,
          budget: () => createBudget({ statements: statements as number, limit: 1000 }),
        });
        expect(report).toMatchObject({ status: "completed", verified: true, plan: { transactions: "many" } });
        expect(report.results).toEqual({
          parents: { attempted: 20, inserted: 18, updated: 2, unchanged: 0, deleted: 1, skipped: 0 },
          items: { attempted: 41, inserted: 40, updated: 1, unchanged: 0, deleted: 1, skipped: 0 },
        });
        expect(await dumpTables(target)).toEqual(expected);
        expect(await dumpSchema(target)).toEqual(schema);
        await expectCleared(target);
        if ((statements as number) < 30) expect(report.calls).toBeGreaterThan(1);
      },
    );

    test("merges beside other rows in slices, and reads back only what it brought", async () => {
      const { archive, target } = await prepare();
      const report = await drive(target, archive, newRunKey(), { atomic: "never", sliceBytes: 1 });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(report.results).toMatchObject({
        parents: { attempted: 20, inserted: 18, updated: 2, deleted: 0 },
        items: { attempted: 41, inserted: 40, updated: 1, deleted: 0 },
      });
      expect(await target.query({ sql: "SELECT v FROM items WHERE id IN (70, 40)" })).toEqual([
        ["item 40"],
        ["gone"],
      ]);
      const again = await drive(target, archive, newRunKey(), { atomic: "never", sliceBytes: 1, version: 2 });
      expect(again.results).toMatchObject({ parents: { unchanged: 20 }, items: { unchanged: 41 } });
    });

    test("two drivers in turns apply every slice once", async () => {
      const { archive, expected, target } = await prepare();
      const key = newRunKey();
      const marks = { one: new Set<string>(), two: new Set<string>() };
      let status = "";
      for (let turn = 0; status !== "completed"; turn++) {
        expect(turn).toBeLessThan(200);
        const driver = turn % 2 === 0 ? "one" : "two";
        const report = await advanceRun(target, archive, key, {
          mode: "mirror",
          atomic: "never",
          sliceBytes: 1,
          driver,
          // Each comes when the other one's lease is long over.
          now: () => 1_700_000_000_000 + turn * 3_600_000,
          budget: createBudget({ statements: 30, limit: 1000 }),
        });
        ({ status } = report);
        const [mark] = (await target.query({ sql: "SELECT frames_through FROM _ferry_runs" })).flat();
        if (typeof mark === "string") marks[driver].add(mark);
        if (status === "completed")
          expect(report.results).toMatchObject({
            parents: { attempted: 20, inserted: 18, updated: 2, deleted: 1 },
            items: { attempted: 41, inserted: 40, updated: 1, deleted: 1 },
          });
      }
      expect(Math.min(marks.one.size, marks.two.size)).toBeGreaterThan(1);
      expect(await dumpTables(target)).toEqual(expected);
      await expectCleared(target);
    });

    test("a driver that is overtaken in the middle of its steps stops, and the other one ends them", async () => {
      const { archive, expected, target } = await prepare();
      const key = newRunKey();
      const options = { mode: "mirror", atomic: "never", sliceBytes: 1 } as const;
      const second = (budget?: ReturnType<typeof createBudget>) =>
        advanceRun(target, archive, key, {
          ...options,
          driver: "two",
          now: () => Date.now() + 3_600_000,
          ...(budget === undefined ? {} : { budget }),
        });
      const markOf = async () =>
        (await target.query({ sql: "SELECT frames_through FROM _ferry_runs" })).flat()[0];
      let found: unknown;
      let left: unknown;
      const overtaken = faultyDatabase(target, {
        before: async (call) => {
          if (call < 5 || found !== undefined) return;
          const mark = await markOf();
          if (typeof mark !== "string") return;
          found = mark;
          await second(createBudget({ statements: 30, limit: 1000 }));
          left = await markOf();
        },
      });
      const first = advanceRun(overtaken, archive, key, { ...options, driver: "one" });
      await expect(first).rejects.toMatchObject({ code: "RUN_LOCKED" });
      expect(found).toEqual(expect.any(String));
      expect(left).not.toEqual(found);
      expect(await markOf()).toEqual(left);
      expect(await second()).toMatchObject({ status: "completed", verified: true });
      expect(await dumpTables(target)).toEqual(expected);
      await expectCleared(target);
    });

    for (const when of ["before", "after"] as const) {
      test(`goes on where its database failed, ${when} any call, and ends equal`, async () => {
        const { archive, expected } = await prepare();
        let reached = 0;
        for (const broken of somePoints(1, 100)) {
          const target = await engine.target();
          await execute(target, filled(LIVE));
          const schema = await dumpSchema(target);
          const key = newRunKey();
          const options = { mode: "mirror", atomic: "never", driver: "one", sliceBytes: 1200 } as const;
          const failing = faultyDatabase(target, { fail: (call) => call === broken, when });
          const first = await advanceRun(failing, archive, key, options).catch((thrown) => thrown);
          expect(await dumpSchema(target), `call ${broken}`).toEqual(schema);
          if (first instanceof Error) {
            reached = broken;
            const next = await drive(target, archive, key, options).catch((thrown) => thrown);
            if (next instanceof Error)
              expect(next, `call ${broken}`).toMatchObject({ code: "ALREADY_SYNCED" });
            else {
              expect(next.results, `call ${broken}`).toMatchObject({
                parents: { attempted: 20, inserted: 18, updated: 2, deleted: 1 },
                items: { attempted: 41, inserted: 40, updated: 1, deleted: 1 },
              });
            }
          }
          expect(await dumpTables(target), `call ${broken}`).toEqual(expected);
          await expectCleared(target);
          if (!(first instanceof Error)) break;
        }
        expect(reached).toBeGreaterThan(reachOf(10));
      });
    }
  });
}
