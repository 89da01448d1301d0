import { expect, test } from "vitest";
import { type ComparedPlace, comparePlaces, databasePlace } from "../../src/diff/index.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

/** A place with 50 rows, and others beside them; `lines` counts the rows that it was asked for. */
function holding(others: string): ComparedPlace & { lines: number } {
  const own = Array.from({ length: 50 }, (_, i) => `(${i * 2}, 'row ${i}')`).join();
  const database = memoryDatabase(`${SCHEMA}; INSERT INTO t VALUES ${own}; ${others}`);
  const place = databasePlace(database, { leafBytes: 800, readBytes: 2000 });
  const counting = {
    lines: 0,
    describe: place.describe,
    async ask(...asked: Parameters<typeof place.ask>) {
      const answers = await place.ask(...asked);
      for (const answer of answers)
        if ("ranges" in answer)
          counting.lines += answer.ranges.reduce((sum, one) => sum + one.lines.length, 0);
      return answers;
    },
  };
  return counting;
}

/** Some before them, one among them, and many behind them. */
const OTHERS = `INSERT INTO t VALUES (-5, 'before'), (41, 'among');
  WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 20999) INSERT INTO t SELECT i, printf('%.200c', 'b') FROM n`;
const EDITS = "UPDATE t SET v = 'edited' WHERE id IN (10, 90); DELETE FROM t WHERE id = 20";

test("Rows that only the right place has are counted without being asked for, but for those near others", async () => {
  const compare = async (passesOver: boolean) => {
    const [left, right] = [holding(""), holding(`${EDITS}; ${OTHERS}`)];
    const told: unknown[] = [];
    const found = await comparePlaces(left, right, {
      passesOver: () => passesOver,
      onRow: ({ key, left: mine }) => void (mine === null ? 0 : told.push(key)),
    });
    return { found: found.tables, told, lines: right.lines };
  };
  const [all, passed] = [await compare(false), await compare(true)];
  expect(passed.found).toEqual(all.found);
  expect(passed.found).toMatchObject([{ added: 20_002, changed: 2, deleted: 1, left: 50, right: 20_051 }]);
  expect(passed.told).toEqual([[10], [20], [90]]);
  expect(passed.told).toEqual(all.told);
  expect(all.lines).toBeGreaterThan(20_000);
  expect(passed.lines).toBeLessThan(1000);
});

test("Those that it had earlier are told all the same", async () => {
  const gone = "DELETE FROM t WHERE id > 2000";
  const earlier = holding(OTHERS);
  let told = 0;
  await comparePlaces(holding(""), holding(`${OTHERS}; ${gone}`), {
    passesOver: () => true,
    earlierRight: () => earlier,
    onRow: () => void told++,
  });
  expect(told).toBe(1003);
});
